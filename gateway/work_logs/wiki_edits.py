"""An edit on a wiki, and the work it was."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from gateway.kernel.clock import to_us
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.found_work import FoundWork, edit_hundredths, one_line


@dataclass(frozen=True, slots=True)
class Edit:
    """One revision of a page.

    Attributes:
        wiki: Names the wiki: its host.
        revision: The revision's number there.
        user: Who made it.
        page: The page's title.
        comment: What they said about it.
        at_us: When.
        byte_count: Bytes added, or removed where below 0; 0 for one that only takes
            another back.
    """

    wiki: str
    revision: int
    user: str
    page: str
    comment: str
    at_us: int
    byte_count: int

    @property
    def work(self) -> FoundWork:
        """The work it was."""
        said = f"{self.page}: {self.comment}" if self.comment else self.page
        return FoundWork(
            origin=f"mediawiki:{self.wiki}/{self.revision}",
            author=self.user,
            title=one_line(said, f"Revision {self.revision}"),
            evidence=f"https://{self.wiki}/?oldid={self.revision}",
            done_us=self.at_us,
            weight_hundredths=edit_hundredths(self.byte_count),
        )


def instant_us(text: str) -> int:
    """`2026-11-03T12:00:00Z`, as wikis write instants.

    Raises:
        InvalidValue: it is none.
    """
    try:
        return to_us(datetime.fromisoformat(text))
    except (ValueError, OverflowError):
        detail = f"{text[:40]!r} is no instant such as 2026-11-03T12:00:00Z"
        raise InvalidValue(detail) from None
