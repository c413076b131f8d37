"""A dispute: somebody says that an invoice, or lines of it, is wrong.

While it is open, its lines are owed but not asked for: the clock that makes them
overdue stands still. Upheld, they are given back by a credit note; rejected, the clock
goes on where it stood. Both stay on record, with who said so and when.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.billing.credit_note import CreditNote, left_to_credit
from gateway.billing.invoice import Invoice, Status
from gateway.kernel.errors import Conflict, InvalidValue, NotFound


class Outcome(StrEnum):
    """What became of a dispute. Public: add, never rename."""

    UPHELD = "upheld"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class Resolution:
    """How a dispute ended.

    Attributes:
        outcome: Upheld or rejected.
        by: Who decided: a name, or a party's id.
        reason: One sentence for whoever disputed.
        at_us: When.
        note_id: The credit note it led to; empty where it was rejected.
    """

    outcome: Outcome
    by: str
    reason: str
    at_us: int
    note_id: str = ""

    def __post_init__(self) -> None:
        _assert_said(self.by, self.reason)
        if (self.outcome is Outcome.UPHELD) != bool(self.note_id):
            raise InvalidValue("what is upheld leads to a credit note, nothing else")


@dataclass(frozen=True, slots=True)
class Dispute:
    """What is disputed, by whom, and what became of it.

    Attributes:
        id: `dsp_…`.
        invoice_id: Which invoice.
        positions: Which lines of it, in order.
        by: Who disputes: a name, or a party's id.
        reason: One sentence.
        opened_us: From when.
        resolution: How it ended; None while it is open.
    """

    id: str
    invoice_id: str
    positions: tuple[int, ...]
    by: str
    reason: str
    opened_us: int
    resolution: Resolution | None = None

    def __post_init__(self) -> None:
        _assert_said(self.by, self.reason)
        if not self.positions or list(self.positions) != sorted({*self.positions}):
            raise InvalidValue("a dispute names lines, each once, in their order")

    @property
    def is_open(self) -> bool:
        """Is it still to be decided?"""
        return self.resolution is None

    def resolved(self, resolution: Resolution) -> Dispute:
        """The dispute with its end.

        Raises:
            Conflict: it ended already.
            InvalidValue: it would end before it began.
        """
        if self.resolution is not None:
            detail = f"dispute {self.id} was {self.resolution.outcome} already"
            raise Conflict(detail)
        if resolution.at_us < self.opened_us:
            raise InvalidValue("a dispute ends after it was opened")
        return replace(self, resolution=resolution)


def dispute(
    invoice: Invoice,
    notes: Sequence[CreditNote],
    earlier: Iterable[Dispute],
    *,
    opened: Dispute,
) -> Dispute:
    """Refuse a dispute that must not exist.

    Args:
        invoice: The invoice it is about.
        notes: Every credit note on it.
        earlier: Every dispute about it so far.
        opened: The dispute.

    Raises:
        Conflict: the invoice is not finalised, or a line is in dispute already or
            given back in full.
        NotFound: it has no such line.
    """
    if invoice.status is not Status.FINALISED:
        raise Conflict("only a finalised invoice is disputed; void a draft instead")
    left = left_to_credit(invoice, notes)
    held = disputed_positions(earlier)
    for position in opened.positions:
        if position not in left:
            detail = f"the invoice has no line {position}"
            raise NotFound(detail)
        if position in held:
            detail = f"line {position} of {invoice.number} is in dispute already"
            raise Conflict(detail)
        if left[position] <= 0:
            detail = f"nothing is charged for line {position} of {invoice.number}"
            raise Conflict(detail)
    return opened


def charged_positions(
    invoice: Invoice, notes: Sequence[CreditNote], earlier: Iterable[Dispute]
) -> tuple[int, ...]:
    """Every line that is charged for and not in dispute yet.

    Raises:
        Conflict: there is none.
    """
    held = disputed_positions(earlier)
    left = left_to_credit(invoice, notes)
    found = sorted(at for at, net in left.items() if net > 0 and at not in held)
    if not found:
        detail = f"nothing of invoice {invoice.number or invoice.id} can be disputed"
        raise Conflict(detail)
    return tuple(found)


def disputed_positions(disputes: Iterable[Dispute]) -> frozenset[int]:
    """Lines of one invoice that are in dispute now."""
    return frozenset(at for one in disputes if one.is_open for at in one.positions)


def rejected_positions(disputes: Iterable[Dispute]) -> frozenset[int]:
    """Lines of one invoice of which a dispute was rejected."""
    return frozenset(
        at
        for one in disputes
        if one.resolution is not None and one.resolution.outcome is Outcome.REJECTED
        for at in one.positions
    )


def suspended_us(disputes: Iterable[Dispute], position: int) -> int:
    """For how long the clock of a line stood still, in disputes that ended.

    Args:
        disputes: Of one invoice, in any order; a line is in one at a time.
        position: Which line.
    """
    return sum(
        one.resolution.at_us - one.opened_us
        for one in disputes
        if one.resolution is not None and position in one.positions
    )


def _assert_said(by: str, reason: str) -> None:
    if not by.strip():
        raise InvalidValue("a dispute says who disputed and who decided it")
    if not reason.strip():
        raise InvalidValue("a dispute and its end say why, in one sentence")
