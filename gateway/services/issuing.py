"""Issuing: an invoice or a credit note gets its papers before it gets its number.

The press is asked outside any transaction, so nobody waits for it; what it wrote is
kept in the transaction that draws the number, and never written again.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from gateway.billing.barter import Barter
from gateway.billing.chain import Sealed
from gateway.billing.credit_note import CreditNote
from gateway.billing.invoice import Invoice
from gateway.billing.paper import Letterhead, Rendition
from gateway.billing.papers import Particulars, credit_paper, invoice_paper
from gateway.billing.ports import PartyBook, Press
from gateway.fund.ports import Books
from gateway.kernel.errors import Conflict, NotFound
from gateway.services.bookkeeping import seal


@dataclass(frozen=True, slots=True)
class Issuing:
    """Has papers written, keeps them, and hands them out.

    Attributes:
        press: Gives what writes them; may raise `Misconfigured`.
        letterhead: What they carry of the seller.
        parties: Whom they go to.
    """

    press: Callable[[], Press]
    letterhead: Letterhead
    parties: PartyBook

    def invoice(
        self, invoice: Invoice, *, paid_minor: int, barters: Sequence[Barter] = ()
    ) -> Rendition:
        """The papers of an invoice that would have this number.

        Args:
            invoice: With the number that it is to get.
            paid_minor: What is drawn from a prepaid balance as it is issued.
            barters: What is set off as it is issued.

        Raises:
            InvalidValue: they would be wrong; the detail says what.
            Misconfigured: nothing is here that could write them.
        """
        known = self._known(invoice)
        paper = invoice_paper(invoice, known, paid_minor=paid_minor, barters=barters)
        return self.press().render(paper)

    def note(self, note: CreditNote, invoice: Invoice) -> Rendition:
        """The papers of a credit note that would have this number; as for invoices."""
        return self.press().render(credit_paper(note, invoice, self._known(invoice)))

    def keep(self, books: Books, document_id: str, rendition: Rendition) -> None:
        """Keep what was written, within the transaction that issues the document."""
        books.renditions.add(document_id, rendition)
        seal(books, Sealed.RENDITION, ref=document_id, digest=rendition.sha256)

    def _known(self, invoice: Invoice) -> Particulars:
        party = self.parties.find_party(invoice.buyer.party_id)
        return Particulars(self.letterhead, party)


def rendition_of(books: Books, number: str) -> Rendition:
    """What was written of an invoice or a credit note.

    Args:
        books: Open for reading.
        number: Its number or id.

    Raises:
        NotFound: there is no such document.
        Conflict: it is a draft, or was issued before papers were kept.
    """
    document_id = _issued_id(books, number)
    if document_id is None:
        detail = f"there is no invoice or credit note {number}"
        raise NotFound(detail)
    found = books.renditions.find(document_id)
    if found is None:
        detail = (
            f"{number} has no papers: it is not finalised, or was before they were kept"
        )
        raise Conflict(detail)
    return found


def _issued_id(books: Books, number: str) -> str | None:
    invoice = books.invoices.find(number)
    if invoice is not None:
        return invoice.id
    notes = (
        note for note in books.invoices.notes() if number in {note.number, note.id}
    )
    note = next(notes, None)
    return note.id if note else None
