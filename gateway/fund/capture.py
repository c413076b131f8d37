"""Who captures the commons: how unevenly the taking is spread over its takers.

The mirror of the gate: a round that gives too much to few does not pass; taking that
few do most of is said aloud. By beneficial owner, so that subsidiaries count as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gateway.fund.concentration import Concentration, concentration
from gateway.fund.gate import NORMALISED_HHI_MAX, RECIPIENTS_MIN, Verdict, gate

THIRD = 3


@dataclass(frozen=True, slots=True)
class CaptureIndex:
    """How concentrated taking is, exactly.

    Attributes:
        takers: Owners that took anything.
        taken_bytes: What they took.
        top_takers: How many the top third are, rounded up.
        top_third_share: Their share of it, 0 to 1.
        index: The same, normalised: 0 where all take alike, 1 where only they take.
        figures: Gini, HHI, normalised HHI and the largest share.
        top_share_max: Above this share of the largest it is captured.
        is_captured: The largest or the normalised HHI is above the gate's limit,
            and there are takers enough to judge.
    """

    takers: int
    taken_bytes: int
    top_takers: int
    top_third_share: Fraction
    index: Fraction
    figures: Concentration
    top_share_max: Fraction
    is_captured: bool

    @property
    def is_judged(self) -> bool:
        """Are there takers enough to say?"""
        return self.takers >= RECIPIENTS_MIN

    @property
    def hhi_max(self) -> Fraction:
        """Above this normalised HHI it is captured."""
        return NORMALISED_HHI_MAX


def capture_index(taken: Mapping[str, int]) -> CaptureIndex:
    """Judge what was taken.

    Args:
        taken: Beneficial owner to bytes, 0 or more; who took 0 is no taker.
    """
    amounts = sorted((each for each in taken.values() if each), reverse=True)
    total, count = sum(amounts), len(amounts)
    top = -(-count // THIRD)
    share = Fraction(sum(amounts[:top]), total) if total else Fraction(0)
    even = Fraction(top, count) if count else Fraction(0)
    index = Fraction(share - even, 1 - even) if even < 1 else Fraction(0)
    judged = gate(taken)
    return CaptureIndex(
        takers=count,
        taken_bytes=total,
        top_takers=top,
        top_third_share=share,
        index=index,
        figures=concentration(amounts),
        top_share_max=judged.top_share_max,
        is_captured=judged.verdict is Verdict.FAIL,
    )
