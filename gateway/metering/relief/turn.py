"""A turn: a request for an expensive page, and what it goes by in the line for one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from types import MappingProxyType
from typing import NamedTuple

from gateway.kernel.clock import NS_PER_S
from gateway.licensing.decision import Answered
from gateway.metering.relief.crowds import Manner


class Rank(IntEnum):
    """Who goes first. Nobody who pays goes before somebody who reads."""

    HISTORY = 0
    TICKET = 1
    FRESH = 2
    PAID = 3
    AUTOMATION = 4

    @property
    def word(self) -> str:
        """As metrics and explanations say it."""
        return self.name.lower()


PATIENCE_NS: Mapping[Rank, int] = MappingProxyType(
    {
        Rank.HISTORY: 8 * NS_PER_S,
        Rank.TICKET: 8 * NS_PER_S,
        Rank.FRESH: 2 * NS_PER_S,
        Rank.PAID: 10 * NS_PER_S,
        Rank.AUTOMATION: 2 * NS_PER_S,
    }
)
"""How long each waits for a place."""


class LaneName(NamedTuple):
    """Which lane.

    Attributes:
        collection: The collection's id.
        page_class: The pattern of its `costs`, or the shape of pages found to be slow.
        room: `statutory` for those who have one of their own; else empty.
    """

    collection: str
    page_class: str
    room: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Claim:
    """What a request goes by.

    Attributes:
        id: The request's id.
        lane: The lane that leads to its page.
        rank: Who goes first.
        burden: What it, its network or its crowd had lately; within a rank whoever
            had least goes first.
        shares: Digests of those whose count grows if it is served.
        manner: The crowd it would be part of.
        patience_ns: How long it may wait.
        page_class: The kind of page, a word of `licensing.vocabulary.PAGE_CLASSES`.
    """

    id: str
    lane: LaneName
    rank: Rank
    burden: tuple[int, ...]
    shares: tuple[bytes, ...]
    manner: Manner
    patience_ns: int
    page_class: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Turn:
    """What was decided holds once the request's turn has come.

    Attributes:
        decision: It.
        claim: What it goes by.
    """

    decision: Answered
    claim: Claim
