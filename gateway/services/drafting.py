"""Drafts: what a run rated to be owed becomes invoices, or waits for the next one.

What an agreement owes in one currency stands on one draft. Where it is less than the
seller's minimum, it is carried: its rated lines stay as they are and go, line by line,
on the draft of a later run. The year's last run and the end of the agreement bill
whatever waits.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from operator import itemgetter

from gateway.billing.carrying import NOTHING_CARRIED, Carried, CarryTerms
from gateway.billing.invoice import (
    Invoice,
    InvoiceLine,
    charge_line,
    rebate_line,
    usage_line,
)
from gateway.billing.ports import PartyBook, Run
from gateway.billing.rating import RatedLine
from gateway.billing.rebate import Rebate
from gateway.billing.span_charge import SpanCharge
from gateway.billing.tax import Buyer, Seller, Selling, Treatment, treatment
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.evidence import Level
from gateway.kernel.ids import IdSource

Owed = tuple[str, str]
"""Agreement and currency: what one draft is made for."""


@dataclass(slots=True)
class _Part:
    """What one draft is made of: what waited, what is rated, what is charged beside."""

    waiting: list[Carried] = field(default_factory=list)
    earlier: list[RatedLine] = field(default_factory=list)
    rated: list[RatedLine] = field(default_factory=list)
    charges: list[SpanCharge] = field(default_factory=list)
    rebates: list[Rebate] = field(default_factory=list)

    @property
    def is_free(self) -> bool:
        used = (*self.earlier, *self.rated)
        return not self.charges and not any(line.net_minor for line in used)

    def lines(self, taxed: Treatment) -> tuple[InvoiceLine, ...]:
        used = [
            usage_line(position, line, taxed)
            for position, line in enumerate((*self.earlier, *self.rated), start=1)
        ]
        beside = [
            charge_line(position, charge, taxed)
            for position, charge in enumerate(self.charges, start=len(used) + 1)
        ]
        less = [
            rebate_line(position, rebate, taxed)
            for position, rebate in enumerate(
                self.rebates, start=len(used) + len(beside) + 1
            )
        ]
        return (*used, *beside, *less)


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

    def draft(
        self,
        books: Books,
        run: Run,
        lines: Sequence[RatedLine],
        *,
        charges: Sequence[SpanCharge] = (),
        rebates: Sequence[Rebate] = (),
    ) -> None:
        """Make a run's drafts, within its transaction.

        Where something is charged or rebated beside use, nothing is carried, and what
        waits is billed.

        Raises:
            InvalidValue: the seller's settings lack a VAT rate that is needed.
        """
        parts: dict[Owed, _Part] = {}
        for each in books.carried.waiting():
            part = parts.setdefault((each.agreement_id, each.currency), _Part())
            part.waiting.append(each)
            part.earlier.extend(lines_of(books, each))
        for line in lines:
            key = (line.share.agreement_id, line.currency)
            parts.setdefault(key, _Part()).rated.append(line)
        for charge in charges:
            key = (charge.agreement_id, charge.currency)
            parts.setdefault(key, _Part()).charges.append(charge)
        for rebate in rebates:
            parts[rebate.agreement_id, rebate.currency].rebates.append(rebate)
        for key, part in sorted(parts.items(), key=itemgetter(0)):
            self._one(books, run, key, part=part)

    def _one(self, books: Books, run: Run, key: Owed, *, part: _Part) -> None:
        agreement = books.agreements.find(key[0])
        if agreement is None or part.is_free:
            return
        added = sum(line.net_minor for line in part.rated)
        net_minor = added + sum(each.net_minor for each in part.waiting)
        is_use_alone = not (part.charges or part.rebates)
        is_carried = is_use_alone and self.terms.carries(
            net_minor,
            key[1],
            agreement=agreement,
            period=run.period,
            at_us=run.cut_us,
        )
        if is_carried:
            if added:
                books.carried.add(Carried(run.id, *key, net_minor=added))
            return
        party = self.parties.find_party(agreement.party_id)
        if party is None:
            raise AssertionError("unreachable")
        draft = self._invoice(run, key, part=part, party=party)
        books.invoices.add_draft(draft)
        for each in part.waiting:
            books.carried.bill(each, draft.id)

    def _invoice(self, run: Run, key: Owed, *, part: _Part, party: Party) -> Invoice:
        buyer = buyer_of(party)
        taxed = treatment(self.seller, buyer)
        return Invoice(
            id=self.ids.new("inv"),
            run_id=run.id,
            agreement_id=key[0],
            buyer=buyer,
            period=run.period,
            currency=key[1],
            lines=part.lines(taxed),
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
