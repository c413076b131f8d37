"""Hooks: rooms and neighbours tell what happens, and need not know who listens."""

from __future__ import annotations


def unheard(*figures: object) -> None:
    """A hook that nobody listens to."""
