"""The fund's books: balances, statement, waterfall figures, allocation, payouts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from gateway.billing.ports import PartyBook
from gateway.fund.accounts import LABOUR_RESERVE, POTS, payable
from gateway.fund.allocation import proportional, unpaid_weights
from gateway.fund.bookings import allocated, paid_out
from gateway.fund.concentration import Concentration, concentration
from gateway.fund.journal import Entry
from gateway.fund.payout import Allocation, Payout
from gateway.fund.payout_order import SEPA_CURRENCY, in_flight
from gateway.fund.ports import Books
from gateway.fund.waterfall import WATERFALL, FundTerms
from gateway.identity.ownership import owner_key
from gateway.identity.party import Party
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.ids import IdSource
from gateway.kernel.money import Money
from gateway.kernel.period import Period
from gateway.services.bookkeeping import book
from gateway.services.stewards import seats_at

ROUND_PREFIX = "round:"  # of runs that rounds made


@dataclass(frozen=True, slots=True)
class WaterfallFigures:
    """What ran through the waterfall, in one currency.

    Attributes:
        currency: ISO 4217.
        received_minor: Net receipts.
        pots: Account to what it got, in the waterfall's order.
    """

    currency: str
    received_minor: int
    pots: Mapping[str, int]


class PartyNames(PartyBook, Protocol):
    """Who the parties are, by id and by name."""

    def find_party_named(self, name: str) -> Party | None:
        """The party of that name, whatever the case and the spaces."""


class FundBooks:
    """Everything that is done with the fund."""

    def __init__(
        self,
        books: Books,
        *,
        parties: PartyNames,
        terms: FundTerms,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._parties = parties
        self._terms = terms
        self._clock = clock
        self._ids = ids

    def balance(self) -> Mapping[tuple[str, str], int]:
        """Every account and currency that is not empty.

        Debits are above 0: what the fund holds for a purpose reads below 0.
        """
        return self._books.journal.balances()

    def statement(self, period: Period) -> tuple[Entry, ...]:
        """Every entry that counts in a period, oldest first."""
        entries = self._books.journal.entries()
        return tuple(entry for entry in entries if entry.effective_us in period)

    def waterfall(self, period: Period | None = None) -> tuple[WaterfallFigures, ...]:
        """What ran through the waterfall, by currency; ever, or in a period."""
        taken: dict[str, Counter[str]] = {}
        for entry in self._books.journal.entries():
            if entry.kind != WATERFALL:
                continue
            if period is None or entry.effective_us in period:
                pots = taken.setdefault(entry.currency, Counter())
                for posting in entry.postings:
                    pots[posting.account] -= posting.amount_minor
        return tuple(
            WaterfallFigures(
                currency,
                sum(pots[account] for account in POTS),
                {account: pots[account] for account in POTS},
            )
            for currency, pots in sorted(taken.items())
        )

    def allocate(
        self, key: str, currency: str, *, amount_minor: int | None = None
    ) -> tuple[Allocation, ...]:
        """Divide among those whose work nobody paid for, by weight.

        Only the labour reserve gives: what rounds hold is divided by a round, which has
        voice, a vote and the concentration gate before it.

        Args:
            key: Names the run, such as `2026-11`; the same run is made once.
            currency: ISO 4217.
            amount_minor: How much; all of the labour reserve if not said.

        Returns:
            The allocation, if anything was there; as made before, for a known key.

        Raises:
            InvalidValue: the run has no name, more than the reserve holds, or nobody
                to give it to.
        """
        if not key.strip() or key.startswith(ROUND_PREFIX):
            raise InvalidValue("a run has a name, such as 2026-11: it is made once")
        with self._books.together() as books:
            known = [
                each
                for each in books.allocations.all()
                if (each.key, each.amount.currency) == (key, currency)
            ]
            if known:
                _assert_same_run(known, key, amount_minor=amount_minor)
                return tuple(known)
            taken = _taken(books, currency, amount_minor=amount_minor)
            at_us = self._clock.now_us()
            weights, left_out = self._unpaid(books, at_us=at_us)
            if taken.minor and not weights:
                raise InvalidValue("no accepted unpaid work of the last 12 months")
            if not taken.minor:
                return ()
            return (
                self.divide(
                    books,
                    key,
                    source=LABOUR_RESERVE,
                    amount=taken,
                    weights=weights,
                    at_us=at_us,
                    left_out=left_out,
                ),
            )

    def pay_labour(
        self, books: Books, key: str, currency: str, *, at_us: int
    ) -> Allocation | None:
        """The labour reserve, whole, to those whose work nobody paid for.

        Args:
            books: Within a transaction.
            key: Names the run.
            currency: ISO 4217.
            at_us: As of which instant, microseconds UTC.

        Returns:
            None where the reserve is empty, or there is no such work: it waits.
        """
        held = -books.journal.balance(LABOUR_RESERVE, currency)
        weights, left_out = self._unpaid(books, at_us=at_us)
        if held <= 0 or not weights:
            return None
        return self.divide(
            books,
            key,
            source=LABOUR_RESERVE,
            amount=Money(held, currency),
            weights=weights,
            at_us=at_us,
            left_out=left_out,
        )

    def pay_out(self, payout: Payout) -> bool:
        """Book money that was sent to a contributor.

        Returns:
            Whether it is new; the same reference again changes nothing.

        Raises:
            InvalidValue: more than is owed to the contributor.
            Conflict: the reference was used for another payout.
        """
        key = f"payout:{payout.reference}"
        account = payable(payout.contributor_id)
        postings = paid_out(payout.contributor_id, payout.amount.minor)
        with self._books.together() as books:
            known = books.journal.find(key)
            if known is not None:
                if known.postings != postings:
                    detail = f"{payout.reference} was used for another payout"
                    raise Conflict(detail)
                return False
            owed = -books.journal.balance(account, payout.amount.currency)
            if payout.amount.currency == SEPA_CURRENCY:
                owed -= flying(books).get(payout.contributor_id, 0)
            if payout.amount.minor > owed:
                detail = f"only {Money(owed, payout.amount.currency)} is owed"
                detail += " and not in flight"
                raise InvalidValue(detail)
            book(
                books,
                self._ids,
                postings,
                key=key,
                kind="payout",
                ref=payout.contributor_id,
                currency=payout.amount.currency,
                at_us=payout.paid_us,
            )
        return True

    def figures(self, currency: str) -> Concentration:
        """How concentrated everything allocated so far is."""
        totals: Counter[str] = Counter()
        for allocation in self._books.allocations.all():
            if allocation.amount.currency == currency:
                totals.update(dict(allocation.shares))
        return concentration(list(totals.values()))

    def barred(self, *, at_us: int | None = None) -> frozenset[str]:
        """Beneficial owners whom neither labour reserve nor rounds ever pay.

        Who is named may be a party, by id or name, or an owner that is none. Whoever
        is steward then is among them, and whoever stands in for one.

        Args:
            at_us: At which instant, microseconds UTC; now if not said.
        """
        owners = {owner_key(name) for name in self._terms.barred}
        for name in self._terms.barred:
            party = self._parties.find_party(name)
            party = party or self._parties.find_party_named(name)
            if party is not None:
                owners.add(party.beneficial_owner_id)
        then_us = self._clock.now_us() if at_us is None else at_us
        in_office = {
            term.steward_id
            for term in self._books.offices.terms()
            if term.starts_us <= then_us < term.ends_us
        }
        for seat in seats_at(self._books, then_us):
            in_office |= seat.office.holders
        for party_id in in_office:
            officer = self._parties.find_party(party_id)
            owners.add(officer.beneficial_owner_id if officer else party_id)
        return frozenset(owners)

    def _unpaid(
        self, books: Books, *, at_us: int
    ) -> tuple[Mapping[str, int], tuple[str, ...]]:
        """Who worked unpaid, and how much; and who is barred or erased, so left out."""
        judged = books.contributions.all()
        owners = self.barred(at_us=at_us)
        barred = self._terms.barred | {
            party_id
            for party_id in {each.claim.party_id for each in judged}
            if (party := self._parties.find_party(party_id)) is not None
            and (party.beneficial_owner_id in owners or party.erased_us is not None)
        }
        weights = unpaid_weights(judged, at_us=at_us, barred=barred)
        everybody = unpaid_weights(judged, at_us=at_us)
        return weights, tuple(who for who in everybody if who not in weights)

    def divide(
        self,
        books: Books,
        key: str,
        *,
        source: str,
        amount: Money,
        weights: Mapping[str, int],
        at_us: int,
        left_out: tuple[str, ...] | None = None,
    ) -> Allocation:
        """Divide an amount of a pot in proportion to weights, and book it.

        Args:
            books: Within a transaction.
            key: Names the run.
            source: Which pot.
            amount: How much, above 0.
            weights: Contributor to weight, 1 or more.
            at_us: As of which instant the weights are, microseconds UTC.
            left_out: See `Allocation`.
        """
        shares = {
            who: part.minor for who, part in proportional(amount, weights).items()
        }
        allocation = Allocation(
            key=key,
            source=source,
            amount=amount,
            weights=tuple(weights.items()),
            shares=tuple(shares.items()),
            at_us=at_us,
            left_out=left_out,
        )
        books.allocations.add(allocation)
        book(
            books,
            self._ids,
            allocated(source, shares),
            key=f"allocation:{key}:{source}:{amount.currency}",
            kind="allocation",
            ref=key,
            currency=amount.currency,
            at_us=allocation.at_us,
        )
        return allocation


def flying(books: Books) -> Mapping[str, int]:
    """Contributor to minor units that a bank was asked for and has not answered."""
    return in_flight(one for made in books.payouts.all() for one in made.orders)


def _assert_same_run(
    known: list[Allocation], key: str, *, amount_minor: int | None
) -> None:
    given = sum(each.amount.minor for each in known)
    if amount_minor not in {None, given}:
        detail = f"allocation {key} was made, of {given} minor units"
        raise Conflict(detail)


def _taken(books: Books, currency: str, *, amount_minor: int | None) -> Money:
    """How much the labour reserve gives."""
    labour = -books.journal.balance(LABOUR_RESERVE, currency)
    wanted = labour if amount_minor is None else amount_minor
    if not 0 <= wanted <= labour:
        detail = (
            f"the labour reserve holds {Money(labour, currency)}; what rounds hold is"
            " divided by `copyfair round`"
        )
        raise InvalidValue(detail)
    return Money(wanted, currency)
