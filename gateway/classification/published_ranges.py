"""Published ranges: does an address lie where an operator says its machines stand?

Each list is a snapshot with a date. Inside one proves the operator, as long as the
list is not far from the request in time; outside denies it only where the list is of
the request's own days and its operator says that it is whole. Everything else cannot
tell: lists age, and nobody is a liar for having moved.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property

from gateway.classification.address_ranges import AddressRanges, number_of
from gateway.classification.known_agents import Agent
from gateway.classification.testimony import WEIGHTS, Piece, Word
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.lately import Lately

SIGNAL = "address-range"
# A list is of a request's own days from a day before it was taken to two weeks after.
OWN_DAYS = (-1, 14)
# Beyond this an address may long be somebody else's.
NEAR_DAYS = 400
TOLD_MAX = 4_096


@dataclass(frozen=True)
class RangeList:
    """One list at one time.

    Attributes:
        id: Kebab-case, as the file is called.
        operator: Whose machines.
        agents: Ids of those agents alone; empty for all of the operator's.
        taken_us: When it was taken, microseconds UTC.
        source: Where the operator publishes it, a URL.
        is_whole: The operator says that nothing of these agents comes from elsewhere.
        prefixes: Networks, CIDR.
    """

    id: str
    operator: str
    agents: frozenset[str]
    taken_us: int
    source: str
    is_whole: bool
    prefixes: tuple[str, ...]

    @cached_property
    def ranges(self) -> AddressRanges[bool]:
        """The prefixes, ready to be asked."""
        return AddressRanges((prefix, True) for prefix in self.prefixes)

    def covers(self, agent: Agent) -> bool:
        """Is the list about this agent?"""
        if agent.operator != self.operator:
            return False
        return not self.agents or agent.id in self.agents


@dataclass(frozen=True, slots=True)
class _Told:
    """What the lists about one agent say on one day."""

    inside: tuple[tuple[RangeList, Piece], ...]
    outside: Piece


class PublishedRanges:
    """Every list, of every date."""

    def __init__(self, lists: Iterable[RangeList] = ()) -> None:
        self.lists = tuple(lists)
        self._told: Lately[tuple[str, int], tuple[Agent, _Told | None]] = Lately(
            TOLD_MAX
        )
        self._alike: dict[Piece, Piece] = {}
        self._by_operator: dict[str, dict[str, list[RangeList]]] = {}
        for each in sorted(self.lists, key=lambda one: one.taken_us):
            named = self._by_operator.setdefault(each.operator, {})
            named.setdefault(each.id, []).append(each)

    def knows(self, agent: Agent) -> bool:
        """Is there a list about this agent?"""
        named = self._by_operator.get(agent.operator, {})
        return any(one.covers(agent) for dated in named.values() for one in dated)

    def says(self, agent: Agent, address: str, *, at_us: int) -> Piece | None:
        """What the lists say about an address that claims to be *agent*'s.

        Args:
            agent: What the user agent names.
            address: The client's.
            at_us: When it asked; the list of that time is looked at.

        Returns:
            One piece; None where no list is about this agent.
        """
        day = at_us // US_PER_DAY
        kept = self._told.get((agent.id, day))
        if kept is None or kept[0] is not agent:
            # Lists are of days, so that all of a day is told alike.
            told = self._on(agent, day * US_PER_DAY)
            kept = self._told.keep((agent.id, day), (agent, told))
        told = kept[1]
        if told is None:
            return None
        number = number_of(address)
        if number is not None:
            for one, piece in told.inside:
                if one.ranges.at(number) is not None:
                    return piece
        return told.outside

    def _on(self, agent: Agent, at_us: int) -> _Told | None:
        named = self._by_operator.get(agent.operator, {})
        own = [_of_time(dated, at_us) for dated in named.values()]
        lists = [one for one in own if one.covers(agent)]
        if not lists:
            return None
        inside = tuple((one, self._one(_inside(one, at_us))) for one in lists)
        newest = max(lists, key=lambda one: one.taken_us)
        least, most = OWN_DAYS
        is_of_days = all(least <= _age(one, at_us) <= most for one in lists)
        if is_of_days and all(one.is_whole for one in lists):
            because = "its address is outside the ranges published at that time"
            return _Told(inside, self._one(_piece(Word.DENIES, newest, because)))
        because = "its address is outside ranges that were taken at another time"
        if is_of_days:
            because = "its address is outside ranges that may not be whole"
        return _Told(inside, self._one(_piece(Word.CANNOT_TELL, newest, because)))

    def _one(self, piece: Piece) -> Piece:
        """One object for all that say the same: a few for each list."""
        return self._alike.setdefault(piece, piece)


def _inside(one: RangeList, at_us: int) -> Piece:
    if abs(_age(one, at_us)) > NEAR_DAYS:
        because = "its address is inside ranges that were taken at quite another time"
        return _piece(Word.CANNOT_TELL, one, because)
    return _piece(Word.PROVES, one, "its address is inside the published ranges")


def _age(one: RangeList, at_us: int) -> int:
    """Days from the list to the request; negative where the list is newer."""
    return (at_us - one.taken_us) // US_PER_DAY


def _of_time(dated: list[RangeList], at_us: int) -> RangeList:
    """The newest list that was there then; the oldest where none was yet."""
    place = bisect_right(dated, at_us, key=lambda one: one.taken_us)
    return dated[max(place - 1, 0)]


def _piece(word: Word, one: RangeList, because: str) -> Piece:
    return Piece(SIGNAL, word, WEIGHTS[SIGNAL], one.source, because, one.operator)
