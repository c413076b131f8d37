"""Arrears: how much of an invoice is open, in dispute and overdue, to the cent.

Payments settle first what fell due first, and what is in dispute last. VAT of a part
of the lines is the VAT of the whole less that of the other lines, so the parts always
add up to the whole.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from gateway.billing.credit_note import CreditNote, left_to_credit
from gateway.billing.dispute import Dispute, disputed_positions, suspended_us
from gateway.billing.invoice import Invoice
from gateway.billing.settlement import PaidState
from gateway.billing.tax import groups
from gateway.kernel.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Arrears:
    """How a finalised invoice stands at an instant.

    Attributes:
        open_minor: What is still owed; below 0 when more came back than was taken.
        disputed_minor: The part of it in dispute: owed, and not asked for.
        overdue_minor: The part of it that should have been paid by now.
        overdue_us: How long the oldest of that is overdue, the time it was in
            dispute left out; 0 where nothing is.
        gross_minor: What the invoice took.
    """

    open_minor: int
    disputed_minor: int
    overdue_minor: int
    overdue_us: int
    gross_minor: int

    @property
    def state(self) -> PaidState:
        """How far the obligation is closed."""
        if self.open_minor <= 0:
            return PaidState.PAID
        if self.overdue_minor:
            return PaidState.OVERDUE
        if self.disputed_minor == self.open_minor:
            return PaidState.DISPUTED
        is_touched = self.open_minor < self.gross_minor
        return PaidState.PART_PAID if is_touched else PaidState.OPEN


def arrears(
    invoice: Invoice,
    *,
    notes: Sequence[CreditNote],
    disputes: Sequence[Dispute],
    paid_minor: int,
    now_us: int,
) -> Arrears:
    """How an invoice stands at an instant.

    Args:
        invoice: Finalised.
        notes: Every credit note on it.
        disputes: Every dispute about it.
        paid_minor: What was paid on it and nobody took back, minor units.
        now_us: At which instant.

    Raises:
        InvalidValue: the invoice is not finalised: nobody owes a draft.
    """
    if invoice.due_us is None:
        raise InvalidValue("only a finalised invoice can be overdue")
    held = disputed_positions(disputes)
    left = {at: net for at, net in left_to_credit(invoice, notes).items() if net}
    whole = invoice.gross_minor - sum(note.gross_minor for note in notes)
    due = {
        at: invoice.due_us + suspended_us(disputes, at) for at in left if at not in held
    }
    owed = whole - paid_minor
    to_pay = _gross(invoice, left, due.keys(), whole=whole)
    overdue, since = 0, now_us
    for until in sorted({each for each in due.values() if each <= now_us}):
        by_then = [at for at, each in due.items() if each <= until]
        late = min(_gross(invoice, left, by_then, whole=whole) - paid_minor, owed)
        if late > 0:
            overdue, since = late, min(since, until)
    return Arrears(
        open_minor=owed,
        disputed_minor=max(0, min(owed, whole - max(to_pay, paid_minor))),
        overdue_minor=overdue,
        overdue_us=now_us - since if overdue else 0,
        gross_minor=invoice.gross_minor,
    )


def _gross(
    invoice: Invoice, left: Mapping[int, int], chosen: Collection[int], *, whole: int
) -> int:
    """What some of the lines cost with VAT; all of them exactly the whole."""
    if len(chosen) == len(left):
        return whole
    by_position = {line.position: line for line in invoice.lines}
    parts = (
        (by_position[at].category, by_position[at].rate_bp, left[at]) for at in chosen
    )
    return sum(group.basis_minor + group.tax_minor for group in groups(parts))
