"""Invoices: finalise, void, list, show; credit through `services/crediting`."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from gateway.billing.arrears import Arrears
from gateway.billing.barter import Barter, set_off_minor
from gateway.billing.canonical import sha256_of
from gateway.billing.chain import Sealed
from gateway.billing.credit_note import CreditNote
from gateway.billing.invoice import (
    Invoice,
    InvoiceLine,
    LineKind,
    Status,
    waiver_line,
)
from gateway.billing.numbering import Document, series_of, spelled
from gateway.billing.paper import Rendition
from gateway.billing.settlement import (
    PREPAID,
    PaidState,
    Payment,
    PaymentShare,
    Settlement,
)
from gateway.billing.tax import net_within
from gateway.fund.bookings import invoiced
from gateway.fund.ports import Books
from gateway.kernel.clock import US_PER_DAY, Clock
from gateway.kernel.errors import (
    Conflict,
    InvalidValue,
    Misconfigured,
    Unavailable,
)
from gateway.kernel.ids import IdSource
from gateway.kernel.period import Period
from gateway.licensing.agreement import Settling
from gateway.services.bartering import book_barters
from gateway.services.bookkeeping import book, seal
from gateway.services.crediting import TOO_BUSY, TRIES, Crediting, found_invoice
from gateway.services.issuing import Issuing, rendition_of
from gateway.services.paid_ahead import PaidAhead, balance_of, within_reach
from gateway.services.receipts import Receipts, arrears_of, settlements_of


@dataclass(frozen=True, slots=True)
class InvoiceView:
    """An invoice and how far it is settled.

    Attributes:
        invoice: The document.
        settlements: What settled it so far.
        arrears: What is open, in dispute and overdue; None unless finalised.
    """

    invoice: Invoice
    settlements: tuple[Settlement, ...] = ()
    arrears: Arrears | None = None

    @property
    def open_minor(self) -> int:
        """What is still owed; 0 unless finalised."""
        return self.arrears.open_minor if self.arrears else 0

    @property
    def paid_state(self) -> PaidState | None:
        """How far it is closed; None unless finalised."""
        return self.arrears.state if self.arrears else None


@dataclass(frozen=True, slots=True)
class _Plan:
    """What finalising a draft would make of it, as the books stand."""

    invoice: Invoice
    waived: InvoiceLine | None
    drawn_minor: int
    barters: tuple[Barter, ...] = ()


class Invoices:
    """Everything that is done with invoices."""

    def __init__(
        self,
        books: Books,
        *,
        receipts: Receipts,
        issuing: Issuing,
        crediting: Crediting,
        is_invoiced: Callable[[str], bool],
        clock: Clock,
        ids: IdSource,
        due_days: int = 30,
        once_issued: Callable[[Books, Invoice], None] | None = None,
    ) -> None:
        self._books = books
        self._receipts = receipts
        self._issuing = issuing
        self._is_invoiced = is_invoiced
        self._clock = clock
        self._ids = ids
        self._due_days = due_days
        self._once_issued = once_issued
        self._ahead = PaidAhead(ids)
        self._crediting = crediting

    def finalise(self, name: str) -> Invoice:
        """Give a draft its number, for good; prepaid balances are drawn at once.

        Its papers are written and checked first, so a fault in them costs no number.
        Under a prepaid agreement nothing is owed beyond what was prepaid: the rest
        is waived on the invoice. A draft of which nothing is left to pay is voided
        instead.

        Args:
            name: The draft's id.

        Returns:
            The invoice: finalised, or void.

        Raises:
            NotFound: there is no such invoice.
            Conflict: it is no draft, or of what it charges for nothing is invoiced
                now (`licence_mode` below `invoice`, or no seller).
            InvalidValue: its papers would be wrong; the detail says what.
            Misconfigured: nothing is here that could write them.
            Unavailable: others finalise all the time.
        """
        with self._books.reading() as books:
            draft = found_invoice(books, name)
        if draft.status is Status.DRAFT and (resting := self._resting(draft)):
            detail = (
                f"{draft.id} charges for {resting}, of which nothing is invoiced "
                "now: set `licence_mode: invoice` and a seller, or void the draft"
            )
            raise Conflict(detail)
        return self._issued(draft.id)

    def finalise_all(self, period: Period) -> Mapping[str, str]:
        """Finalise every draft of a period.

        One that no longer is a draft is left, and so is one for a collection of
        which nothing is invoiced now.

        Returns:
            Id of each draft whose papers cannot be written yet, and why.
        """
        held: dict[str, str] = {}
        for draft in self._books.invoices.all(status=Status.DRAFT):
            if draft.period != period or self._resting(draft):
                continue
            try:
                self._issued(draft.id)
            except (InvalidValue, Misconfigured) as fault:
                held[draft.id] = fault.detail
            except Conflict:
                current = found_invoice(self._books, draft.id)
                if current.status is Status.DRAFT:
                    raise
        return held

    def _resting(self, draft: Invoice) -> str:
        """Collections a draft charges for, of which nothing is invoiced now."""
        charged = {
            line.collection for line in draft.lines if line.kind is LineKind.USAGE
        }
        return ", ".join(sorted(one for one in charged if not self._is_invoiced(one)))

    def void(self, name: str) -> Invoice:
        """Throw a draft away.

        Raises:
            NotFound: there is no such invoice.
            Conflict: it is no draft.
        """
        with self._books.together() as books:
            void = found_invoice(books, name).voided()
            books.invoices.void(void.id)
        return void

    def credit(
        self,
        name: str,
        *,
        reason: str,
        wanted: Mapping[int, int] | None = None,
        reference: str = "",
    ) -> CreditNote:
        """Issue a credit note; see `Crediting.credit`."""
        return self._crediting.credit(
            name, reason=reason, wanted=wanted, reference=reference
        )

    def list(self, *, status: Status | None = None) -> tuple[InvoiceView, ...]:
        """Every invoice, oldest first."""
        with self._books.reading() as books:
            found = books.invoices.all(status=status)
            return tuple(self._view(books, invoice) for invoice in found)

    def of_buyer(self, party_id: str) -> tuple[InvoiceView, ...]:
        """A party's invoices, oldest first; nobody else's is read."""
        with self._books.reading() as books:
            found = books.invoices.of_buyer(party_id)
            return tuple(self._view(books, invoice) for invoice in found)

    def show(self, name: str) -> InvoiceView:
        """The invoice of that number or id.

        Raises:
            NotFound: there is none.
        """
        with self._books.reading() as books:
            return self._view(books, found_invoice(books, name))

    def papers(self, number: str) -> Rendition:
        """What was written of an invoice or a credit note; the bytes never change.

        Raises:
            NotFound: there is no such document.
            Conflict: it is a draft, or was issued before papers were kept.
        """
        with self._books.reading() as books:
            return rendition_of(books, number)

    def _issued(self, draft_id: str) -> Invoice:
        """Write a draft's papers under the next number, and draw it if it still is.

        Nobody waits for the press: what it wrote lasts only if the books are then as
        they were before.
        """
        now_us = self._clock.now_us()
        for _ in range(TRIES):
            with self._books.reading() as books:
                plan = self._plan(books, draft_id, now_us)
            rendition = None
            if plan.invoice.status is Status.FINALISED:
                rendition = self._issuing.invoice(
                    plan.invoice, paid_minor=plan.drawn_minor, barters=plan.barters
                )
            with self._books.together() as books:
                if self._plan(books, draft_id, now_us) == plan:
                    return self._finalised(books, plan, rendition)
        raise Unavailable(TOO_BUSY)

    def _plan(self, books: Books, draft_id: str, now_us: int) -> _Plan:
        draft = found_invoice(books, draft_id)
        waived = self._beyond_credit(books, draft)
        if waived:
            draft = draft.with_line(waived)
        if draft.status is Status.DRAFT and draft.gross_minor <= 0:
            return _Plan(draft.voided(), waived, 0)
        series = series_of(Document.INVOICE, now_us)
        number = spelled(series, books.invoices.next_number(series))
        due_us = now_us + self._due_days * US_PER_DAY
        invoice = draft.finalised(number, issued_us=now_us, due_us=due_us)
        barters = books.barters.on(draft.id)
        owed = invoice.gross_minor - set_off_minor(barters)
        if owed < 0:
            detail = f"more is set off against {draft.id} than it is for; void it"
            raise Conflict(detail)
        drawn = min(owed, _within_reach(books, invoice))
        return _Plan(invoice, waived, max(0, drawn), barters)

    def _finalised(
        self, books: Books, plan: _Plan, rendition: Rendition | None
    ) -> Invoice:
        invoice = plan.invoice
        if plan.waived:
            books.invoices.add_line(invoice.id, plan.waived)
        if rendition is None or invoice.issued_us is None:
            books.invoices.void(invoice.id)
            return invoice
        books.invoices.finalise(invoice)
        digest = sha256_of(invoice.document)
        seal(books, Sealed.INVOICE, ref=invoice.id, digest=digest)
        self._issuing.keep(books, invoice.id, rendition)
        book(
            books,
            self._ids,
            invoiced(invoice.net_minor, invoice.tax_minor),
            key=f"invoice:{invoice.id}",
            kind="invoice",
            ref=invoice.id,
            currency=invoice.currency,
            at_us=invoice.issued_us,
        )
        book_barters(books, self._ids, invoice, barters=plan.barters)
        self._draw(books, invoice, plan.drawn_minor)
        if self._once_issued:
            self._once_issued(books, invoice)
        return invoice

    def _view(self, books: Books, invoice: Invoice) -> InvoiceView:
        if invoice.status is not Status.FINALISED:
            return InvoiceView(invoice)
        settlements = settlements_of(books, invoice)
        told = arrears_of(books, invoice, now_us=self._clock.now_us())
        return InvoiceView(invoice, settlements, told)

    def _beyond_credit(self, books: Books, draft: Invoice) -> InvoiceLine | None:
        """Waives what a prepaid agreement's balance does not cover.

        What was agreed decides, never what is known of the party by now: losing a
        vouch cancels no debt, and a later one makes none.
        """
        agreement = books.agreements.find(draft.agreement_id)
        is_prepaid = agreement is not None and agreement.settling is Settling.PREPAID
        if draft.status is not Status.DRAFT or not is_prepaid:
            return None
        covered = _within_reach(books, draft)
        if draft.gross_minor <= covered:
            return None
        allowed = net_within(covered, draft.lines[0].rate_bp)
        return waiver_line(draft, draft.net_minor - allowed)

    def _draw(self, books: Books, invoice: Invoice, amount_minor: int) -> None:
        """Settle an invoice from what was paid ahead, also where it went on since."""
        at_us = invoice.issued_us
        if at_us is None:
            return
        name, currency = invoice.agreement_id, invoice.currency
        missing = amount_minor - balance_of(books, name, currency)
        self._ahead.come_back(books, name, currency, most=missing, at_us=at_us)
        if amount_minor:
            self._settle_ahead(books, invoice, amount_minor, at_us=at_us)

    def _settle_ahead(
        self, books: Books, invoice: Invoice, amount_minor: int, *, at_us: int
    ) -> None:
        payment = Payment(
            id=self._ids.new("pay"),
            provider=PREPAID,
            reference=invoice.id,
            currency=invoice.currency,
            amount_minor=amount_minor,
            received_us=at_us,
        )
        share = PaymentShare(payment.id, invoice.id, amount_minor)
        self._receipts.take(books, payment, (share,))


def _within_reach(books: Books, invoice: Invoice) -> int:
    return within_reach(books, invoice.agreement_id, invoice.currency)
