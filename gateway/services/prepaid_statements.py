"""Statements of what was paid ahead under an agreement."""

from __future__ import annotations

from gateway.billing.invoice import Status
from gateway.billing.paper import Letterhead, Paper, PaperParty
from gateway.billing.papers import Particulars, invoice_paper
from gateway.billing.ports import PartyBook
from gateway.billing.tax import Seller
from gateway.fund.accounts import prepaid
from gateway.fund.ports import Books
from gateway.fund.prepaid_statement import (
    PrepaidStatement,
    moves_of,
    opening_minor,
)
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.period import Period
from gateway.licensing.agreement import Agreement, Settling
from gateway.services.drafting import buyer_of


class PrepaidStatements:
    """Makes statements; they change nothing and draw no number."""

    def __init__(
        self,
        books: Books,
        *,
        parties: PartyBook,
        seller: Seller,
        letterhead: Letterhead,
        clock: Clock,
    ) -> None:
        self._books = books
        self._parties = parties
        self._seller = seller
        self._letterhead = letterhead
        self._clock = clock

    def statement(
        self, agreement_id: str, period: Period, *, language: str = ""
    ) -> PrepaidStatement:
        """What happened to the balance of an agreement in a period.

        Args:
            agreement_id: A prepaid agreement, or one that was.
            period: Which span; it has begun.
            language: `en` or `fr`; the buyer's where it is empty.

        Raises:
            NotFound: there is no such agreement.
            Conflict: nothing was ever paid ahead under it.
            InvalidValue: the period has not begun.
        """
        now_us = self._clock.now_us()
        if now_us < period.start_us:
            detail = f"{period} has not begun"
            raise InvalidValue(detail)
        with self._books.reading() as books:
            agreement = _prepaid(books, agreement_id)
            party = self._parties.find_party(agreement.party_id)
            known = Particulars(self._letterhead, party)
            entries = books.journal.entries()
            currency = agreement.currency
            spoken = language or known.language
            paper = _Papers(books, known, spoken)
            moves = moves_of(
                entries, agreement_id, period, currency=currency, invoice_of=paper.of
            )
        opening = opening_minor(entries, agreement_id, period, currency=currency)
        return PrepaidStatement(
            agreement_id=agreement_id,
            period=period,
            currency=currency,
            language=spoken,
            seller=self._seller_party(),
            buyer=_buyer_party(known),
            opening_minor=opening,
            moves=moves,
            closing_minor=opening + sum(each.amount_minor for each in moves),
            is_over=now_us >= period.end_us,
        )

    def _seller_party(self) -> PaperParty:
        head, seller = self._letterhead, self._seller
        return PaperParty(
            name=seller.name,
            country=seller.country,
            vat_id=seller.vat_id or head.vat_id,
            tax_id=head.tax_id,
            register_number=head.register_number,
            street=seller.address or head.street,
            postcode=head.postcode,
            city=head.city,
            email=head.email,
        )


class _Papers:
    """Papers of invoices in one language, as they were issued."""

    def __init__(self, books: Books, known: Particulars, language: str) -> None:
        self._books = books
        self._known = known.spoken(language)

    def of(self, invoice_id: str) -> Paper | None:
        """The paper of an invoice that an entry refers to."""
        invoice = self._books.invoices.find(invoice_id)
        if invoice is None or invoice.status is not Status.FINALISED:
            return None
        return invoice_paper(invoice, self._known)


def _prepaid(books: Books, agreement_id: str) -> Agreement:
    agreement = books.agreements.find(agreement_id)
    if agreement is None:
        detail = f"there is no agreement {agreement_id}; see `copyfair agreement list`"
        raise NotFound(detail)
    account = prepaid(agreement_id)
    was_used = any(
        posting.account == account
        for entry in books.journal.entries()
        for posting in entry.postings
    )
    if agreement.settling is not Settling.PREPAID and not was_used:
        detail = f"nothing was ever paid ahead under {agreement_id}"
        raise Conflict(detail)
    return agreement


def _buyer_party(known: Particulars) -> PaperParty:
    buyer = buyer_of(known.party) if known.party else None
    return PaperParty(
        name=buyer.name if buyer else "",
        country=(buyer.country if buyer else "") or known.said("country"),
        vat_id=buyer.vat_id if buyer else "",
        register_number=known.said("register_number"),
        street=known.said("address"),
        postcode=known.said("postcode"),
        city=known.said("city"),
        email=known.said("email"),
    )
