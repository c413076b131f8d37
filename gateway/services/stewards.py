"""Stewards: who may act for a collection, for how long, and who stands in.

Opening and closing votes and handing in paper ballots need an officer. Where no term
was ever recorded nobody is asked for: a small archive never meets any of this.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.billing.ports import PartyBook
from gateway.fund.ports import Books
from gateway.fund.voting.office import (
    DEPUTY_WAKES,
    Act,
    Office,
    Term,
    assert_may_begin,
    office_of,
)
from gateway.identity.party import Party
from gateway.kernel.clock import US_PER_DAY, Clock
from gateway.kernel.errors import InvalidValue
from gateway.kernel.ids import IdSource
from gateway.services.known_party import known_party

CHECK_IN = "check-in"
BEGIN_TERM = "begin-term"


@dataclass(frozen=True, slots=True)
class Seat:
    """A collection and who may act for it now."""

    collection: str
    office: Office


class Stewards:
    """Everything that is done with terms of stewards."""

    def __init__(
        self, books: Books, *, parties: PartyBook, clock: Clock, ids: IdSource
    ) -> None:
        self._books = books
        self._parties = parties
        self._clock = clock
        self._ids = ids

    def seats(self) -> tuple[Seat, ...]:
        """Every collection whose steward is recorded, and who may act now."""
        return seats_at(self._books, self._clock.now_us())

    def terms(self) -> tuple[Term, ...]:
        """Every term, by start."""
        return self._books.offices.terms()

    def begin(
        self,
        collection: str,
        steward_id: str,
        deputy_id: str,
        *,
        days: int,
        decision_id: str = "",
    ) -> Term:
        """Begin a term now.

        Args:
            collection: Of which collection.
            steward_id: Who answers for it.
            deputy_id: Who stands in.
            days: How long; at most three years.
            decision_id: The members' decision; needed after the first term ever.

        Raises:
            NotFound: no such party.
            InvalidValue: such a term must not be.
            Conflict: the decision was used.
        """
        steward, deputy = (
            known_party(self._parties, steward_id),
            known_party(self._parties, deputy_id),
        )
        now_us = self._clock.now_us()
        term = Term(
            id=self._ids.new("trm"),
            collection=collection,
            steward_id=steward.id,
            deputy_id=deputy.id,
            starts_us=now_us,
            ends_us=now_us + days * US_PER_DAY,
            decision_id=decision_id,
        )
        with self._books.together() as books:
            terms = books.offices.terms()
            before = [one for one in terms if one.collection == collection]
            decisions = books.decisions.all()
            assert_may_begin(
                term,
                before,
                decisions=decisions,
                owner_of=self._owner_of,
                acts=books.offices.acts(),
            )
            books.offices.begin(term)
        return term

    def check_in(self, party_id: str) -> Act:
        """A steward or deputy says that they are there.

        Raises:
            InvalidValue: neither now.
        """
        with self._books.together() as books:
            terms = {seat.office.term for seat in self._seats(books)}
            officers = {one.steward_id for one in terms}
            officers |= {one.deputy_id for one in terms}
            if known_party(self._parties, party_id).id not in officers:
                detail = f"{party_id} is neither steward nor deputy of anything"
                raise InvalidValue(detail)
            return self._note(books, party_id, CHECK_IN)

    def notice(self) -> tuple[Seat, ...]:
        """Put on record whose deputies have come into their powers.

        Returns:
            The seats whose deputy stands in now, recorded before or not.
        """
        with self._books.together() as books:
            return self._notice(books)

    def act(self, books: Books, by: str, what: str, *, about: str) -> None:
        """Let somebody do what a steward does, and put it on record.

        Args:
            books: The transaction it is done in.
            by: Which party; may be empty only where no term was ever recorded.
            what: Which act.
            about: What it is about.

        Raises:
            InvalidValue: that party holds no office, and no member may act instead.
        """
        seats = self._seats(books)
        if not seats and not by:
            return
        party = known_party(self._parties, by) if by else None
        if seats:
            self._notice(books)
            _assert_holds(seats, party, is_member=self._is_member(books, party))
        if party is not None:
            self._note(books, party.id, what, about=about)

    def _notice(self, books: Books) -> tuple[Seat, ...]:
        standing_in = [
            seat
            for seat in self._seats(books)
            if seat.office.deputy_since_us is not None
        ]
        known = {
            (each.about, each.at_us)
            for each in books.offices.acts()
            if each.what == DEPUTY_WAKES
        }
        for seat in standing_in:
            term, since = seat.office.term, seat.office.deputy_since_us or 0
            if (term.id, since) not in known:
                act_id = self._ids.new("act")
                books.offices.note(
                    Act(act_id, term.deputy_id, DEPUTY_WAKES, term.id, since)
                )
        return tuple(standing_in)

    def _seats(self, books: Books) -> tuple[Seat, ...]:
        return seats_at(books, self._clock.now_us())

    def _note(self, books: Books, party_id: str, what: str, *, about: str = "") -> Act:
        now_us = self._clock.now_us()
        act = Act(self._ids.new("act"), party_id, what, about, now_us)
        books.offices.note(act)
        return act

    def _is_member(self, books: Books, party: Party | None) -> bool:
        """Did the party, or its owner, ever give something that vested?"""
        if party is None:
            return False
        return any(
            self._owner_of(each.claim.party_id) == party.beneficial_owner_id
            and each.is_vested(at_us=self._clock.now_us())
            for each in books.contributions.all()
        )

    def _owner_of(self, party_id: str) -> str:
        party = self._parties.find_party(party_id)
        return party.beneficial_owner_id if party else party_id


def seats_at(books: Books, at_us: int) -> tuple[Seat, ...]:
    """Every collection whose steward is recorded, and who might act at an instant."""
    terms = books.offices.terms()
    acts = (*_recorded(books.offices.acts()), *_reviews(books))
    found = []
    for collection in sorted({one.collection for one in terms}):
        own = [one for one in terms if one.collection == collection]
        office = office_of(own, acts, at_us=at_us)
        if office is not None:
            found.append(Seat(collection, office))
    return tuple(found)


def _recorded(acts: Iterable[Act]) -> list[Act]:
    """What was done; that a deputy came into powers is no deed of the deputy."""
    return [each for each in acts if each.what != DEPUTY_WAKES]


def _reviews(books: Books) -> list[Act]:
    """Reviews are acts as well; they are on record already."""
    return [
        Act(
            review.id, review.reviewer_id, "review", review.claim_id, review.reviewed_us
        )
        for judged in books.contributions.all()
        for review in judged.reviews
    ]


def _assert_holds(
    seats: Iterable[Seat], party: Party | None, *, is_member: bool
) -> None:
    holders = {who for seat in seats for who in seat.office.holders}
    if party is not None and party.id in holders:
        return
    if is_member and all(seat.office.is_open for seat in seats):
        return
    if party is None:
        raise InvalidValue("say who you are with `--by`: this needs a steward")
    detail = f"{party.id} is no steward now, and no deputy that stands in; "
    raise InvalidValue(f"{detail}see `copyfair steward list`")
