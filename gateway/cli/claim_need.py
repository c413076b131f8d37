"""`--need` and `--quantity` of a claim, and `contribution standing`."""

from __future__ import annotations

import re
from collections.abc import Callable
from fractions import Fraction
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.cli.screen import console, emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.contribution import HUNDREDTHS_PER_HOUR
from gateway.services.need_desk import Weighed
from gateway.settings import Settings

QUANTITY = re.compile(r"[0-9]{1,9}(?:\.[0-9]{1,4})?")


def need_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Which need a claim answers, and how much of it."""
    command = click.option(
        "--quantity", default="", help="How much of the need, in its unit."
    )(command)
    return click.option(
        "--need", "need_id", default="", help="The published need it answers."
    )(command)


def weighed_by(
    house: House, *, need_id: str, quantity: str, hundredths: int | None
) -> Weighed | int:
    """What is claimed: for a need, or plain hundredths of an hour.

    Raises:
        InvalidValue: neither hours nor a quantity, or a quantity of nothing published.
        Conflict: no table of equivalence counts, or the need is met.
    """
    if quantity and not QUANTITY.fullmatch(quantity):
        detail = f"--quantity takes a number such as 40 or 1.5, not {quantity!r}"
        raise InvalidValue(detail)
    if need_id:
        amount = Fraction(quantity) if quantity else None
        return house.need_desk.weigh(need_id, quantity=amount, hundredths=hundredths)
    if quantity:
        raise InvalidValue("--quantity counts a published need: say --need")
    if hundredths is None:
        raise InvalidValue("say --hours; or --need and --quantity")
    return hundredths


@click.command()
@click.option("--party", "reference", required=True, help="Whose: id or name.")
@config_option
@json_option
def standing(settings: Settings, *, reference: str, as_json: bool) -> None:
    """Show what a party has left to spend, and what it spent in the last 12 months.

    Use is paid with standing at the rate its pack or collection publishes; what is left
    is exact, and policies see whole credits, where a part of one counts as one.
    """
    with opened(settings) as house:
        party = house.parties.show(reference)
        left = house.standings.left(party.id)
        spent = house.standings.spent_lately(party.id)
    if as_json:
        told = {
            "party_id": party.id,
            "standing_hundredths": left.numerator // left.denominator,
            "spent_hundredths": -(-spent.numerator // spent.denominator),
        }
        emit("standing", told)
        return
    console().print(
        f"{party.name}: {_credits(left)} credits left, {_credits(spent)} spent",
        markup=False,
    )


def _credits(hundredths: Fraction) -> str:
    whole = hundredths.numerator // hundredths.denominator
    return f"{whole // HUNDREDTHS_PER_HOUR}.{whole % HUNDREDTHS_PER_HOUR:02d}"
