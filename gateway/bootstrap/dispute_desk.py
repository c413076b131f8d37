"""A customer's invoices and disputes, in the words of the terms entrance."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from gateway.billing.dispute import Dispute, disputed_positions
from gateway.billing.invoice import Status
from gateway.bootstrap.house import House
from gateway.kernel.clock import Clock, iso
from gateway.kernel.letter import Letter
from gateway.metering.budget import BudgetBook
from gateway.services.invoices import InvoiceView
from gateway.services.outbox import letter_parcel
from gateway.telemetry.legible import legible
from gateway.terms.disputes import REASON_CHARS_MAX, Disputed, Disputes
from gateway.terms.ports import Identification

LETTER = """{name} ({party_id}) disputes invoice {number}, lines {lines}:

  {reason}

They are not asked for until you decide:
  copyfair invoice dispute uphold {dispute_id} --by YOU --reason "…"
  copyfair invoice dispute reject {dispute_id} --by YOU --reason "…"
"""


class DisputeDesk:
    """A `gateway.terms.disputes.DisputeDesk` over the services."""

    def __init__(self, house: House, say: Callable[..., None]) -> None:
        self._house = house
        self._say = say

    def told(self, party_id: str) -> Mapping[str, Any]:
        """Invoices with their lines, and disputes; see the port."""
        views = [
            one
            for one in self._house.invoices.of_buyer(party_id)
            if one.invoice.status is Status.FINALISED
        ]
        numbers = {one.invoice.id: one.invoice.number for one in views}
        own = self._house.disputes.about(tuple(numbers))
        return {
            "invoices": [_invoice(one, own) for one in views],
            "disputes": [_dispute(one, numbers[one.invoice_id]) for one in own],
        }

    def dispute(
        self, party_id: str, disputed: Disputed
    ) -> tuple[Mapping[str, Any], bool]:
        """Take a dispute, and tell the seller by mail; see the port."""
        reason = legible(disputed.reason, chars_max=REASON_CHARS_MAX)
        with self._house.together() as house:
            made, is_new = house.disputes.open_by_buyer(
                disputed.invoice, party_id, reason=reason, positions=disputed.lines
            )
            number = house.invoices.show(made.invoice_id).invoice.number
            if is_new:
                self._write(house, made, number)
        if is_new:
            self._say("dispute.opened", dispute=made.id, invoice=number)
        return _dispute(made, number), is_new

    def _write(self, house: House, made: Dispute, number: str) -> None:
        to = house.settings.invoicing.email
        if not to or house.settings.mail is None:
            return
        text = LETTER.format(
            name=house.parties.show(made.by).name,
            party_id=made.by,
            number=number,
            lines=", ".join(map(str, made.positions)),
            reason=made.reason,
            dispute_id=made.id,
        )
        once = f"dispute:{made.id}"
        letter = Letter(to, f"Invoice {number} is disputed", text, once=once)
        now_us = house.clock.now_us()
        house.mailroom.outbox.put([letter_parcel(letter, ids=house.ids, now_us=now_us)])


def disputes_of(
    house: House,
    identification: Identification,
    *,
    budgets: BudgetBook,
    clock: Clock,
    say: Callable[..., None],
) -> Disputes | None:
    """What answers customers who dispute; None where nobody sells."""
    if house.settings.invoicing.seller == "none":
        return None
    return Disputes(identification, DisputeDesk(house, say), budgets, clock)


def _invoice(view: InvoiceView, disputes: Sequence[Dispute]) -> Mapping[str, Any]:
    invoice = view.invoice
    about = [one for one in disputes if one.invoice_id == invoice.id]
    held = disputed_positions(about)
    return {
        "invoice": invoice.number,
        "issued_at": iso(invoice.issued_us or 0),
        "due_at": iso(invoice.due_us or 0),
        "currency": invoice.currency,
        "gross_minor": invoice.gross_minor,
        "open_minor": view.open_minor,
        "state": view.paid_state.value if view.paid_state else None,
        "lines": [
            {
                "line": line.position,
                "text": line.text,
                "net_minor": line.net_minor,
                "in_dispute": line.position in held,
            }
            for line in invoice.lines
        ],
    }


def _dispute(one: Dispute, number: str) -> Mapping[str, Any]:
    end = one.resolution
    return {
        "dispute_id": one.id,
        "invoice": number,
        "lines": list(one.positions),
        "reason": one.reason,
        "opened_at": iso(one.opened_us),
        "outcome": end.outcome.value if end else None,
        "answer": end.reason if end else None,
        "resolved_at": iso(end.at_us) if end else None,
    }
