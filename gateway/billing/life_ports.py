"""What the later life of an invoice asks of a store; it blocks."""

from __future__ import annotations

from typing import Protocol

from gateway.billing.barter import Barter
from gateway.billing.carrying import Carried
from gateway.billing.dispute import Dispute, Resolution
from gateway.billing.in_kind import InKind
from gateway.billing.reminder import Reminder


class CarriedStore(Protocol):
    """What was too little for an invoice; nothing here ever changes or goes."""

    def add(self, carried: Carried) -> None:
        """Keep that something waits.

        Raises:
            Conflict: that is carried already, or stands on the run's own draft.
        """

    def bill(self, carried: Carried, invoice_id: str) -> None:
        """Say on which draft it went.

        Raises:
            Conflict: it went on one before, or does not wait.
        """

    def waiting(self) -> tuple[Carried, ...]:
        """What waits, by run, agreement and currency."""

    def all(self) -> tuple[Carried, ...]:
        """Everything that was ever carried, by run, agreement and currency."""


class DisputeStore(Protocol):
    """Disputes and how they ended; nothing here ever changes or goes."""

    def add(self, dispute: Dispute) -> None:
        """Keep an open dispute.

        Raises:
            Conflict: its invoice is not finalised, has no such line, or one of its
                lines is in dispute already.
        """

    def resolve(self, dispute_id: str, resolution: Resolution) -> None:
        """Keep how a dispute ended.

        Raises:
            Conflict: it ended before, is not there, or began later.
        """

    def find(self, dispute_id: str) -> Dispute | None:
        """The dispute of that id."""

    def on(self, invoice_id: str) -> tuple[Dispute, ...]:
        """The disputes about an invoice, by id."""

    def all(self) -> tuple[Dispute, ...]:
        """Every dispute, by id."""


class InKindStore(Protocol):
    """What contributions settled; nothing here ever changes or goes."""

    def add(self, settled: InKind) -> None:
        """Keep what a contribution settled, in the transaction that adds its line.

        Raises:
            Conflict: there is no such line of that amount, or it is said already.
        """

    def of_claim(self, claim_id: str) -> tuple[InKind, ...]:
        """What a contribution settled, by invoice and line."""

    def all(self) -> tuple[InKind, ...]:
        """Everything that was settled in kind, by invoice and line."""


class BarterStore(Protocol):
    """What was set off against invoices; nothing here ever changes or goes."""

    def add(self, barter: Barter) -> None:
        """Keep a set-off.

        Raises:
            Conflict: its invoice is no draft under a barter agreement, or it is not
                the next one on it.
        """

    def on(self, invoice_id: str) -> tuple[Barter, ...]:
        """What was set off against an invoice, by position."""

    def of_claim(self, claim_id: str) -> tuple[Barter, ...]:
        """Against what a contribution was set off, by invoice and position."""

    def all(self) -> tuple[Barter, ...]:
        """Everything that was set off, by invoice and position."""


class ReminderStore(Protocol):
    """Reminders; one per invoice and level, and nothing here ever goes."""

    def add(self, reminder: Reminder) -> None:
        """Keep a reminder before it is sent.

        Raises:
            Conflict: the invoice had that level, or is not finalised.
        """

    def mark_sent(self, invoice_id: str, level: int, *, at_us: int) -> None:
        """Say that a reminder was handed over.

        Raises:
            Conflict: that was said before, or there is no such reminder.
        """

    def on(self, invoice_id: str) -> tuple[Reminder, ...]:
        """The reminders about an invoice, by level."""

    def all(self) -> tuple[Reminder, ...]:
        """Every reminder, by invoice and level."""
