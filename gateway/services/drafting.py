"""Drafts: what a run rated and charged, as one draft per agreement and currency."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from gateway.billing.invoice import (
    Invoice,
    InvoiceLine,
    charge_line,
    rebate_line,
    usage_line,
)
from gateway.billing.ports import Run
from gateway.billing.rating import RatedLine
from gateway.billing.rebate import Rebate
from gateway.billing.span_charge import SpanCharge
from gateway.billing.tax import Buyer, Seller, Treatment, treatment
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.evidence import Level


@dataclass(slots=True)
class _Part:
    """What one draft is made of."""

    party_id: str = ""
    rated: list[RatedLine] = field(default_factory=list)
    charges: list[SpanCharge] = field(default_factory=list)
    rebates: list[Rebate] = field(default_factory=list)

    @property
    def is_free(self) -> bool:
        return not self.charges and not any(line.net_minor for line in self.rated)

    def lines(self, taxed: Treatment) -> tuple[InvoiceLine, ...]:
        used = [
            usage_line(position, line, taxed)
            for position, line in enumerate(self.rated, start=1)
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
        new_id: Names a draft.
        party: The party of that id, or None.
    """

    seller: Seller
    new_id: Callable[[], str]
    party: Callable[[str], Party | None]

    def draft(
        self,
        books: Books,
        run: Run,
        rated: Sequence[RatedLine],
        *,
        charges: Sequence[SpanCharge],
        rebates: Sequence[Rebate],
    ) -> None:
        """One draft per agreement and currency, unless nothing is owed."""
        parts = _parts(rated, charges, rebates)
        for (agreement_id, currency), part in sorted(parts.items()):
            if part.is_free:
                continue
            party = self.party(part.party_id)
            if party is None:
                raise AssertionError("unreachable")
            buyer = buyer_of(party)
            taxed = treatment(self.seller, buyer)
            books.invoices.add_draft(
                Invoice(
                    id=self.new_id(),
                    run_id=run.id,
                    agreement_id=agreement_id,
                    buyer=buyer,
                    period=run.period,
                    currency=currency,
                    lines=part.lines(taxed),
                    seller_name=self.seller.name,
                    seller_country=self.seller.country,
                    seller_vat_id=self.seller.vat_id,
                    seller_address=self.seller.address,
                    tax_reason=taxed.reason,
                    tax_reason_code=taxed.reason_code,
                    created_us=run.cut_us,
                )
            )


def _parts(
    rated: Sequence[RatedLine],
    charges: Sequence[SpanCharge],
    rebates: Sequence[Rebate],
) -> dict[tuple[str, str], _Part]:
    parts: dict[tuple[str, str], _Part] = {}
    for line in rated:
        key = (line.share.agreement_id, line.currency)
        part = parts.setdefault(key, _Part(line.share.party_id))
        part.rated.append(line)
    for charge in charges:
        key = (charge.agreement_id, charge.currency)
        part = parts.setdefault(key, _Part(charge.party_id))
        part.charges.append(charge)
    for rebate in rebates:
        parts[rebate.agreement_id, rebate.currency].rebates.append(rebate)
    return parts


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
