"""What the books of the commons say of a party: what it gave, proved, and took.

Whoever reads the books is not our business; nothing here waits for them.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from gateway.classification.behaviour import Share
from gateway.classification.facts import Fact, FactValue
from gateway.kernel.evidence import Level

OPEN = "weights+data"
GIVEN = (
    "party.standing",
    "party.offset",
    "party.openness",
    "party.share.permille",
    "party.share.takers",
    "party.notice_days",
)
"""The facts that the books say, in the order in which people are told."""


@dataclass(frozen=True, slots=True)
class Given:
    """What is known; None where nobody looked.

    Attributes:
        standing: Unspent credits, whole; a part of one counts as one.
        has_offset: Does an accepted contribution stand against its obligations?
        opened: Agreements whose use led to a model that is proven to be open.
        share: Its owner's share of everything taken.
        notice_days: For how many days it has been told that it counts as very large.
    """

    standing: int | None = None
    has_offset: bool | None = None
    opened: frozenset[str] = frozenset()
    share: Share | None = None
    notice_days: int | None = None

    def facts(self, agreement_id: str) -> Iterator[tuple[str, Fact]]:
        """As facts of a request, under an agreement; empty for none."""
        if self.share is not None:
            yield "party.share.permille", _known(self.share.permille, "metered")
            yield "party.share.takers", _known(self.share.takers, "metered")
        if self.standing is not None:
            yield "party.standing", _known(self.standing, "contributions")
        if self.has_offset is not None:
            yield "party.offset", _known(self.has_offset, "contributions")
        if self.notice_days is not None:
            yield "party.notice_days", _known(self.notice_days, "announcement")
        if agreement_id and agreement_id in self.opened:
            yield "party.openness", _known(OPEN, "openness proof")


def _known(value: FactValue, source: str) -> Fact:
    return Fact(value, Level.VERIFIED, source)


UNREAD = Given()
