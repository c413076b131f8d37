"""On what footing use is priced: what counted of its party when it occurred.

Never what is known on the day of the run: a proof that lapsed since, or one that was
found since, changes no price of what was taken before.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from gateway.billing.tally import proven_over_time
from gateway.identity.over_time import (
    FIRST_US,
    LAST_US,
    NEVER,
    OverTime,
    Owners,
    owners_over_time,
)
from gateway.identity.party import Party
from gateway.identity.statement import Statement
from gateway.kernel.period import Period, month_of

Said = Callable[[str], Sequence[Statement]]
"""Everything ever said about a party of that id."""
ALONE = (Owners(FIRST_US, {}),)
"""Who was always its own."""


@dataclass(frozen=True, slots=True, order=True)
class Family:
    """Parties that climb one ladder together, from an instant on.

    Attributes:
        since_us: Since when these and no others.
        owner_id: Their beneficial owner.
        party_ids: All of them, by id.
    """

    since_us: int
    owner_id: str
    party_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Footing:
    """How a party's use in a stretch of time is priced.

    Attributes:
        stretch: Within one calendar month.
        is_proven: Somebody had verified what the party is.
        family: With whom it climbs.
    """

    stretch: Period
    is_proven: bool
    family: Family


class Footings:
    """The footing of every party at every instant."""

    def __init__(self, parties: Iterable[Party], said: Said) -> None:
        self._parties = {party.id: party for party in parties}
        self._said = said
        self._owners = owners_over_time(self._parties.values(), said)
        self._proven: dict[str, OverTime] = {}
        self._families: dict[tuple[str, int], Family] = {}

    def at(self, party_id: str, at_us: int) -> Footing:
        """The footing of a party's use at an instant."""
        proven = self.proven(party_id)
        turns, place = self._turns(party_id, at_us)
        ends_us = turns[place + 1].since_us if place + 1 < len(turns) else LAST_US
        spans = (
            month_of(at_us),
            proven.stretch(at_us),
            Period(turns[place].since_us, ends_us),
        )
        stretch = Period(
            max(each.start_us for each in spans), min(each.end_us for each in spans)
        )
        return Footing(stretch, proven.at(at_us), self._family(party_id, place))

    def proven(self, party_id: str) -> OverTime:
        """When it was verified what a party is."""
        if party_id not in self._proven:
            party = self._parties.get(party_id)
            found = proven_over_time(party, self._said(party_id)) if party else NEVER
            self._proven[party_id] = found
        return self._proven[party_id]

    def owner_at(self, party_id: str, at_us: int) -> str:
        """Whose a party was at an instant."""
        turns, place = self._turns(party_id, at_us)
        return turns[place].of.get(party_id, party_id)

    def _turns(self, party_id: str, at_us: int) -> tuple[tuple[Owners, ...], int]:
        """When its circle changed hands, and which of these holds at an instant."""
        turns = self._owners.get(party_id, ALONE)
        return turns, bisect_right(turns, at_us, key=lambda each: each.since_us) - 1

    def _family(self, party_id: str, place: int) -> Family:
        turns = self._owners.get(party_id, ALONE)
        owner_id = turns[place].of.get(party_id, party_id)
        known = self._families.get((owner_id, place))
        if known is None:
            party_ids = turns[place].family(owner_id) or (party_id,)
            since = place
            while since and turns[since - 1].family(owner_id) == party_ids:
                since -= 1
            known = Family(turns[since].since_us, owner_id, party_ids)
            self._families[owner_id, place] = known
        return known
