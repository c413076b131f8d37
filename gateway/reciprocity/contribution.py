"""A contribution claim: work somebody says they gave, care work included.

A claim is recognised at once, and vests after 30 days unreverted or by review.
Weight is whole hundredths of an hour: 1 credit is 1 accepted hour.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.kernel.errors import InvalidValue

HUNDREDTHS_PER_HOUR = 100
WEIGHT_MAX = 100_000  # a thousand hours: more belongs into several claims
NOBODY = "none"


class Kind(StrEnum):
    """What kind of work. Public: add, never rename."""

    RECORDS = "records"  # corrected, described, digitised
    SOFTWARE = "software"
    TRANSLATION = "translation"
    HOSTING = "hosting"
    TEACHING = "teaching"
    GOVERNANCE = "governance"
    CARE = "care"  # looking after people, so that the rest can happen
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Claim:
    """Logged work.

    Attributes:
        id: `ctb_…`.
        party_id: Who did it.
        kind: What kind of work.
        title: What was done, one line.
        evidence: Where it can be seen: a URL, a commit, a witness.
        weight_hundredths: Hundredths of an hour, 1 or more.
        paid_by: Who paid for it already; `none` for unpaid work.
        claimed_us: When it was claimed.
    """

    id: str
    party_id: str
    kind: Kind
    title: str
    evidence: str
    weight_hundredths: int
    claimed_us: int
    paid_by: str = NOBODY

    def __post_init__(self) -> None:
        if not 1 <= self.weight_hundredths <= WEIGHT_MAX:
            detail = f"a claim weighs 1 to {WEIGHT_MAX} hundredths of an hour"
            raise InvalidValue(detail)
        if not self.title.strip() or not self.evidence.strip():
            raise InvalidValue("a claim names what was done and where it can be seen")
        if not self.paid_by:
            raise InvalidValue("a claim names who paid for it, or `none`")

    @property
    def is_unpaid(self) -> bool:
        """Did nobody pay for it?"""
        return self.paid_by == NOBODY
