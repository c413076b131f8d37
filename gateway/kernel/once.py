"""Once: what somebody beside this process has to be asked about first."""

from __future__ import annotations

from typing import Protocol


class Once(Protocol):
    """Tells whether something was used anywhere, and uses it."""

    def __call__(self, what: bytes, *, until_s: int, now_s: int) -> bool | None:
        """Use something: True when it is fresh, False when it was used.

        Args:
            what: Any bytes that name it.
            until_s: When it ends of itself, seconds.
            now_s: Now, by the same clock.

        Returns:
            None where nobody can tell.
        """


def unshared(what: bytes, *, until_s: int, now_s: int) -> bool | None:
    """Nobody else uses anything; an `Once` for one process."""
    return True
