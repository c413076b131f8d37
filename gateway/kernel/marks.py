"""Marks: when something happened last, as several processes know it together."""

from __future__ import annotations

from typing import Protocol


class Marks(Protocol):
    """Remembers for each subject when it was last marked, for half an hour."""

    def last(self, subject: bytes, *, now_ns: int) -> int | None:
        """Ticks when it was marked, late by a quarter of a second at most.

        Args:
            subject: A digest of 8 bytes.
            now_ns: Ticks now, of a clock that all processes share.

        Returns:
            None where it was not, or longer ago, or is forgotten.
        """

    def mark(self, subject: bytes, *, now_ns: int) -> None:
        """It happened now."""
