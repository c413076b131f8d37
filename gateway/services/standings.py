"""Standings: what parties have left to spend, from claims and from usage events.

What was spent is read from where usage was last looked at, so it costs what was added
since and not what there is. Nothing of it is kept anywhere: a crash forgets nothing,
and an event that is handed in twice is one event.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from fractions import Fraction
from threading import Lock

from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.reciprocity.departure import given_since, spent_since
from gateway.reciprocity.giving_ports import StandingUse
from gateway.reciprocity.spending import Spent, spent_hundredths
from gateway.reciprocity.standing import WINDOW_US, Judged, standing_hundredths


class Standings:
    """Says what is left; may be asked from several threads."""

    def __init__(self, books: Books, use: StandingUse, *, clock: Clock) -> None:
        self._books = books
        self._use = use
        self._clock = clock
        self._lock = Lock()
        self._up_to = 0
        self._spent: dict[str, dict[tuple[int, str], Spent]] = defaultdict(dict)

    def spent_by(self, party_id: str) -> tuple[Spent, ...]:
        """Everything a party took with standing, by day and rate.

        Raises:
            Unavailable: the store cannot be asked.
        """
        with self._lock:
            self._read()
            return tuple(self._spent.get(party_id, {}).values())

    def left(self, party_id: str) -> Fraction:
        """What a party has left, hundredths of a credit, exactly.

        Raises:
            Unavailable: the store cannot be asked.
        """
        claims = self._books.contributions.of_party(party_id)
        return self.left_of(party_id, claims)

    def left_of(self, party_id: str, claims: Iterable[Judged]) -> Fraction:
        """As `left`, where the party's claims are at hand.

        An hour is spent once: what is settled in kind is no standing. Neither is what
        was given before the party left.
        """
        left_us = self._books.departures.last(party_id)
        settles = {each.claim_id for each in self._books.needs.of_party(party_id)}
        counting = [
            each
            for each in given_since(claims, left_us)
            if each.claim.is_unpaid or each.claim.id not in settles
        ]
        if not counting:
            return Fraction(0)
        now_us = self._clock.now_us()
        spent = spent_since(self.spent_by(party_id), left_us)
        return standing_hundredths(counting, spent, at_us=now_us)

    def spent_lately(self, party_id: str) -> Fraction:
        """What a party spent in the last 12 months, hundredths of a credit."""
        since_us = self._clock.now_us() - WINDOW_US
        return spent_hundredths(
            each for each in self.spent_by(party_id) if each.at_us > since_us
        )

    def _read(self) -> None:
        """Read on; from the beginning where the store holds less than was read."""
        found = self._use.since(self._up_to)
        if found.up_to < self._up_to:
            self._spent.clear()
            found = self._use.since(0)
        for party_id, new in found.spent:
            known = self._spent[party_id]
            before = known.get((new.day, new.rate), Spent(new.day, new.rate, 0, 0))
            known[new.day, new.rate] = Spent(
                new.day,
                new.rate,
                requests=before.requests + new.requests,
                body_bytes=before.body_bytes + new.body_bytes,
            )
        self._up_to = found.up_to
