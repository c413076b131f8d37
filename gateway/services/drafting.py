"""Drafts: what a run rated to be owed becomes invoices, or waits for the next one.

What an agreement owes in one currency stands on one draft. Where it is less than the
seller's minimum, it is carried: its rated lines stay as they are and go, line by line,
on the draft of a later run. The year's last run and the end of the agreement bill
whatever waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from gateway.billing.carrying import NOTHING_CARRIED, Carried, CarryTerms
from gateway.billing.invoice import Invoice, usage_line
from gateway.billing.ports import PartyBook, Run
from gateway.billing.rating import RatedLine
from gateway.billing.tax import Buyer, Seller, Selling, treatment
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.evidence import Level
from gateway.kernel.ids import IdSource

Owed = tuple[str, str]
"""Agreement and currency: what one draft is made for."""


@dataclass(frozen=True, slots=True)
class Drafting:
    """Makes drafts.

    Attributes:
        seller: Who invoices.
        parties: Who is invoiced.
        ids: Where a draft's id comes from.
        terms: What is too little for an invoice.
    """

    seller: Seller
    parties: PartyBook
    ids: IdSource
    terms: CarryTerms = NOTHING_CARRIED

    @property
    def is_selling(self) -> bool:
        """Does anybody sell?"""
        return self.seller.selling is not Selling.NONE

    def draft(self, books: Books, run: Run, lines: Sequence[RatedLine]) -> None:
        """Make a run's drafts, within its transaction.

        Raises:
            InvalidValue: the seller's settings lack a VAT rate that is needed.
        """
        waiting: dict[Owed, list[Carried]] = {}
        for each in books.carried.waiting():
            waiting.setdefault((each.agreement_id, each.currency), []).append(each)
        rated: dict[Owed, list[RatedLine]] = {}
        for line in lines:
            key = (line.share.agreement_id, line.currency)
            rated.setdefault(key, []).append(line)
        for key in sorted({*waiting, *rated}):
            self._one(
                books, run, key, new=rated.get(key, []), waiting=waiting.get(key, [])
            )

    def _one(
        self,
        books: Books,
        run: Run,
        key: Owed,
        *,
        new: Sequence[RatedLine],
        waiting: Sequence[Carried],
    ) -> None:
        agreement_id, currency = key
        earlier = [line for each in waiting for line in lines_of(books, each)]
        lines = [*earlier, *new]
        agreement = books.agreements.find(agreement_id)
        if agreement is None or not any(line.net_minor for line in lines):
            return
        net_minor = sum(line.net_minor for line in lines)
        if self.terms.carries(
            net_minor,
            currency,
            agreement=agreement,
            period=run.period,
            at_us=run.cut_us,
        ):
            if added := sum(line.net_minor for line in new):
                books.carried.add(Carried(run.id, agreement_id, currency, added))
            return
        party = self.parties.find_party(agreement.party_id)
        if party is None:
            raise AssertionError("unreachable")
        draft = self._invoice(run, key, lines=lines, party=party)
        books.invoices.add_draft(draft)
        for each in waiting:
            books.carried.bill(each, draft.id)

    def _invoice(
        self, run: Run, key: Owed, *, lines: Sequence[RatedLine], party: Party
    ) -> Invoice:
        buyer = buyer_of(party)
        taxed = treatment(self.seller, buyer)
        return Invoice(
            id=self.ids.new("inv"),
            run_id=run.id,
            agreement_id=key[0],
            buyer=buyer,
            period=run.period,
            currency=key[1],
            lines=tuple(
                usage_line(position, line, taxed)
                for position, line in enumerate(lines, start=1)
            ),
            seller_name=self.seller.name,
            seller_country=self.seller.country,
            seller_vat_id=self.seller.vat_id,
            seller_address=self.seller.address,
            tax_reason=taxed.reason,
            tax_reason_code=taxed.reason_code,
            created_us=run.cut_us,
        )


def lines_of(books: Books, carried: Carried) -> Iterator[RatedLine]:
    """The rated lines that are carried."""
    for line in books.ratings.lines_of(carried.run_id):
        key = (line.share.agreement_id, line.currency)
        if key == (carried.agreement_id, carried.currency):
            yield line


def buyer_of(party: Party) -> Buyer:
    """The party as an invoice names it.

    Country and VAT id count once they are verified: nobody lowers their VAT by saying
    where they are. A buyer of no known country is taxed as at home.
    """
    return Buyer(
        party_id=party.id,
        name=party.name,
        country=_proven(party, "country"),
        vat_id=_proven(party, "vat_id"),
    )


def _proven(party: Party, attribute: str) -> str:
    known = party.attributes.get(attribute)
    return str(known.value) if known and known.level >= Level.VERIFIED else ""
