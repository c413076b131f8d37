"""Invoices and credit notes, held against what was booked of them.

Numbers have no gaps, every booking on an invoice names one that stands there, each note
is booked as it says, and of what is settled nothing stays deferred.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.billing.numbering import Document, parsed, series_of, spelled
from gateway.fund.accounts import DEFERRED, RECEIVABLE, VAT
from gateway.fund.bookings import invoiced
from gateway.fund.journal import Entry, Posting
from gateway.kernel.errors import InvalidValue
from gateway.transparency.rows import Row

CREDIT = "credit"
OWED = frozenset({RECEIVABLE, DEFERRED})
NoteName = tuple[str, int, str]
"""Invoice, instant and currency of a credit note."""


@dataclass(slots=True)
class Papers:
    """What was read of papers and of bookings on them.

    Attributes:
        invoices: Id to its row's place.
        notes: Net and tax of notes, less those of entries: nothing is left in the end.
        places: Where each of them was read of first.
        drawn: Number to the place of its row, by series.
        owed: Invoice to what is open and what is deferred.
        booked: Invoice to the first entry about it.
    """

    invoices: dict[str, int] = field(default_factory=dict)
    notes: dict[NoteName, Counter[tuple[int, int]]] = field(default_factory=dict)
    places: dict[NoteName, int] = field(default_factory=dict)
    drawn: dict[str, dict[int, int]] = field(default_factory=lambda: defaultdict(dict))
    owed: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    booked: dict[str, int] = field(default_factory=dict)

    def entry(self, entry: Entry, number: int) -> None:
        """Take an entry in that may be about an invoice."""
        moved = [each for each in entry.postings if each.account in OWED]
        if not moved:
            return
        self.booked.setdefault(entry.ref, number)
        for posting in moved:
            self.owed[entry.ref][posting.account] += posting.amount_minor
        if entry.kind == CREDIT:
            tax = sum(
                each.amount_minor for each in entry.postings if each.account == VAT
            )
            gross = -sum(e.amount_minor for e in moved if e.account == RECEIVABLE)
            self._note((entry.ref, entry.effective_us, entry.currency), number)[
                gross - tax, tax
            ] -= 1

    def invoice(self, row: Row, number: int) -> tuple[Posting, ...]:
        """Take an invoice in; what must be booked of it.

        Raises:
            InvalidValue: its number is none of its year, or was drawn before.
        """
        self._draw(Document.INVOICE, row, number)
        self.invoices[row.key] = number
        return invoiced(row.body["net_minor"], row.body["tax_minor"])

    def note(self, row: Row, number: int) -> None:
        """Take a credit note in.

        Raises:
            InvalidValue: its number is none of its year, or was drawn before.
        """
        body = row.body
        self._draw(Document.CREDIT_NOTE, row, number)
        if body["net_minor"] or body["tax_minor"]:
            told = self._note((body["invoice"], row.at_us, body["currency"]), number)
            told[body["net_minor"], body["tax_minor"]] += 1
        self.booked.setdefault(body["invoice"], number)

    def off(self) -> Iterator[tuple[int, str]]:
        """Rows that do not hold, with why."""
        for ref, number in self.booked.items():
            if ref not in self.invoices:
                yield number, f"it is about {ref}, and no such invoice stands there"
        for name, told in self.notes.items():
            if any(told.values()):
                yield self.places[name], "what was credited is not what its note says"
        for ref, owed in self.owed.items():
            if owed[RECEIVABLE] <= 0 and owed[DEFERRED]:
                why = f"{ref} is settled, and {-owed[DEFERRED]} of it is still deferred"
                yield self.booked[ref], why
        for series, numbers in self.drawn.items():
            for number in range(1, max(numbers) + 1):
                if number not in numbers:
                    after = min(row for each, row in numbers.items() if each > number)
                    yield after, f"{spelled(series, number)} is missing"
                    break

    def _note(self, name: NoteName, number: int) -> Counter[tuple[int, int]]:
        self.places.setdefault(name, number)
        return self.notes.setdefault(name, Counter())

    def _draw(self, document: Document, row: Row, place: int) -> None:
        series, number = parsed(row.body["number"])
        if series != series_of(document, row.at_us):
            detail = f"{row.body['number']} is no {row.kind} of its year"
            raise InvalidValue(detail)
        if number in self.drawn[series] or row.body["number"] != spelled(
            series, number
        ):
            detail = f"{row.body['number']} was drawn before"
            raise InvalidValue(detail)
        self.drawn[series][number] = place
