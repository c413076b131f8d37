"""Disputes and reminders in memory; held to the same contracts as the real stores."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from gateway.billing.dispute import Dispute, Resolution, disputed_positions
from gateway.billing.invoice import Invoice, Status
from gateway.billing.reminder import Reminder
from gateway.kernel.errors import Conflict, InvalidValue


class Invoices(Protocol):
    """Where invoices are found."""

    def find(self, name: str) -> Invoice | None: ...


class FakeDisputes:
    def __init__(self, invoices: Invoices) -> None:
        self._invoices = invoices
        self.rows: dict[str, Dispute] = {}

    def add(self, dispute: Dispute) -> None:
        lines = _finalised(self._invoices, dispute.invoice_id).lines
        known = {line.position for line in lines}
        held = disputed_positions(self.on(dispute.invoice_id))
        if dispute.id in self.rows or not known.issuperset(dispute.positions):
            raise Conflict("no such line, or the id is taken")
        if held.intersection(dispute.positions):
            raise Conflict("a line is in dispute already")
        self.rows[dispute.id] = dispute

    def resolve(self, dispute_id: str, resolution: Resolution) -> None:
        if dispute_id not in self.rows:
            raise Conflict("no such dispute")
        try:
            self.rows[dispute_id] = self.rows[dispute_id].resolved(resolution)
        except InvalidValue as fault:
            raise Conflict(fault.detail) from None

    def find(self, dispute_id: str) -> Dispute | None:
        return self.rows.get(dispute_id)

    def on(self, invoice_id: str) -> tuple[Dispute, ...]:
        return tuple(one for one in self.all() if one.invoice_id == invoice_id)

    def all(self) -> tuple[Dispute, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))


class FakeReminders:
    def __init__(self, invoices: Invoices) -> None:
        self._invoices = invoices
        self.rows: dict[tuple[str, int], Reminder] = {}

    def add(self, reminder: Reminder) -> None:
        _finalised(self._invoices, reminder.invoice_id)
        if reminder.level != len(self.on(reminder.invoice_id)) + 1:
            raise Conflict("not the next level")
        self.rows[reminder.invoice_id, reminder.level] = reminder

    def mark_sent(self, invoice_id: str, level: int, *, at_us: int) -> None:
        known = self.rows.get((invoice_id, level))
        if known is None or known.sent_us is not None:
            raise Conflict("sent before, or never decided on")
        self.rows[invoice_id, level] = replace(known, sent_us=at_us)

    def on(self, invoice_id: str) -> tuple[Reminder, ...]:
        return tuple(one for one in self.all() if one.invoice_id == invoice_id)

    def all(self) -> tuple[Reminder, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))


def _finalised(invoices: Invoices, invoice_id: str) -> Invoice:
    invoice = invoices.find(invoice_id)
    if invoice is None or invoice.status is not Status.FINALISED:
        raise Conflict("the invoice is not finalised")
    return invoice
