"""What a client experienced, from what its witness noted."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from tests.journeys.running import Got, ask
from tests.journeys.visit import Story
from tests.journeys.witness import Seen, Witness

GIVEN = (200, 206)
REFUSALS = (401, 402, 403, 429)
FAILED = 500
TICKET = "copyfair-ticket="
OURS = ("/_copyfair/", "/license.xml", "/robots.txt")
"""What the gateway says itself, or adds to."""
BY_HAND = "/git/"
"""What git got, git compares: it fetches, and every object has its digest."""


@dataclass(frozen=True, slots=True)
class Told:
    """What one client does at one time of the story.

    Attributes:
        client: Its name, a row of the table.
        program: What it is, for its version.
        did: What its user did.
        story: The doing of it.
        part: Under pressure: when, and what for.
    """

    client: str
    program: str
    did: str
    story: Story
    part: str = "reads"

    def __str__(self) -> str:
        return f"{self.client}, {self.did}"


@dataclass(slots=True)
class Experience:
    """What came of it.

    Attributes:
        told: Which client, and what it did.
        witness: All that it asked and got.
        said: What the client was told where it was refused.
        failed: Why the client or its check failed; empty where it did not.
        others: Targets whose bytes differed from the archive's.
        compared: How many were compared.
    """

    told: Told
    witness: Witness
    said: str = ""
    failed: str = ""
    others: list[str] = field(default_factory=list)
    compared: int = 0

    @property
    def seen(self) -> list[Seen]:
        return self.witness.seen

    def refused(self) -> Counter[int]:
        """How often it was refused, or something failed, by status."""
        statuses = (one.status for one in self.seen)
        return Counter(
            status for status in statuses if status in REFUSALS or status >= FAILED
        )

    def longest_s(self) -> float:
        """The longest that any answer took."""
        return max((one.took_s for one in self.seen), default=0.0)

    def way(self) -> str:
        """How it came to what it wanted."""
        refused = self.refused()
        if not refused:
            return "at once"
        if any(one.target.startswith("/_copyfair/pass") for one in self.seen):
            return "the button"
        if 402 in refused:
            return "the offer"
        searches = self.witness.statuses("/search")
        return "coming back" if searches[-1] in GIVEN else "not at all"

    def compare(self, archive_port: int, kept: dict[tuple[str, str], Got]) -> None:
        """Compare what it got with what the archive itself says.

        Args:
            archive_port: Where the archive answers.
            kept: What it said before, by target and range.
        """
        for one in self.seen:
            target = without_ticket(one.target)
            if one.method != "GET" or one.status not in GIVEN:
                continue
            if target.startswith((*OURS, BY_HAND)):
                continue
            part = one.fields.get("range", "")
            direct = kept.get((target, part))
            if direct is None:
                fields: Mapping[str, str] = {"Range": part} if part else {}
                direct = kept[target, part] = ask(archive_port, target, headers=fields)
            self.compared += 1
            is_same = hashlib.sha256(direct.body).hexdigest() == one.digest
            if not is_same or direct.status != one.status:
                self.others.append(one.target)


def without_ticket(target: str) -> str:
    """The page's own address."""
    return target.partition(f"?{TICKET}")[0].partition(f"&{TICKET}")[0]
