"""What is booked in a barter: no money moves, and the waterfall never hears of it."""

from __future__ import annotations

from gateway.fund.accounts import (
    BARTER,
    BARTER_INCOME,
    CONTRIBUTED,
    DEFERRED,
    INPUT_VAT,
    RECEIVABLE,
    VAT,
)
from gateway.fund.bookings import Postings, postings_of


def supplied(
    net_minor: int, tax_minor: int, *, owed_tax_minor: int, is_deductible: bool
) -> Postings:
    """A contributor supplied something, and is owed its gross.

    Args:
        net_minor: What it is worth.
        tax_minor: VAT that the contributor charges.
        owed_tax_minor: VAT that the commons owes in its stead (reverse charge).
        is_deductible: Whether the commons gets the VAT back; else it is a cost.
    """
    tax = tax_minor + owed_tax_minor
    return postings_of(
        {
            CONTRIBUTED: net_minor + (0 if is_deductible else tax),
            INPUT_VAT: tax if is_deductible else 0,
            VAT: -owed_tax_minor,
            BARTER: -(net_minor + tax_minor),
        }
    )


def set_off(gross_minor: int, *, net_minor: int) -> Postings:
    """Two debts cancel; the net part of the invoice's is income, and none of money.

    Args:
        gross_minor: How much of both.
        net_minor: The net part of the invoice that this settles.
    """
    return postings_of(
        {
            BARTER: gross_minor,
            RECEIVABLE: -gross_minor,
            DEFERRED: net_minor,
            BARTER_INCOME: -net_minor,
        }
    )
