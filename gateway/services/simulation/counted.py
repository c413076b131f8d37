"""Counted: what one thing came to since it was last added up.

Only what differs from line to line is added for each line. Cost is the same for all
pages of a kind, and where the log does not say how long they took, so is that.
"""

from __future__ import annotations

from gateway.services.simulation.heaviest import Sums


class Counted:
    """Counts of one thing.

    Attributes:
        requests: How many.
        body_bytes: What they took.
        longer_us: By how much they took longer than their cost says; below 0 for
            shorter.
    """

    __slots__ = ("body_bytes", "longer_us", "requests")

    def __init__(self) -> None:
        self.requests = 0
        self.body_bytes = 0
        self.longer_us = 0

    def taken(self, cost: int, unit_us: int) -> Sums:
        """The sums, which begin anew.

        Args:
            cost: Cost units of all of them.
            unit_us: How long one keeps the archive busy, microseconds.
        """
        sums = [
            self.requests,
            self.body_bytes,
            cost,
            cost * unit_us + self.longer_us,
        ]
        self.requests = self.body_bytes = self.longer_us = 0
        return sums
