"""Crowds: many networks that ask for the same kind of page in the same manner.

A crowd is slowed as a crowd. Nobody is singled out: below fifty networks there is no
crowd, what it had is forgotten within ten minutes, and no address is ever kept, only
how many networks there were.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.lately import Lately

NETWORKS_MIN = 50
HALF_NS = 300 * NS_PER_S
CROWDS_MAX = 2_048
TRIP_UNITS = 10

FAMILIES = (
    ("edg", "edge"),
    ("opr/", "opera"),
    ("firefox/", "firefox"),
    ("fxios/", "firefox"),
    ("chrome/", "chrome"),
    ("crios/", "chrome"),
    ("safari/", "safari"),
    ("mozilla/", "mozilla"),
)


def family_of(user_agent: str) -> str:
    """Which family a user agent says it belongs to; nothing finer is looked at."""
    if not user_agent:
        return "none"
    told = user_agent.lower()
    for mark, family in FAMILIES:
        if mark in told:
            return family
    return "tool"


class Manner(NamedTuple):
    """In which manner something is asked for.

    Attributes:
        collection: Where.
        shape: The shape of the page's address.
        from_here: A link on this site led to it.
        is_fresh: Whoever asks has no history here.
        family: The user agent's family.
    """

    collection: str
    shape: str
    from_here: bool
    is_fresh: bool
    family: str


@dataclass(slots=True)
class _Half:
    networks: set[bytes] = field(default_factory=set)
    units: int = 0


@dataclass(slots=True)
class _Crowd:
    half: int
    younger: _Half = field(default_factory=_Half)
    older: _Half = field(default_factory=_Half)

    def turn(self, now_ns: int) -> None:
        half = now_ns // HALF_NS
        if half != self.half:
            self.older = self.younger if half == self.half + 1 else _Half()
            self.younger, self.half = _Half(), half

    @property
    def is_one(self) -> bool:
        known = len(self.younger.networks) + len(self.older.networks)
        if known < NETWORKS_MIN:
            return False
        return len(self.younger.networks | self.older.networks) >= NETWORKS_MIN


class CrowdBook:
    """What each crowd had lately."""

    __slots__ = ("_crowds", "_trips")

    def __init__(self, *, crowds_max: int = CROWDS_MAX) -> None:
        self._crowds: Lately[Manner, _Crowd] = Lately(crowds_max)
        self._trips: Lately[Manner, _Crowd] = Lately(crowds_max)

    def came(self, manner: Manner, network: bytes, *, now_ns: int) -> int:
        """Somebody came in this manner.

        Returns:
            What the crowd they are part of had lately; 0 where they are part of none.
        """
        crowd = self._of(self._crowds, manner, now_ns)
        _seen(crowd, network)
        if not crowd.is_one:
            return 0
        had = crowd.younger.units + crowd.older.units
        return had + self._tripped(manner, now_ns)

    def seen(self, manner: Manner, *, now_ns: int) -> tuple[bool, bool]:
        """Is there a crowd of this manner, and did one like it follow such a link?

        Asking changes nothing.
        """
        crowd = self._crowds.get(manner)
        if crowd is not None:
            crowd.turn(now_ns)
        is_one = crowd is not None and crowd.is_one
        return is_one, is_one and self._tripped(manner, now_ns) > 0

    def had(self, manner: Manner, units: int, *, now_ns: int) -> None:
        """Somebody who came in this manner was given so much."""
        self._of(self._crowds, manner, now_ns).younger.units += units

    def tripped(self, manner: Manner, network: bytes, *, now_ns: int) -> None:
        """Somebody followed a link that no reader can see; the page does not matter.

        It counts against a crowd that comes in the same manner, if there is one.
        """
        crowd = self._of(self._trips, _anywhere(manner), now_ns)
        _seen(crowd, network)
        crowd.younger.units += TRIP_UNITS

    def _tripped(self, manner: Manner, now_ns: int) -> int:
        trips = self._trips.get(_anywhere(manner))
        if trips is None:
            return 0
        trips.turn(now_ns)
        return trips.younger.units + trips.older.units if trips.is_one else 0

    @staticmethod
    def _of(book: Lately[Manner, _Crowd], manner: Manner, now_ns: int) -> _Crowd:
        crowd = book.get(manner)
        if crowd is None:
            crowd = book.keep(manner, _Crowd(now_ns // HALF_NS))
        crowd.turn(now_ns)
        return crowd


def _anywhere(manner: Manner) -> Manner:
    return manner._replace(collection="", shape="", from_here=False)


def _seen(crowd: _Crowd, network: bytes) -> None:
    if len(crowd.younger.networks) < NETWORKS_MIN:
        crowd.younger.networks.add(network)
