"""What for: the facts named `use.*` and `agreement.*`.

The agreement's word comes first, then what the operator states about the client,
then `read` for the kinds that readers use; else nothing is known, and `unknown`
matches no rule about use.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.classification import signals
from gateway.classification.client import Sighting
from gateway.classification.facts import KINDS, Fact
from gateway.kernel.evidence import Level
from gateway.kernel.use import Commercial, Use

READING_KINDS = KINDS - {
    "search-crawler",
    "archive-crawler",
    "academic-crawler",
    "ai-crawler",
    "ai-fetcher",
    "seo",
}

# Where several uses are named, the one that takes most: what somebody may do with
# a copy is as much as the most far-reaching thing they named.
MOST_REACHING = (
    Use.RESALE,
    Use.TRAIN,
    Use.RAG,
    Use.BENCHMARK,
    Use.SEARCH,
    Use.MIRROR,
    Use.RESEARCH,
    Use.ARCHIVE,
    Use.ACCESSIBILITY,
    Use.READ,
)


@dataclass(frozen=True, slots=True)
class Agreed:
    """The agreement in force, as far as classification may know it.

    Attributes:
        uses: What the copies are for; empty where the agreement does not say.
        commercial: Whether that seeks economic advantage; None where unsaid.
        tariff_version: The version it pins; None without a tariff.
    """

    uses: frozenset[Use] = field(default_factory=frozenset)
    commercial: Commercial | None = None
    tariff_version: int | None = None


def facts_of(
    seen: Sighting, *, user_agent: str, agreed: Agreed | None
) -> Iterator[tuple[str, Fact]]:
    """The facts about the use."""
    stated = seen.agent.uses if seen.agent else frozenset[Use]()
    yield "agreement.in_force", NOT_AGREED if agreed is None else IN_FORCE
    if agreed is not None and agreed.tariff_version is not None:
        version = Fact(agreed.tariff_version, Level.VERIFIED, "agreement")
        yield "agreement.tariff_version", version
    if agreed is not None and agreed.uses:
        use = most_reaching(agreed.uses & stated or agreed.uses)
        yield "use.class", Fact(use.value, Level.VERIFIED, "agreement")
    elif stated:
        use = most_reaching(stated)
        yield "use.class", Fact(use.value, Level.CLAIMED, "operator's statement")
    elif signals.assistive(user_agent):
        yield "use.class", ASSISTED
    elif seen.evidence.kind in READING_KINDS:
        yield "use.class", READING
    yield from _commercial(seen, agreed)


READING = Fact(Use.READ.value, Level.UNKNOWN, "kind of client")
ASSISTED = Fact(Use.ACCESSIBILITY.value, Level.CLAIMED, "user-agent")
IN_FORCE = Fact(value=True, level=Level.VERIFIED, source="agreement")
NOT_AGREED = Fact(value=False, level=Level.VERIFIED, source="agreement")


def most_reaching(uses: frozenset[Use]) -> Use:
    """The use that takes most; `unknown` of none."""
    return next((use for use in MOST_REACHING if use in uses), Use.UNKNOWN)


def _commercial(seen: Sighting, agreed: Agreed | None) -> Iterator[tuple[str, Fact]]:
    if agreed is not None and agreed.commercial is not None:
        value = agreed.commercial.value
        yield "use.commercial", Fact(value, Level.VERIFIED, "agreement")
    elif seen.agent is not None and seen.agent.commercial is not Commercial.UNKNOWN:
        value = seen.agent.commercial.value
        yield "use.commercial", Fact(value, Level.CLAIMED, "operator's statement")
