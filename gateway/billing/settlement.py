"""Settlement: what closes an obligation, and how far it is closed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from gateway.billing.obligation import Obligation
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import rounded_half_up

CREDIT_MOVED = "credit-moved"
"""Kind of the entries by which what was paid too much goes on to another debt."""

PREPAID = "prepaid"
"""Provider of payments that are drawn from a prepaid balance."""


BY_STATEMENT = "bank-statement"
"""Provider of payments taken from movements that a bank reported."""


class SettledBy(StrEnum):
    """What an obligation was settled with. Public: add, never rename."""

    PAYMENT = "payment"
    PREPAID = "prepaid"
    CREDIT_NOTE = "credit-note"
    TAKEN_BACK = "taken-back"
    BARTER = "barter"
    CREDIT = "credit"  # paid too much on another invoice, or moved on to one


class PaidState(StrEnum):
    """How far an obligation is closed; derived, never stored."""

    OPEN = "open"
    PART_PAID = "part-paid"
    PAID = "paid"
    OVERDUE = "overdue"
    DISPUTED = "disputed"  # what is open is in dispute, and not asked for


@dataclass(frozen=True, slots=True)
class Settlement:
    """One step towards closing an obligation.

    Attributes:
        by: With what.
        ref: The payment's or credit note's id.
        amount_minor: How much of it; below 0 where it was taken back.
    """

    by: SettledBy
    ref: str
    amount_minor: int


@dataclass(frozen=True, slots=True)
class Payment:
    """Money that arrived, or was drawn from what had arrived before.

    Attributes:
        id: `pay_…`.
        provider: `bank`, `prepaid` …
        reference: The provider's own name for it; the idempotency key.
        currency: ISO 4217.
        amount_minor: What the payer gave, above 0.
        fee_minor: What the provider kept of it.
        received_us: When.
    """

    id: str
    provider: str
    reference: str
    currency: str
    amount_minor: int
    received_us: int
    fee_minor: int = 0

    def __post_init__(self) -> None:
        if self.amount_minor <= 0 or not 0 <= self.fee_minor <= self.amount_minor:
            raise InvalidValue("a payment is above 0, its fee between 0 and it")
        if not self.reference:
            raise InvalidValue("a payment needs the reference it came with")


@dataclass(frozen=True, slots=True)
class PaymentShare:
    """Which part of a payment went to which invoice."""

    payment_id: str
    invoice_id: str
    amount_minor: int


def open_minor(obligation: Obligation, settlements: Iterable[Settlement]) -> int:
    """What is still owed; below 0 when more came back than was taken."""
    return obligation.amount.minor - sum(each.amount_minor for each in settlements)


def net_received(net_minor: int, gross_minor: int, paid_minor: int) -> int:
    """The net part of *paid_minor* of a gross amount; all of it when all is paid."""
    if not gross_minor:
        return 0
    return rounded_half_up(Fraction(paid_minor * net_minor, gross_minor))
