"""Credit notes: how a finalised invoice is corrected, and what that books."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway.billing.canonical import canonical_json, sha256_of
from gateway.billing.chain import Sealed
from gateway.billing.credit_note import CreditNote, NamedNote, credit
from gateway.billing.invoice import Invoice
from gateway.billing.numbering import Document, series_of, spelled
from gateway.fund.accounts import BARTER_INCOME, INCOME
from gateway.fund.bookings import credited, recognised
from gateway.fund.given_back import GIVEN_BACK
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, NotFound, Unavailable
from gateway.kernel.ids import IdSource
from gateway.services.bookkeeping import book, seal
from gateway.services.given_back import Return, give_income_back, splits_of
from gateway.services.issuing import Issuing
from gateway.services.overpaid import Overpaid
from gateway.services.receipts import (
    Receipts,
    booked_of,
    deferred_of,
    open_of,
    origin_of,
    paid_of,
)

TRIES = 8
TOO_BUSY = "others draw numbers all the time; try again"

Also = Callable[[Books, CreditNote], None]
"""What else is written in the transaction that issues a note."""


class Crediting:
    """Issues credit notes."""

    def __init__(
        self,
        books: Books,
        *,
        receipts: Receipts,
        issuing: Issuing,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._receipts = receipts
        self._issuing = issuing
        self._clock = clock
        self._ids = ids
        self._overpaid = Overpaid(receipts=receipts, ids=ids)

    def credit(
        self,
        name: str,
        *,
        reason: str,
        wanted: Mapping[int, int] | None = None,
        reference: str = "",
        also: Also | None = None,
    ) -> CreditNote:
        """Issue a credit note.

        Args:
            name: The invoice's number or id.
            reason: One sentence for the buyer.
            wanted: Line position to net minor units; None for all that is left.
            reference: The caller's own name for it, or empty; asked again under the
                same name, it is the same note.
            also: What else is written in the same transaction.

        Raises:
            NotFound: no such invoice or line.
            Conflict: it is not finalised, nothing is left to credit, or the reference
                names a note that was asked for otherwise.
            InvalidValue: more than is left of a line, no reason, or papers that would
                be wrong.
            Misconfigured: nothing is here that could write them.
        """
        invoice_id = found_invoice(self._books, name).id
        asked = sha256_of(canonical_json((invoice_id, reason, _spelled(wanted))))
        if known := self._known(self._books, reference, asked):
            return known
        now_us, note_id = self._clock.now_us(), self._ids.new("crn")
        series = series_of(Document.CREDIT_NOTE, now_us)

        def planned(books: Books) -> tuple[Invoice, CreditNote]:
            invoice = found_invoice(books, name)
            earlier = books.invoices.notes_on(invoice.id)
            note = credit(
                invoice, earlier, note_id=note_id, reason=reason, wanted=wanted
            )
            number = spelled(series, books.invoices.next_number(series))
            return invoice, note.issued(number, now_us)

        for _ in range(TRIES):
            with self._books.reading() as books:
                invoice, note = planned(books)
            rendition = self._issuing.note(note, invoice)
            with self._books.together() as books:
                if known := self._known(books, reference, asked):
                    return known
                if planned(books) != (invoice, note):
                    continue
                books.invoices.add_note(note)
                if reference:
                    books.invoices.name_note(NamedNote(reference, note.id, asked))
                digest = sha256_of(note.document)
                seal(books, Sealed.CREDIT_NOTE, ref=note.id, digest=digest)
                self._issuing.keep(books, note.id, rendition)
                self._book_credit(books, invoice, note)
                self._overpaid.ahead_again(
                    books, invoice, by=note.number, at_us=note.issued_us
                )
                if also:
                    also(books, note)
                return note
        raise Unavailable(TOO_BUSY)

    def named(self, reference: str) -> CreditNote | None:
        """The note that was asked for under a name, or None."""
        found = self._books.invoices.named_note(reference) if reference else None
        return _note(self._books, found.note_id) if found else None

    def _known(self, books: Books, reference: str, asked: str) -> CreditNote | None:
        found = books.invoices.named_note(reference) if reference else None
        if found is None:
            return None
        note = _note(books, found.note_id)
        if found.asked_sha256 != asked:
            detail = f"{reference} names credit note {note.number}, which was asked for"
            raise Conflict(f"{detail} with other lines, amounts or words")
        return note

    def _book_credit(self, books: Books, invoice: Invoice, note: CreditNote) -> None:
        """Take back what was owed first, then what was income; the reserve bears it.

        What was set off in barter comes last: no money came of it that was handed on.
        """
        deferred = deferred_of(books, invoice)
        from_deferred = min(note.net_minor, deferred)
        beyond = note.net_minor - from_deferred
        without_money = booked_of(books, invoice, BARTER_INCOME)
        above = max(0, beyond - booked_of(books, invoice, INCOME))
        from_barter = min(without_money, above)
        from_income = beyond - from_barter
        is_closed = open_of(books, invoice) <= 0
        rest = deferred - from_deferred if is_closed else 0
        is_money = not without_money or paid_of(books, invoice) > 0
        rest_as = INCOME if is_money else BARTER_INCOME
        at_us, key = note.issued_us, f"{GIVEN_BACK}:{note.id}"
        give_income_back(
            books,
            self._ids,
            Return(from_income, note.currency, invoice.id, key, at_us),
            splits=splits_of(books, invoice),
        )
        for kind, postings in (
            (
                "credit",
                credited(
                    tax_minor=note.tax_minor,
                    from_deferred=from_deferred,
                    from_income=from_income,
                    from_barter=from_barter,
                ),
            ),
            ("rounding", recognised(rest, as_=rest_as)),
        ):
            book(
                books,
                self._ids,
                postings,
                key=f"{kind}:{note.id}",
                kind=kind,
                ref=invoice.id,
                currency=note.currency,
                at_us=note.issued_us,
            )
        self._receipts.apportion(
            books,
            rest if is_money else 0,
            origin=origin_of(invoice),
            key=note.id,
            ref=note.id,
            at_us=note.issued_us,
        )


def _spelled(wanted: Mapping[int, int] | None) -> list[tuple[int, int]] | None:
    return None if wanted is None else sorted(wanted.items())


def _note(books: Books, note_id: str) -> CreditNote:
    return next(one for one in books.invoices.notes() if one.id == note_id)


def found_invoice(books: Books, name: str) -> Invoice:
    """The invoice of that number or id.

    Raises:
        NotFound: there is none.
    """
    invoice = books.invoices.find(name)
    if invoice is None:
        detail = f"there is no invoice {name}; see `copyfair invoice list`"
        raise NotFound(detail)
    return invoice
