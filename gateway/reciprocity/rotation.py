"""Rotation: nobody accepts the same party's work over and over.

Reversals are not counted: what is wrong must be stopped by whoever sees it, and an
appeal brings it before somebody else.
"""

from __future__ import annotations

from gateway.kernel.clock import US_PER_DAY

ACCEPTED_MAX = 5
WINDOW_US = 90 * US_PER_DAY


def is_their_turn(accepted: int) -> bool:
    """May a reviewer accept one more claim of the same beneficial owner?

    Args:
        accepted: How many of that owner's claims they accepted within `WINDOW_US`.
    """
    return accepted < ACCEPTED_MAX
