"""An answer of our own: whole, short, and without any HTTP library in it."""

from __future__ import annotations

from dataclasses import dataclass

HeaderPairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Answer:
    """A whole, short answer of our own.

    Attributes:
        status: HTTP status.
        headers: Fields in order; Content-Length is added by the carrier.
        body: The bytes.
    """

    status: int
    headers: HeaderPairs = ()
    body: bytes = b""
