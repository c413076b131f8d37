"""Credit notes: how a finalised invoice is corrected.

The VAT of a note is what the whole credited so far owes less what earlier notes
gave back, per category and rate. So crediting everything, in any order and in any
parts, gives back exactly what the invoice took.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.billing.canonical import canonical_json
from gateway.billing.invoice import Invoice, Status
from gateway.billing.tax import TaxGroup, tax_on
from gateway.kernel.errors import Conflict, InvalidValue, NotFound


@dataclass(frozen=True, slots=True)
class CreditLine:
    """What is given back of one line.

    Attributes:
        position: The invoice line's position.
        net_minor: Minor units, of the same sign as the line.
        category: VAT category.
        rate_bp: VAT rate, basis points.
    """

    position: int
    net_minor: int
    category: str
    rate_bp: int


@dataclass(frozen=True, slots=True)
class CreditNote:
    """A correction of one invoice.

    Attributes:
        id: `crn_…`.
        invoice_id: Which invoice.
        reason: One sentence for the buyer.
        currency: ISO 4217.
        lines: What is given back.
        taxes: VAT given back, per category and rate.
        number: `CN-2026-0001`; empty until issued.
        issued_us: When it was issued.
    """

    id: str
    invoice_id: str
    reason: str
    currency: str
    lines: tuple[CreditLine, ...]
    taxes: tuple[TaxGroup, ...]
    number: str = ""
    issued_us: int = 0

    @property
    def net_minor(self) -> int:
        """Net given back."""
        return sum(line.net_minor for line in self.lines)

    @property
    def tax_minor(self) -> int:
        """VAT given back."""
        return sum(group.tax_minor for group in self.taxes)

    @property
    def gross_minor(self) -> int:
        """Everything given back."""
        return self.net_minor + self.tax_minor

    @property
    def document(self) -> str:
        """The canonical document, kept as it is when it is issued."""
        return canonical_json(self)

    def issued(self, number: str, at_us: int) -> CreditNote:
        """The note with its number."""
        return replace(self, number=number, issued_us=at_us)


@dataclass(frozen=True, slots=True)
class NamedNote:
    """The name under which a note was asked for; again, it is the same note.

    Attributes:
        reference: The name, unique.
        note_id: The note.
        asked_sha256: Digest of what was asked: invoice, lines, amounts and reason.
    """

    reference: str
    note_id: str
    asked_sha256: str


def credit(
    invoice: Invoice,
    earlier: Sequence[CreditNote],
    *,
    note_id: str,
    reason: str,
    wanted: Mapping[int, int] | None = None,
) -> CreditNote:
    """Credit an invoice, in whole or in part.

    Args:
        invoice: A finalised invoice.
        earlier: Every note already issued on it.
        note_id: The new note's id.
        reason: One sentence for the buyer.
        wanted: Line position to net minor units, 1 or more each; None for all
            that is left.

    Raises:
        Conflict: the invoice is not finalised, or nothing is left to credit.
        InvalidValue: more is wanted of a line, or of all of them, than is left, or no
            reason is given.
        NotFound: the invoice has no such line.
    """
    if invoice.status is not Status.FINALISED:
        raise Conflict("only a finalised invoice is credited; void a draft instead")
    if not reason.strip():
        raise InvalidValue("a credit note says why, in one sentence for the buyer")
    left = left_to_credit(invoice, earlier)
    taken = {where: net for where, net in left.items() if net}
    if wanted is not None:
        taken = {where: _within(left, where, net) for where, net in wanted.items()}
    rest = sum(left.values())
    if sum(taken.values()) > rest > 0:
        detail = f"together these are more than the {rest} left of the invoice"
        raise InvalidValue(detail)
    if not taken or rest <= 0:
        detail = f"invoice {invoice.number} is already credited in full"
        raise Conflict(detail)
    by_position = {line.position: line for line in invoice.lines}
    lines = tuple(
        CreditLine(
            where, taken[where], by_position[where].category, by_position[where].rate_bp
        )
        for where in sorted(taken)
    )
    return CreditNote(
        id=note_id,
        invoice_id=invoice.id,
        reason=reason,
        currency=invoice.currency,
        lines=lines,
        taxes=_residual_taxes(lines, earlier),
    )


def left_to_credit(invoice: Invoice, earlier: Sequence[CreditNote]) -> dict[int, int]:
    """Net minor units of each line that no note gave back, by position."""
    left = {line.position: line.net_minor for line in invoice.lines}
    for note in earlier:
        for line in note.lines:
            left[line.position] -= line.net_minor
    return left


def _within(left: Mapping[int, int], position: int, net_minor: int) -> int:
    if position not in left:
        detail = f"the invoice has no line {position}"
        raise NotFound(detail)
    if not 0 < net_minor <= left[position]:
        detail = f"line {position} has {left[position]} left to credit"
        raise InvalidValue(detail)
    return net_minor


def _residual_taxes(
    lines: Sequence[CreditLine], earlier: Sequence[CreditNote]
) -> tuple[TaxGroup, ...]:
    now: dict[tuple[str, int], int] = {}
    for line in lines:
        key = (line.category, line.rate_bp)
        now[key] = now.get(key, 0) + line.net_minor
    before = dict.fromkeys(now, 0)
    for note in earlier:
        for group in note.taxes:
            key = (group.category, group.rate_bp)
            if key in before:
                before[key] += group.basis_minor
    return tuple(
        TaxGroup(
            category,
            rate_bp,
            net,
            tax_on(before[category, rate_bp] + net, rate_bp)
            - tax_on(before[category, rate_bp], rate_bp),
        )
        for (category, rate_bp), net in sorted(now.items())
    )
