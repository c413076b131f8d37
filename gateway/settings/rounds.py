"""`fund.rounds` and `fund.payouts` of gateway.yaml."""

from __future__ import annotations

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money, money
from gateway.settings.section import Section
from gateway.settings.values import RoundSettings

YES_NO = {"yes": True, "true": True, "on": True, "no": False, "false": False}


def rounds_of(fund: Section) -> RoundSettings:
    """When a round is worth it, and what is paid out."""
    rounds, payouts = fund.section("rounds"), fund.section("payouts")
    few = RoundSettings()
    told = RoundSettings(
        open_from=rounds.listing("open_from", money, default=few.open_from),
        takes_solidarity=rounds.choice("solidarity", YES_NO, "no"),
        payout_from=payouts.text("from", euros, default=few.payout_from),
    )
    named = [each.currency for each in told.open_from]
    if len(named) != len({*named}):
        rounds.fault_at_start("open_from names one amount for each currency")
    rounds.close()
    payouts.close()
    return told


def euros(text: str) -> Money:
    """`5.00 EUR`, and no other currency."""
    amount = money(text)
    if amount.currency != "EUR":
        detail = f"an amount in EUR, not {text!r}"
        raise InvalidValue(detail)
    return amount
