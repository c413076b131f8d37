"""What contributions settled, in memory; held to the contract of the real store."""

from __future__ import annotations

from typing import Protocol

from gateway.billing.in_kind import InKind
from gateway.billing.invoice import Invoice, LineKind
from gateway.kernel.errors import Conflict


class Invoices(Protocol):
    """Where invoices are found."""

    def find(self, name: str) -> Invoice | None: ...


class FakeInKind:
    def __init__(self, invoices: Invoices) -> None:
        self._invoices = invoices
        self.rows: dict[tuple[str, int], InKind] = {}

    def add(self, settled: InKind) -> None:
        invoice = self._invoices.find(settled.invoice_id)
        lines = {
            line.position: line.net_minor
            for line in (invoice.lines if invoice else ())
            if line.kind is LineKind.IN_KIND
        }
        key = (settled.invoice_id, settled.position)
        if lines.get(settled.position) != -settled.net_minor or key in self.rows:
            raise Conflict("no such line, or it is said already")
        self.rows[key] = settled

    def of_claim(self, claim_id: str) -> tuple[InKind, ...]:
        return tuple(one for one in self.all() if one.claim_id == claim_id)

    def all(self) -> tuple[InKind, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))
