"""Gatherings: how many came lately, as several processes count them together."""

from __future__ import annotations

from typing import NamedTuple, Protocol


class Gathered(NamedTuple):
    """What is known of a gathering.

    Attributes:
        members: So many at least came; never more than did.
        units: What they had.
    """

    members: int = 0
    units: int = 0


class Gatherings(Protocol):
    """Counts who comes, by digests of 8 bytes, and forgets within ten minutes."""

    def note(
        self, gathering: bytes, *, member: bytes = b"", units: int = 0, now_ns: int
    ) -> Gathered:
        """A member came, or had so much; what there is of it now.

        Args:
            gathering: Which.
            member: Who came; empty for nobody new.
            units: What was had.
            now_ns: Ticks now, of a clock that all processes share.
        """

    def told(self, gathering: bytes, *, now_ns: int) -> Gathered:
        """What there is of it; asking changes nothing."""
