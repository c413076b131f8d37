"""A correction that a reader proposed, from the record itself, without an account."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.kernel.errors import InvalidValue

ABOUT_CHARS_MAX = 2_048
TEXT_CHARS_MAX = 4_000
LINE_CHARS_MAX = 254


@dataclass(frozen=True, slots=True)
class Correction:
    """What a reader says is wrong.

    Attributes:
        id: `cor_…`.
        archive: The origin under which the record was read.
        about: Path of the record there, with its query.
        text: What is wrong, and how it should be.
        name: A name or pseudonym to credit, or empty.
        contact: Where to answer, or empty.
        received_us: Microseconds UTC.
    """

    id: str
    archive: str
    about: str
    text: str
    name: str
    contact: str
    received_us: int

    def __post_init__(self) -> None:
        if not is_record(self.about):
            raise InvalidValue("a correction is about a page of this archive: /…")
        if not self.text.strip() or len(self.text) > TEXT_CHARS_MAX:
            raise InvalidValue("a correction says what is wrong, in 4000 signs at most")


class Fate(StrEnum):
    """What became of a correction."""

    WAITING = "waiting"
    ACCEPTED = "accepted"
    DECLINED = "declined"


@dataclass(frozen=True, slots=True)
class Decided:
    """What a steward made of a correction.

    Attributes:
        correction_id: Which one.
        claim_id: The claim it became; empty where it was declined.
        reason: Why it was declined, or empty.
        decided_us: When.
    """

    correction_id: str
    claim_id: str
    reason: str
    decided_us: int

    def __post_init__(self) -> None:
        if bool(self.claim_id) == bool(self.reason.strip()):
            raise InvalidValue("a correction becomes a claim, or is declined with why")

    @property
    def fate(self) -> Fate:
        """What became of it."""
        return Fate.ACCEPTED if self.claim_id else Fate.DECLINED


def is_record(about: str) -> bool:
    """Is it an address of a page on this archive: a path, and nothing of ours?"""
    return (
        about.startswith("/")
        and not about.startswith(("//", "/\\", "/_copyfair"))
        and len(about) <= ABOUT_CHARS_MAX
        and about.isprintable()
        and " " not in about
    )
