"""Alerts: that half, four fifths or all of a cap is used, each once per period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.kernel.outgoing import Outgoing
from gateway.metering.cap_terms import CapTerms

THRESHOLDS = (50, 80, 100)


@dataclass(frozen=True, slots=True)
class Alert:
    """A threshold was reached.

    Attributes:
        terms: The cap; another amount is another cap, which tells afresh.
        period_start_us: Of the period in which.
        threshold: 50, 80 or 100 (percent).
    """

    terms: CapTerms
    period_start_us: int
    threshold: int

    @property
    def once(self) -> str:
        """The key under which it is told once."""
        terms = self.terms
        return (
            f"cap:{terms.agreement_id}:{terms.key_id}:{terms.name}:{terms.strength}:"
            f"{terms.amount}:{self.period_start_us}:{self.threshold}"
        )


def threshold_reached(percent: int) -> int:
    """The highest threshold that a share reaches; 0 for none."""
    return max((each for each in THRESHOLDS if percent >= each), default=0)


class AlertStore(Protocol):
    """Keeps which alerts were made."""

    def highest(self, terms: CapTerms, *, period_start_us: int) -> int:
        """The highest threshold that was told of a cap in a period; 0 for none."""

    def record(
        self, alert: Alert, parcels: tuple[Outgoing, ...], *, at_us: int
    ) -> bool:
        """Keep an alert and put what tells it in the outbox: both or neither.

        Returns:
            Whether it is new; nothing is put in where it is not.
        """
