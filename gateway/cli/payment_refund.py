"""copyfair payment refund: what was paid ahead and cannot be drawn goes back."""

from __future__ import annotations

import click

from gateway.bootstrap import opened
from gateway.bootstrap.party_desk import refunds_of
from gateway.cli.screen import console, emit, json_option
from gateway.cli.setup import config_option
from gateway.settings import Settings


@click.command()
@click.argument("agreement")
@config_option
@json_option
def refund(settings: Settings, *, agreement: str, as_json: bool) -> None:
    """Owe a party what is left of the money it paid ahead under AGREEMENT.

    That is the balance of an agreement that ended, or one in another currency than the
    agreement has now. It becomes a payout due: `copyfair fund payout` sends it.

    \b
    Example:  copyfair payment refund agr_01k9…
    """
    with opened(settings) as whole, whole.together() as house:
        back = refunds_of(house).refund(agreement)
        party = house.parties.show(house.agreements.show(agreement).party_id)
    if as_json:
        told = [{"amount_minor": one.minor, "currency": one.currency} for one in back]
        told_of = {"agreement_id": agreement, "party_id": party.id}
        emit("payment-refunded", {**told_of, "returned": told})
        return
    for one in back:
        console().print(f"{one} is owed to {party.name} now", markup=False)
