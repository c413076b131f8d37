"""A contribution claim: work somebody says they gave, care work included.

A claim is recognised at once, and vests after 30 days unreverted or by review.
Weight is whole hundredths of an hour: 1 credit is 1 accepted hour.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType

from gateway.kernel.errors import InvalidValue

HUNDREDTHS_PER_HOUR = 100
WEIGHT_MAX = 100_000  # a thousand hours: more belongs into several claims
NOBODY = "none"


class Kind(StrEnum):
    """What kind of work. Public: add, never rename."""

    RECORDS = "records"  # described, digitised, made
    CORRECTIONS = "corrections"  # what stood there was wrong, and is right now
    CURATION = "curation"  # chosen, ordered, brought together
    SOFTWARE = "software"  # code, its tests and its documentation
    TRANSLATION = "translation"
    MODERATION = "moderation"  # conflicts, spam, what strangers write
    HOSTING = "hosting"
    MIRRORS = "mirrors"  # a whole copy, kept for others to take
    COMPUTE = "compute"  # machine time that was given
    TEACHING = "teaching"
    GOVERNANCE = "governance"
    CARE = "care"  # looking after people, so that the rest can happen
    OTHER = "other"


COVERED: Mapping[str, Kind] = MappingProxyType({"code": Kind.SOFTWARE})
"""Words that people use for a kind of another name."""


def kind_of(word: str) -> Kind:
    """The kind that a word names, or covers.

    Raises:
        InvalidValue: no kind is named so; the detail says which there are.
    """
    try:
        return COVERED.get(word) or Kind(word)
    except ValueError:
        known = ", ".join(sorted((*COVERED, *(each.value for each in Kind))))
        detail = f"{word!r} is no kind of work; there is {known}"
        raise InvalidValue(detail) from None


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
        done_us: When it was done; None where nobody said.
        origin: Names the work where it was found, so that it is claimed once:
            `git:…`, `mediawiki:…`, `csv:…`, `correction:…`; empty where it was
            typed in.
    """

    id: str
    party_id: str
    kind: Kind
    title: str
    evidence: str
    weight_hundredths: int
    claimed_us: int
    paid_by: str = NOBODY
    done_us: int | None = None
    origin: str = ""

    def __post_init__(self) -> None:
        if not 1 <= self.weight_hundredths <= WEIGHT_MAX:
            detail = f"a claim weighs 1 to {WEIGHT_MAX} hundredths of an hour"
            raise InvalidValue(detail)
        if not self.title.strip() or not self.evidence.strip():
            raise InvalidValue("a claim names what was done and where it can be seen")
        if not self.paid_by:
            raise InvalidValue("a claim names who paid for it, or `none`")
        if self.done_us is not None and self.done_us > self.claimed_us:
            raise InvalidValue("work is claimed after it was done, not before")

    @property
    def is_unpaid(self) -> bool:
        """Did nobody pay for it?"""
        return self.paid_by == NOBODY
