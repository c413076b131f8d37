"""What an upstream answered, before its body."""

from __future__ import annotations

from dataclasses import dataclass

HeaderPairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class ResponseHead:
    """The head of an answer that is streamed on.

    Attributes:
        status: HTTP status.
        reason: Reason phrase as the upstream sent it.
        headers: End-to-end fields, in order; framing is the carrier's business.
        body_bytes: The body's length if the upstream announced it, else None.
    """

    status: int
    reason: str
    headers: HeaderPairs
    body_bytes: int | None = None

    def first(self, name: str) -> str:
        """The first value of a field, *name* in lower case; empty without one."""
        for key, value in self.headers:
            if key.lower() == name:
                return value
        return ""
