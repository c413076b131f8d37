"""Which payment a bank takes back: the very one, or none.

An entry that a bank marks as a reversal undoes one earlier entry, the whole of it
(ISO 20022, `RvslInd`). End-to-end references are the payer's own: two payers choose
the same one, and a standing order repeats it. So what is taken back has the reversal's
reference, amount and payer, and was booked before. What fits none waits for a steward.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.billing.bank import Direction, Movement
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue

REASON_CHARS_MAX = 500


@dataclass(frozen=True, slots=True)
class Outside:
    """A steward's word that what was taken back never was in these books.

    Attributes:
        back_id: The movement that took it back.
        reason: Why, one sentence.
        said_us: When it was said.
    """

    back_id: str
    reason: str
    said_us: int

    def __post_init__(self) -> None:
        if not 0 < len(self.reason.strip()) <= REASON_CHARS_MAX:
            detail = f"a reason is one sentence, at most {REASON_CHARS_MAX} characters"
            raise InvalidValue(detail)


def takes_back(back: Movement, paid: Movement) -> bool:
    """Is that the payment which a bank's reversal takes back?"""
    is_pair = (back.direction, paid.direction) == (Direction.OUT, Direction.IN)
    is_named = bool(back.end_to_end) and back.end_to_end == paid.end_to_end
    # Banks tell days, and days without a zone: one may be a day ahead of the other.
    is_before = paid.booked_us - back.booked_us < US_PER_DAY
    return (
        is_pair
        and back.is_reversal
        and is_named
        and is_before
        and back.account == paid.account
        and back.amount == paid.amount
        and is_same_payer(back, paid)
    )


def is_same_payer(one: Movement, other: Movement) -> bool:
    """Is the same person at the other end, as far as the bank says?"""
    for ours, theirs in (
        (_plain(one.counterpart), _plain(other.counterpart)),
        (_plain(one.name), _plain(other.name)),
    ):
        if ours and theirs:
            return ours == theirs
    return True


def by_likelihood(found: Iterable[Movement]) -> tuple[Movement, ...]:
    """Payments before what came in again, and the newest first."""
    by = sorted(found, key=lambda one: (one.booked_us, one.id), reverse=True)
    return tuple(sorted(by, key=lambda one: one.is_reversal))


def _plain(text: str) -> str:
    return "".join(text.split()).casefold()
