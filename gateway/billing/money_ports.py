"""Where money that came and went is kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.billing.bank import Movement, TakenBack, Use, UsedFor
from gateway.billing.reversals import Outside
from gateway.billing.settlement import Payment, PaymentShare


class PaymentStore(Protocol):
    """Payments and which invoices they went to; nothing here ever changes."""

    def add(self, payment: Payment, shares: Sequence[PaymentShare]) -> None:
        """Keep a payment.

        Raises:
            Conflict: its provider used the reference before.
        """

    def find(self, provider: str, reference: str) -> Payment | None:
        """The payment a provider calls so."""

    def shares_of(self, payment_id: str) -> tuple[PaymentShare, ...]:
        """Where a payment went, by invoice id."""

    def shares_on(self, invoice_id: str) -> tuple[PaymentShare, ...]:
        """What went to an invoice, by payment id."""

    def all(self) -> tuple[Payment, ...]:
        """Every payment, by id."""


class BankStore(Protocol):
    """Movements on bank accounts and what became of them; nothing here changes."""

    def add(self, movement: Movement) -> None:
        """Keep a movement.

        Raises:
            Conflict: its account has one of that reference.
        """

    def use(self, use: Use) -> None:
        """Say what became of a part of a movement.

        Raises:
            Conflict: nothing came in there, or less than that is left.
        """

    def find(self, movement_id: str) -> Movement | None:
        """The movement of that id."""

    def named(self, account: str, reference: str) -> Movement | None:
        """The movement the bank calls so."""

    def called(self, account: str, end_to_end: str) -> tuple[Movement, ...]:
        """What carries an end-to-end reference on an account; none without one.

        By the time it was booked and id; costs what it finds.
        """

    def uses_of(self, movement_id: str) -> tuple[Use, ...]:
        """What became of a movement, in order."""

    def is_used(self, used_for: UsedFor, ref: str) -> bool:
        """Did some movement become that already?"""

    def take_back(self, part: TakenBack) -> None:
        """Say what a movement takes back of what an earlier one had settled.

        Raises:
            Conflict: it takes back more than it comes to, or than was brought.
        """

    def taken_back_of(self, movement_id: str) -> tuple[TakenBack, ...]:
        """What was taken back of what a movement brought, in order."""

    def taken_back_on(self, invoice_id: str) -> tuple[TakenBack, ...]:
        """What was taken back of what had settled an invoice, in order."""

    def taken_back_by(self, back_id: str) -> tuple[TakenBack, ...]:
        """What a movement took back, in order."""

    def undone_by(self, back_id: str) -> int:
        """How much a movement took back of what had come in, minor units."""

    def lay_outside(self, outside: Outside) -> None:
        """Say that what a movement took back never was in these books.

        Raises:
            Conflict: no money went out there, or it was said before.
        """

    def outside(self, back_id: str) -> Outside | None:
        """What was said of a movement that took back what never was in the books."""

    def waiting(self) -> tuple[Movement, ...]:
        """What came in and has something left, by the time it was booked and id."""

    def all(self) -> tuple[Movement, ...]:
        """Every movement, by the time it was booked and id."""
