"""What stands beside a quoted price: a minimum, royalties, and what serving costs."""

from __future__ import annotations

from typing import Any

from gateway.cli.screen import console, table
from gateway.kernel.money import Money
from gateway.licensing.derivation import CostLine
from gateway.licensing.offer import price_words, rate_words
from gateway.licensing.quote import Quote
from gateway.licensing.tariff import Tariff

COST = "cost"


def beside_use(tariff: Tariff, made: Quote) -> dict[str, Any]:
    """What is owed beside use, as JSON; the minimum as if nothing else were taken."""
    minimum = tariff.minimum
    return {
        "minimum": minimum
        and {
            "per": minimum.per.value,
            "amount_minor": minimum.minor,
            "left_open_minor": _left_open(tariff, made),
        },
        "royalties": tariff.royalties
        and {"basis": "turnover", "over": tariff.royalties.over.value},
    }


def derived(cost: CostLine) -> dict[str, Any]:
    """What one `per` costs, as JSON; null where that is not known."""
    return {
        "cost_micros": cost.micros if cost.is_known else None,
        "because": cost.because,
    }


def show_beside_use(tariff: Tariff, made: Quote) -> None:
    """Print what is owed beside use, where the tariff asks for it."""
    if tariff.minimum:
        amount = Money(tariff.minimum.minor, tariff.currency)
        left = Money(_left_open(tariff, made), tariff.currency)
        console().print(
            f"at least {amount} per {tariff.minimum.per.value}: {left} more, if nothing"
            " else is taken in it",
            markup=False,
        )
    if tariff.royalties:
        rates = [rate_words(each.rate_bp) for each in tariff.royalties.brackets]
        console().print(
            f"and royalties, basis: declared turnover of a"
            f" {tariff.royalties.over.value}, {' · '.join(rates)}",
            markup=False,
        )


def show_derivation(tariff: Tariff, cost: CostLine) -> None:
    """Print what the price is made of, the cost line as it was measured."""
    if not tariff.derivation:
        return
    measured = price_words(cost.micros, tariff.currency)
    rows = [
        (label, measured if label == COST and cost.is_known else value)
        for label, value in tariff.derivation
    ]
    console().print(f"\nwhat {tariff.per_label} is made of", markup=False)
    table(("line", "is"), rows)
    console().print(f"cost: {cost.because}", markup=False)


def _left_open(tariff: Tariff, made: Quote) -> int:
    return max(0, tariff.minimum.minor - made.minor) if tariff.minimum else 0
