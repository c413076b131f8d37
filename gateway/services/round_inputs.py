"""What a round is divided from: voices, people, purses and what was given before.

Everything is gathered as of one instant, within the transaction that closes the round.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping

from gateway.fund.accounts import ROUNDS
from gateway.fund.ports import Books
from gateway.fund.rounds.inputs import DAYS_MAX, Inputs, Person, Voice, Weights
from gateway.fund.rounds.round import Given, Round, reference, standing
from gateway.fund.rounds.terms import Terms
from gateway.identity.party import Party
from gateway.kernel.clock import US_PER_DAY
from gateway.reciprocity.standing import Judged, vested_hundredths
from gateway.services.fund_books import PartyNames


class Gathering:
    """Gathers the inputs of a round."""

    def __init__(
        self,
        books: Books,
        parties: PartyNames,
        *,
        barred: frozenset[str],
        at_us: int,
    ) -> None:
        self._books = books
        self._parties = parties
        self._barred = barred
        self._at_us = at_us

    def inputs(self, opened: Round, pool: int, weights: Weights) -> Inputs:
        """What a round is divided from, as it closes now."""
        books = self._books
        voices = tuple(standing(books.rounds.given(opened.name)).values())
        people = self._people(voices)
        numbers = {person.id: number for number, person in enumerate(people)}
        owners = {person.id: person.owner for person in people}
        return Inputs(
            pool=pool,
            terms=opened.terms,
            purse=opened.purse,
            weights=weights,
            people=people,
            voices=tuple(self._voice(each, numbers) for each in voices),
            before=given_before(books, people, opened.terms, currency=opened.currency),
            clusters=tuple(
                sorted(
                    {
                        (cluster, owners[party_id])
                        for cluster, party_id in opened.clusters
                        if party_id in owners
                    }
                )
            ),
        )

    def _voice(self, given: Given, numbers: Mapping[str, int]) -> Voice:
        lasted = (self._at_us - given.at_us) // US_PER_DAY
        return Voice(
            given.option,
            numbers[given.giver_id],
            numbers[given.taker_id],
            given.hundredths,
            min(max(0, lasted), DAYS_MAX),
        )

    def _people(self, voices: tuple[Given, ...]) -> tuple[Person, ...]:
        """Whoever has credit or part in a voice, by id."""
        by_party: dict[str, list[Judged]] = {}
        for one in self._books.contributions.all():
            by_party.setdefault(one.claim.party_id, []).append(one)
        vested = {
            party_id: vested_hundredths(own, at_us=self._at_us)
            for party_id, own in by_party.items()
        }
        named = {who for each in voices for who in (each.giver_id, each.taker_id)}
        taking_part = sorted(named | {who for who, credit in vested.items() if credit})
        known = {who: self._parties.find_party(who) for who in taking_part}
        owner_ids = {who: _owner_id(who, party) for who, party in known.items()}
        order = {
            owner: number for number, owner in enumerate(sorted({*owner_ids.values()}))
        }
        return tuple(
            Person(
                who,
                order[owner_ids[who]],
                vested.get(who, 0),
                may_take=(
                    party is not None
                    and party.erased_us is None
                    and owner_ids[who] not in self._barred
                    and vested.get(who, 0) > 0
                ),
            )
            for who, party in known.items()
        )


def given_before(
    books: Books, people: tuple[Person, ...], terms: Terms, *, currency: str
) -> tuple[tuple[int, int], ...]:
    """What earlier rounds gave each owner, where the rule makes up for it."""
    if terms.rule != "balanced":
        return ()
    owners = {person.id: person.owner for person in people}
    given: Counter[int] = Counter()
    for one in books.allocations.all():
        is_of_rounds = one.source == ROUNDS and one.key.startswith(reference(""))
        if is_of_rounds and one.amount.currency == currency:
            for who, minor in one.shares:
                if who in owners:
                    given[owners[who]] += minor
    return tuple(sorted(given.items()))


def _owner_id(party_id: str, party: Party | None) -> str:
    return party.beneficial_owner_id if party else party_id
