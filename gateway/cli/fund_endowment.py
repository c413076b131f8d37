"""copyfair fund endowment: what members decided to release goes to the reserve."""

from __future__ import annotations

import click

from gateway.bootstrap import opened
from gateway.cli.screen import console, emit, json_option
from gateway.cli.setup import config_option
from gateway.settings import Settings


@click.group()
def endowment() -> None:
    """What one payer gave too much of, set apart until members decide."""


@endowment.command()
@click.argument("decision")
@config_option
@json_option
def release(settings: Settings, *, decision: str, as_json: bool) -> None:
    """Give the reserve what members decided; each decision releases once.

    The endowment has no other way out. Members decide how much:

    \b
      copyfair vote open "A wetter roof" --release-endowment "50.00 EUR"
      copyfair fund endowment release dec_01k9…
    """
    with opened(settings) as house:
        amount, is_new = house.endowment.release(decision)
    if as_json:
        told = {"amount_minor": amount.minor, "currency": amount.currency}
        emit("fund-endowment", {"decision_id": decision, **told, "new": is_new})
        return
    done = "goes to the reserve" if is_new else "went to the reserve before"
    console().print(f"{amount} {done}", markup=False)
