"""What spans cost beside use, as the books stand: minimums and royalties.

Test agreements owe neither, nor does an agreement over collections of which nothing
is invoiced, nor anybody where nobody invoices.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass

from gateway.billing.footing import Footings
from gateway.billing.span_charge import (
    ChargedFor,
    Declaration,
    SpanCharge,
    Taker,
    is_bound,
    latest,
    left_open,
    royalties_due,
    stretches,
)
from gateway.billing.tax import Seller, Selling
from gateway.fund.ports import Books
from gateway.kernel.period import Period
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.royalties import Royalties
from gateway.licensing.tariff import Tariff


@dataclass(frozen=True, slots=True, order=True)
class Undeclared:
    """A turnover that should be declared by now, and is not.

    Attributes:
        agreement_id: Under which agreement.
        party_id: Whose.
        span: Of which calendar year or month.
    """

    agreement_id: str
    party_id: str
    span: Period


@dataclass(slots=True)
class _Use:
    """What agreements were used for so far, as far as it is owed."""

    nets: Mapping[tuple[str, Period], int]
    at_zero: Mapping[str, frozenset[Period]]
    months: dict[str, set[Period]]

    @classmethod
    def read(cls, books: Books) -> _Use:
        nets = books.ratings.nets()
        months: dict[str, set[Period]] = defaultdict(set)
        for agreement_id, month in nets:
            months[agreement_id].add(month)
        return cls(nets, books.ratings.at_zero(), months)

    def bound(self, agreement: Agreement, stretch: Period) -> bool:
        priced = self.months.get(agreement.id, set())
        return is_bound(stretch, priced, self.at_zero.get(agreement.id, frozenset()))

    def first_us(self, agreement: Agreement) -> int | None:
        """When the month of its first priced use began."""
        months = self.months.get(agreement.id)
        return max(min(months).start_us, agreement.starts_us) if months else None

    def net(self, agreement: Agreement, span: Period) -> int:
        """What its use in a calendar span costs; late usage included."""
        return sum(
            self.nets[agreement.id, month]
            for month in self.months.get(agreement.id, ())
            if month.start_us in span
        )


class SpanCharges:
    """Works out what spans cost beside use."""

    def __init__(self, seller: Seller, is_invoiced: Callable[[str], bool]) -> None:
        self._seller = seller
        self._is_invoiced = is_invoiced

    def may_charge(self, books: Books) -> bool:
        """Is there an agreement that may owe something beside use?"""
        return next(self._owing(books), None) is not None

    def due(
        self, books: Books, *, upto_us: int, footings: Footings
    ) -> tuple[SpanCharge, ...]:
        """Every step that is due by now: what spans cost, less what was charged.

        Args:
            books: All books, the run's own rated lines included.
            upto_us: Only spans that are over by then.
            footings: Whose every party was, and since when it was verified.

        Returns:
            Minimums before royalties, each by agreement and span; none of them 0.
        """
        owing = list(self._owing(books))
        if not owing:
            return ()
        made_up = _minimums(books, owing, upto_us=upto_us)
        royal = _royalties(books, owing, upto_us=upto_us, footings=footings)
        return (*made_up, *royal)

    def undeclared(self, books: Books, *, upto_us: int) -> tuple[Undeclared, ...]:
        """Turnovers of spans that are over, of used agreements, nobody declared."""
        owing = [pair for pair in self._owing(books) if pair[1].royalties]
        if not owing:
            return ()
        use, known = _Use.read(books), latest(books.declarations.all())
        found: set[Undeclared] = set()
        for agreement, tariff in owing:
            first_us = use.first_us(agreement)
            if tariff.royalties is None or first_us is None:
                continue
            over = tariff.royalties.over
            for stretch in stretches(
                agreement, over, from_us=first_us, upto_us=upto_us
            ):
                span = over.span_of(stretch.start_us)
                is_declared = (agreement.id, span) in known
                is_over = span.end_us <= upto_us
                if is_over and not is_declared and use.bound(agreement, stretch):
                    found.add(Undeclared(agreement.id, agreement.party_id, span))
        return tuple(sorted(found))

    def _owing(self, books: Books) -> Iterator[tuple[Agreement, Tariff]]:
        """Agreements that may owe something beside use, by id."""
        if self._seller.selling is Selling.NONE:
            return
        tariffs = {
            (each.id, each.version): each
            for each in books.tariffs.all()
            if each.minimum or each.royalties
        }
        if not tariffs:
            return
        for agreement in books.agreements.all():
            tariff = tariffs.get((agreement.tariff, agreement.tariff_version))
            if tariff and agreement.settling is not Settling.TEST:
                covered = agreement.collections
                if not covered or any(self._is_invoiced(each) for each in covered):
                    yield agreement, tariff


def _minimums(
    books: Books, owing: list[tuple[Agreement, Tariff]], *, upto_us: int
) -> Iterator[SpanCharge]:
    use = _Use.read(books)
    charged = books.charges.charged(ChargedFor.MINIMUM)
    for agreement, tariff in owing:
        first_us = use.first_us(agreement)
        if tariff.minimum is None or first_us is None:
            continue
        per = tariff.minimum.per
        for stretch in stretches(agreement, per, from_us=first_us, upto_us=upto_us):
            before = charged.get((agreement.id, stretch), 0)
            used = use.net(agreement, per.span_of(stretch.start_us))
            is_owed = use.bound(agreement, stretch)
            due = left_open(tariff.minimum, stretch, used) if is_owed else 0
            if due != before:
                yield _step(
                    ChargedFor.MINIMUM,
                    agreement,
                    stretch,
                    basis_minor=used,
                    due_minor=due,
                    before_minor=before,
                )


def _royalties(
    books: Books,
    owing: list[tuple[Agreement, Tariff]],
    *,
    upto_us: int,
    footings: Footings,
) -> Iterator[SpanCharge]:
    known = latest(books.declarations.all())
    agreements = {agreement.id: agreement for agreement, _ in owing}
    by_tariff: dict[str, dict[int, Royalties]] = defaultdict(dict)
    for _, tariff in owing:
        if tariff.royalties:
            by_tariff[tariff.id][tariff.version] = tariff.royalties
    groups: dict[tuple[str, Period], dict[Taker, Declaration]] = defaultdict(dict)
    for (agreement_id, span), declared in known.items():
        agreement = agreements.get(agreement_id)
        if agreement is None or span.end_us > upto_us:
            continue
        if agreement.tariff_version in by_tariff[agreement.tariff]:
            taker = _taker(agreement, span, footings)
            groups[agreement.tariff, span][taker] = declared
    charged = books.charges.charged(ChargedFor.ROYALTY)
    for (tariff_id, span), declared_by in sorted(
        groups.items(), key=lambda item: item[0]
    ):
        turnovers = {who: each.turnover_minor for who, each in declared_by.items()}
        due = royalties_due(turnovers, by_tariff[tariff_id])
        for who in sorted(due, key=lambda each: each.agreement_id):
            before = charged.get((who.agreement_id, span), 0)
            if due[who] != before:
                yield _step(
                    ChargedFor.ROYALTY,
                    agreements[who.agreement_id],
                    span,
                    basis_minor=turnovers[who],
                    due_minor=due[who],
                    before_minor=before,
                )


def _taker(agreement: Agreement, span: Period, footings: Footings) -> Taker:
    """Who owes royalties of a span, by what counted in it, whatever came after.

    A turnover is of the whole span: it climbs the brackets where its party was verified
    at any time of it under the agreement, beside those of its owner at the end.
    """
    ends_us = min(span.end_us, agreement.ends_us or span.end_us)
    start_us = min(max(span.start_us, agreement.starts_us), ends_us - 1)
    in_force = Period(start_us, ends_us)
    proven = footings.proven(agreement.party_id).within(in_force)
    return Taker(
        agreement.id,
        footings.owner_at(agreement.party_id, ends_us - 1),
        agreement.tariff_version,
        is_unproven=next(proven, None) is None,
    )


def _step(
    charged_for: ChargedFor,
    agreement: Agreement,
    span: Period,
    *,
    basis_minor: int,
    due_minor: int,
    before_minor: int,
) -> SpanCharge:
    return SpanCharge(
        charged_for=charged_for,
        agreement_id=agreement.id,
        party_id=agreement.party_id,
        tariff=agreement.tariff,
        tariff_version=agreement.tariff_version,
        span=span,
        currency=agreement.currency,
        basis_minor=basis_minor,
        due_minor=due_minor,
        net_minor=due_minor - before_minor,
    )
