"""Reads the books for the public pages: all topics, as of one instant.

It blocks, and may take a while where there is much to add up; whoever asks does so
beside requests, and keeps what comes back while nothing changed.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Protocol

from gateway.fund.gift import Gift
from gateway.fund.ports import Books
from gateway.fund.public_ports import InvoiceIncome
from gateway.fund.voting.vote import Vote
from gateway.identity.party import Party
from gateway.identity.public_name import Shown, Who, shown
from gateway.kernel.clock import US_PER_DAY, Clock
from gateway.kernel.period import Period
from gateway.metering.effort import EffortStore
from gateway.metering.footprint import EnergyModel
from gateway.services.public_books.figures import (
    ConcentrationRow,
    IncomeRow,
    LogState,
    PublicFigures,
    RoundRow,
)
from gateway.services.public_books.footprint import (
    class_rows,
    footprint_rows,
    taker_rows,
)
from gateway.services.public_books.give_take import (
    TAKERS,
    Moved,
    concentration_row,
    give_take_rows,
)
from gateway.services.public_books.income import (
    Sources,
    income_rows,
    lately_thousandths,
)
from gateway.services.public_books.rounds import (
    pot_rows,
    received_by,
    round_rows,
    share_rows,
)
from gateway.services.public_books.votes import decision_rows, tally_rows

YEAR_US = 365 * US_PER_DAY
USAGE_KEPT_US = 600_000_000
"""For how long figures hold while only usage grows."""


class PartyList(Protocol):
    """Who the parties are."""

    def all_parties(self) -> tuple[Party, ...]:
        """Every party, erased ones too."""


@dataclass(frozen=True, slots=True)
class Neighbours:
    """What is known beside the books.

    Attributes:
        parties: Who the parties are.
        effort: What serving took.
        energy: How energy is estimated.
        log: The published log; None where there is none.
    """

    parties: PartyList
    effort: EffortStore
    energy: EnergyModel
    log: Callable[[], LogState | None]


class PublicBooks:
    """What everybody may see."""

    def __init__(
        self, books: Books, beside: Neighbours, *, sells: bool, clock: Clock
    ) -> None:
        self._books = books
        self._beside = beside
        self._sells = sells
        self._clock = clock

    def figures(self, known: PublicFigures | None = None) -> PublicFigures:
        """Everything as it stands; *known* again where nothing changed.

        Raises:
            Unavailable: the store does not answer.
        """
        now_us = self._clock.now_us()
        with self._books.reading() as books:
            log = self._beside.log()
            stamp = (*books.public.stamp(), log)
            if known and known.stamp == stamp and now_us - known.at_us < USAGE_KEPT_US:
                return known
            speaks = self._sells or _was_given_to(books)
            seen = _Seen(books, self._beside.parties, now_us=now_us, sells=speaks)
            return PublicFigures(
                stamp=stamp,
                at_us=now_us,
                sells=speaks,
                lately_thousandths=lately_thousandths(seen.invoices, seen.lately_given),
                income=seen.income(),
                pots=pot_rows(books.public.flows()) if speaks else (),
                rounds=seen.rounds(),
                shares=share_rows(received_by(seen.allocations), seen.shown),
                give_take=give_take_rows(seen.moved, seen.shown),
                concentration=tuple(seen.concentration()),
                decisions=decision_rows(books.decisions.all(), seen.votes),
                tallies=tally_rows(books.tallies.all(), seen.votes),
                footprint=footprint_rows(
                    self._beside.effort, self._beside.energy, now_us=now_us
                ),
                footprint_classes=class_rows(
                    self._beside.effort, self._beside.energy, seen.year
                ),
                footprint_takers=taker_rows(
                    seen.moved.taken,
                    seen.shown,
                    self._beside.effort,
                    model=self._beside.energy,
                    year=seen.year,
                ),
                energy_model=self._beside.energy,
                log=log,
            )


def _was_given_to(books: Books) -> bool:
    """Did the host ever record a donation? Then there is money to speak of."""
    return any(not each.is_directed for each in books.gifts.all())


class _Seen:
    """The books at one instant, each part read when it is first asked for."""

    def __init__(
        self, books: Books, parties: PartyList, *, now_us: int, sells: bool
    ) -> None:
        self._books = books
        self._parties = {each.id: each for each in parties.all_parties()}
        self._now_us = now_us
        self._sells = sells
        self._collections: dict[str, tuple[str, ...]] = {}
        self.allocations = books.allocations.all() if sells else ()

    @property
    def year(self) -> Period:
        return Period(self._now_us - YEAR_US, self._now_us + 1)

    def shown(self, party_id: str) -> Shown:
        return shown(self._parties.get(party_id))

    @cached_property
    def invoices(self) -> tuple[InvoiceIncome, ...]:
        if not self._sells:
            return ()
        return self._books.public.income(since_us=self._now_us - YEAR_US)

    @cached_property
    def donations(self) -> tuple[Gift, ...]:
        """What was given to the commons; a gift to somebody by name is no income."""
        if not self._sells:
            return ()
        return tuple(each for each in self._books.gifts.all() if not each.is_directed)

    @cached_property
    def lately_given(self) -> tuple[Gift, ...]:
        since_us = self._now_us - YEAR_US
        return tuple(each for each in self.donations if each.received_us >= since_us)

    @cached_property
    def votes(self) -> Mapping[str, Vote]:
        return {each.id: each for each in self._books.votes.all()}

    def rounds(self) -> tuple[RoundRow, ...]:
        if not self._sells:
            return ()
        rounds = self._books.rounds
        return round_rows(self.allocations, rounds.all(), rounds.runs())

    def income(self) -> tuple[IncomeRow, ...]:
        if not self.invoices and not self.donations:
            return ()
        weights = {
            (each.id, each.version): dict(each.shares)
            for each in self._books.tariffs.all()
            if each.shares
        }
        sources = Sources(self._entity, weights, self._covered)
        charged = self._books.public.charged()
        return income_rows(self.invoices, charged, sources, donations=self.donations)

    @cached_property
    def moved(self) -> Moved:
        taken = {each.party_id: each for each in self._books.public.taken(self.year)}
        given: Counter[tuple[str, str]] = Counter()
        for each in self.invoices:
            minor = each.lately_minor + each.lately_in_kind_minor
            given[each.party_id, each.currency] += minor
        for gift in self.lately_given:
            if gift.from_party_id:  # of nobody known nothing is compared
                given[gift.from_party_id, gift.amount.currency] += gift.amount.minor
        work: Counter[str] = Counter()
        for judged in self._books.contributions.all():
            if judged.is_vested(at_us=self._now_us):
                claim = judged.claim
                work[claim.party_id] += claim.weight_hundredths
        return Moved(taken, given, work)

    def concentration(self) -> Iterable[ConcentrationRow]:
        takers = {each: took.body_bytes for each, took in self.moved.taken.items()}
        rows = [concentration_row(TAKERS, self._by_owner(takers))]
        payers, recipients = self.moved.given, received_by(self.allocations)
        for of, amounts in (("payers", payers), ("recipients", recipients)):
            for currency in sorted({currency for _, currency in amounts}):
                of_it = {
                    who: minor
                    for (who, each), minor in amounts.items()
                    if each == currency
                }
                held = self._by_owner(of_it)
                rows.append(concentration_row(of, held, currency=currency))
        return (each for each in rows if each is not None)

    def _by_owner(self, amounts: Mapping[str, int]) -> Counter[str]:
        held: Counter[str] = Counter()
        for party_id, amount in amounts.items():
            party = self._parties.get(party_id)
            held[party.beneficial_owner_id if party else party_id] += amount
        return held

    def _entity(self, party_id: str) -> str:
        known = self.shown(party_id)
        return known.entity or ("person" if known.who is Who.PERSON else "")

    def _covered(self, agreement_id: str) -> tuple[str, ...]:
        known = self._collections.get(agreement_id)
        if known is None:
            found = self._books.agreements.find(agreement_id)
            known = tuple(found.collections) if found else ()
            self._collections[agreement_id] = known
        return known
