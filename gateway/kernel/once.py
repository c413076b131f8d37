"""What may be used once: the port to whoever remembers it for all processes."""

from __future__ import annotations

from collections.abc import Callable

Once = Callable[[bytes, int], bool | None]
"""Takes what is named for so many seconds: fresh, taken before, or nobody can tell."""


def always_fresh(_what: bytes, _lasts_s: int) -> bool:
    """One process serves: what it remembers itself is all."""
    return True
