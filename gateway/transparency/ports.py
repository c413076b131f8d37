"""What the open books ask of their neighbours."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.transparency.rows import Row


@dataclass(frozen=True, slots=True)
class UsageBatch:
    """Usage of one agreement on one day, as far as it was recorded between two places.

    Attributes:
        agreement_id: Under which agreement.
        day: Days since 1970, UTC.
        events: How many.
        body_bytes: What was sent.
        billable_bytes: What of it counts.
        billable_requests: Requests that count.
        sha256: Over a line of canonical JSON for each event, by id, hex.
    """

    agreement_id: str
    day: int
    events: int
    body_bytes: int
    billable_bytes: int
    billable_requests: int
    sha256: str


class PublishedFiles(Protocol):
    """A folder of published books, wherever it lies."""

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where there is none.

        Args:
            path: Relative, with forward slashes.

        Raises:
            Unavailable: it cannot be had now.
        """


class LogStore(Protocol):
    """The log and its heads; grows at its end only."""

    def size(self) -> int:
        """How many rows."""

    def append(self, rows: Sequence[Row], *, after: int) -> None:
        """Add rows at the end, all or none.

        Args:
            rows: In their order.
            after: The size they were made for.

        Raises:
            Conflict: the log has another size by now, or a row of that kind and key.
        """

    def lines(self) -> Iterator[str]:
        """Every row's line, in order, in constant memory."""

    def line(self, kind: str, key: str) -> str | None:
        """The line of a row."""

    def keys(self, kind: str) -> Iterator[str]:
        """The keys of a kind's rows, in order."""

    def usage_up_to(self) -> int:
        """The place in the order of recording up to which usage is in the log."""

    def called(self, party_id: str) -> str | None:
        """The commitment that stands in the log for a party."""

    def call(self, party_id: str, commitment: str) -> None:
        """Keep which commitment stands for a party.

        Raises:
            Conflict: another one does.
        """

    def last_head(self) -> tuple[int, str] | None:
        """Size and signed note of the last checkpoint."""

    def add_head(self, size: int, note: str) -> None:
        """Keep a checkpoint.

        Raises:
            Conflict: one of that size was signed.
        """


class UsageBatches(Protocol):
    """Usage, summed and digested by agreement and day."""

    def last_seq(self) -> int:
        """The place of the last event in the order of recording."""

    def batches(self, *, after: int, up_to: int) -> Iterator[UsageBatch]:
        """By agreement and day; test usage is left out.

        Args:
            after: Only events recorded after this place.
            up_to: Up to and with this place.
        """
