"""Crowds: many networks that ask for the same kind of page in the same manner.

A crowd is slowed as a crowd. Nobody is singled out: below fifty networks there is no
crowd, what it had is forgotten within ten minutes, and no address is ever kept, only
how many networks there were. Of several processes that serve, each may count what came
to the others as well.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from hashlib import blake2b
from typing import NamedTuple

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.gatherings import Gathered, Gatherings
from gateway.kernel.lately import Lately

NETWORKS_MIN = 50
HALF_NS = 300 * NS_PER_S
CROWDS_MAX = 2_048
TRIP_UNITS = 10
NAME_BYTES = 8
NOBODY = Gathered()
ASKED_EACH_NS = NS_PER_S
"""What other processes counted is asked for so often, and at each new network."""

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
        from_elsewhere: A link of another site led to it, as it says.
    """

    collection: str
    shape: str
    from_here: bool
    is_fresh: bool
    family: str
    from_elsewhere: bool = False


@dataclass(slots=True)
class _Half:
    networks: set[bytes] = field(default_factory=set)
    units: int = 0


@dataclass(slots=True)
class _Crowd:
    half: int
    name: bytes
    younger: _Half = field(default_factory=_Half)
    older: _Half = field(default_factory=_Half)
    everywhere: Gathered = NOBODY
    asked_ns: int = -ASKED_EACH_NS
    untold: int = 0

    def turn(self, now_ns: int) -> None:
        half = now_ns // HALF_NS
        if half != self.half:
            self.older = self.younger if half == self.half + 1 else _Half()
            self.younger, self.half = _Half(), half

    @property
    def here(self) -> Gathered:
        """As this process counted it."""
        younger, older = self.younger, self.older
        members = len(younger.networks) + len(older.networks)
        if members >= NETWORKS_MIN:
            members = len(younger.networks | older.networks)
        return Gathered(members, younger.units + older.units)


class CrowdBook:
    """What each crowd had lately."""

    __slots__ = ("_crowds", "_elsewhere", "_trips")

    def __init__(
        self, *, crowds_max: int = CROWDS_MAX, elsewhere: Gatherings | None = None
    ) -> None:
        """Nobody came yet.

        Args:
            crowds_max: So many manners are told apart.
            elsewhere: What all processes count together; None for one alone.
        """
        self._crowds: Lately[Manner, _Crowd] = Lately(crowds_max)
        self._trips: Lately[Manner, _Crowd] = Lately(crowds_max)
        self._elsewhere = elsewhere

    def came(self, manner: Manner, network: bytes, *, now_ns: int) -> int:
        """Somebody came in this manner.

        Returns:
            What the crowd they are part of had lately; 0 where they are part of none.
        """
        crowd = self._of(self._crowds, manner, now_ns)
        gathered = self._came(crowd, network, now_ns)
        if gathered.members < NETWORKS_MIN:
            return 0
        trips = self._of(self._trips, _anywhere(manner), now_ns)
        return gathered.units + _weighing(self._all(trips, now_ns))

    def seen(self, manner: Manner, *, now_ns: int) -> tuple[bool, bool]:
        """Is there a crowd of this manner, and did one like it follow such a link?

        Asking changes nothing.
        """
        is_one = self._told(self._crowds, manner, now_ns).members >= NETWORKS_MIN
        trips = self._told(self._trips, _anywhere(manner), now_ns)
        return is_one, is_one and _weighing(trips) > 0

    def had(self, manner: Manner, units: int, *, now_ns: int) -> None:
        """Somebody who came in this manner was given so much."""
        self._had(self._of(self._crowds, manner, now_ns), units)

    def tripped(self, manner: Manner, network: bytes, *, now_ns: int) -> None:
        """Somebody followed a link that no reader can see; the page does not matter.

        It counts against a crowd that comes in the same manner, if there is one.
        """
        crowd = self._of(self._trips, _anywhere(manner), now_ns)
        self._had(crowd, TRIP_UNITS)
        self._came(crowd, network, now_ns)

    def _came(self, crowd: _Crowd, network: bytes, now_ns: int) -> Gathered:
        """Count a network, here and with the others, and say what there is."""
        networks, member = crowd.younger.networks, b""
        if network not in networks and len(networks) < NETWORKS_MIN:
            networks.add(network)
            member = network
        return self._all(crowd, now_ns, member)

    def _all(self, crowd: _Crowd, now_ns: int, member: bytes = b"") -> Gathered:
        """What there is of it, over all processes as far as is known here."""
        others = self._elsewhere
        if others is None:
            return crowd.here
        if member or now_ns - crowd.asked_ns >= ASKED_EACH_NS:
            name, units = crowd.name, crowd.untold
            if member or units:
                found = others.note(name, member=member, units=units, now_ns=now_ns)
            else:
                found = others.told(name, now_ns=now_ns)
            crowd.everywhere, crowd.asked_ns, crowd.untold = found, now_ns, 0
        members, units = crowd.everywhere
        return Gathered(members, units + crowd.untold)

    @staticmethod
    def _had(crowd: _Crowd, units: int) -> None:
        crowd.younger.units += units
        crowd.untold += units

    def _told(
        self, book: Lately[Manner, _Crowd], manner: Manner, now_ns: int
    ) -> Gathered:
        """What there is of a crowd; asking changes nothing."""
        if self._elsewhere is not None:
            name = _name_of(manner, is_trip=book is self._trips)
            return self._elsewhere.told(name, now_ns=now_ns)
        crowd = book.get(manner)
        if crowd is None:
            return NOBODY
        crowd.turn(now_ns)
        return crowd.here

    def _of(self, book: Lately[Manner, _Crowd], manner: Manner, now_ns: int) -> _Crowd:
        crowd = book.get(manner)
        if crowd is None:
            name = b""
            if self._elsewhere is not None:
                name = _name_of(manner, is_trip=book is self._trips)
            crowd = book.keep(manner, _Crowd(now_ns // HALF_NS, name))
        crowd.turn(now_ns)
        return crowd


def _anywhere(manner: Manner) -> Manner:
    return manner._replace(
        collection="", shape="", from_here=False, from_elsewhere=False
    )


def _weighing(trips: Gathered) -> int:
    """What hits of a trap weigh; nothing below fifty networks."""
    return trips.units if trips.members >= NETWORKS_MIN else 0


def _name_of(manner: Manner, *, is_trip: bool) -> bytes:
    """What a crowd is called between processes."""
    said = repr((is_trip, *manner)).encode("utf-8", "surrogatepass")
    return blake2b(said, digest_size=NAME_BYTES).digest()
