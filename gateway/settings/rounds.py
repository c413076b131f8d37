"""What `fund` of gateway.yaml says of rounds and payouts."""

from __future__ import annotations

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money, money
from gateway.settings.section import Section
from gateway.settings.values import RoundSettings

YES_NO = {"yes": True, "true": True, "on": True, "no": False, "false": False}


def rounds_of(fund: Section) -> RoundSettings:
    """When a round is worth it, and what is paid out."""
    few = RoundSettings()
    told = RoundSettings(
        open_from=fund.listing("round_from", money, default=few.open_from),
        takes_solidarity=fund.choice("round_solidarity", YES_NO, "no"),
        payout_from=fund.text("payout_from", euros, default=few.payout_from),
    )
    named = [each.currency for each in told.open_from]
    if len(named) != len({*named}):
        fund.fault_at_start("round_from names one amount for each currency")
    return told


def euros(text: str) -> Money:
    """`5.00 EUR`, and no other currency."""
    amount = money(text)
    if amount.currency != "EUR":
        detail = f"an amount in EUR, not {text!r}"
        raise InvalidValue(detail)
    return amount
