"""Payout orders: what a bank was asked to pay, until it says that it did.

An order is in flight from the moment it stands in a file. What is in flight is still
owed and is put in no other file; the bank's statement books it, a steward may cancel a
file that was never sent, and what comes back is owed again.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money

SEPA_CURRENCY = "EUR"
ID_CHARS_MAX = 35  # of ISO 20022, for message and end-to-end ids


class OrderState(StrEnum):
    """Where an order stands. Public: add, never rename."""

    IN_FLIGHT = "in-flight"
    PAID = "paid"
    CANCELLED = "cancelled"
    RETURNED = "returned"


@dataclass(frozen=True, slots=True)
class Order:
    """One payment that a bank was asked for.

    Attributes:
        end_to_end: Its id, at most 35 characters; the bank's statement says it.
        file_id: In which file it stands.
        contributor_id: To whom.
        amount: How much, above 0.
        state: Where it stands.
    """

    end_to_end: str
    file_id: str
    contributor_id: str
    amount: Money
    state: OrderState = OrderState.IN_FLIGHT

    def __post_init__(self) -> None:
        if self.amount.minor <= 0 or self.amount.currency != SEPA_CURRENCY:
            raise InvalidValue("a SEPA payment is above 0, in EUR")
        if not 0 < len(self.end_to_end) <= ID_CHARS_MAX:
            raise InvalidValue("an end-to-end id has 1 to 35 characters")


@dataclass(frozen=True, slots=True)
class PayoutFile:
    """A file of orders.

    Attributes:
        id: Its message id, at most 35 characters.
        execution_on: The day on which the bank shall pay, `2026-12-01`.
        made_us: When it was made.
        orders: What it asks for, by end-to-end id.
    """

    id: str
    execution_on: str
    made_us: int
    orders: tuple[Order, ...]

    def __post_init__(self) -> None:
        if not self.orders or not 0 < len(self.id) <= ID_CHARS_MAX:
            raise InvalidValue("a payout file has an id and one order or more")

    @property
    def total(self) -> Money:
        """All it asks for."""
        return Money(sum(one.amount.minor for one in self.orders), SEPA_CURRENCY)


def in_flight(orders: Iterable[Order]) -> Mapping[str, int]:
    """Contributor to minor units that a bank was asked for and has not answered."""
    waiting: Counter[str] = Counter()
    for one in orders:
        if one.state is OrderState.IN_FLIGHT:
            waiting[one.contributor_id] += one.amount.minor
    return waiting


class Owed(StrEnum):
    """Why something is owed and stands in no file. Public: add, never rename."""

    READY = "ready"
    NO_ACCOUNT = "no-account"
    NO_MUTUAL = "no-mutual"
    ERASED = "erased"
    TOO_LITTLE = "too-little"
    IN_FLIGHT = "in-flight"
