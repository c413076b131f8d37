"""What was set off, in memory; held to the contract of the real store."""

from __future__ import annotations

from typing import Protocol

from gateway.billing.barter import Barter
from gateway.billing.invoice import Invoice, Status
from gateway.kernel.errors import Conflict
from gateway.licensing.agreement import Agreement


class Invoices(Protocol):
    """Where invoices are found."""

    def find(self, name: str) -> Invoice | None: ...


class Agreements(Protocol):
    """Where agreements are found."""

    def find(self, agreement_id: str) -> Agreement | None: ...


class FakeBarters:
    def __init__(self, invoices: Invoices, agreements: Agreements) -> None:
        self._invoices = invoices
        self._agreements = agreements
        self.rows: dict[tuple[str, int], Barter] = {}

    def add(self, barter: Barter) -> None:
        invoice = self._invoices.find(barter.invoice_id)
        agreement = self._agreements.find(invoice.agreement_id) if invoice else None
        is_open = invoice is not None and invoice.status is Status.DRAFT
        is_next = barter.position == len(self.on(barter.invoice_id)) + 1
        if not (is_open and is_next and agreement and agreement.is_barter):
            raise Conflict("a draft under a barter agreement, one after another")
        self.rows[barter.invoice_id, barter.position] = barter

    def on(self, invoice_id: str) -> tuple[Barter, ...]:
        return tuple(one for one in self.all() if one.invoice_id == invoice_id)

    def of_claim(self, claim_id: str) -> tuple[Barter, ...]:
        return tuple(one for one in self.all() if one.claim_id == claim_id)

    def all(self) -> tuple[Barter, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))
