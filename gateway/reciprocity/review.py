"""Maintainer review: acceptance or reversal, after the fact.

Nothing is edited: a reversal is an entry of its own, and an appeal that is heard is
a later acceptance. The latest review counts. Nobody reviews their own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.contribution import Claim

VESTS_AFTER_US = 30 * US_PER_DAY


class Verdict(StrEnum):
    """What a review says."""

    ACCEPT = "accept"
    REVERSE = "reverse"


class State(StrEnum):
    """Where a claim stands; derived, never stored."""

    RECOGNISED = "recognised"
    VESTED = "vested"
    REVERSED = "reversed"


@dataclass(frozen=True, slots=True)
class Review:
    """What a maintainer found.

    Attributes:
        id: `rev_…`.
        claim_id: Of which claim.
        reviewer_id: By which party.
        verdict: Accepted, or reversed.
        reason: One sentence; a reversal needs one.
        reviewed_us: When.
    """

    id: str
    claim_id: str
    reviewer_id: str
    verdict: Verdict
    reviewed_us: int
    reason: str = ""


def assert_may_review(review: Review, claim: Claim) -> None:
    """Refuse a review that must not exist.

    Raises:
        InvalidValue: it is of one's own claim, of another claim, or a reversal
            without a reason.
    """
    if review.claim_id != claim.id:
        raise InvalidValue("the review is of another claim")
    if review.reviewer_id == claim.party_id:
        raise InvalidValue("nobody reviews their own claim; ask another maintainer")
    if review.verdict is Verdict.REVERSE and not review.reason.strip():
        raise InvalidValue("a reversal says why, so that it can be appealed")


def vested_us(claim: Claim, reviews: Sequence[Review]) -> int | None:
    """When a claim vests, given its reviews; None while it is reversed.

    Work that had vested, was reversed and is accepted again vested when it first did:
    an appeal makes no credit last for longer.

    Args:
        claim: Which claim.
        reviews: Its reviews, oldest first.
    """
    if reviews and reviews[-1].verdict is Verdict.REVERSE:
        return None
    due_us = claim.claimed_us + VESTS_AFTER_US
    is_reversed = False
    for each in reviews:
        if not is_reversed and due_us <= each.reviewed_us:
            break
        is_reversed = each.verdict is Verdict.REVERSE
        if not is_reversed:
            return each.reviewed_us
    return due_us


def state_of(claim: Claim, reviews: Sequence[Review], *, at_us: int) -> State:
    """Where a claim stands at an instant."""
    when = vested_us(claim, reviews)
    if when is None:
        return State.REVERSED
    return State.VESTED if when <= at_us else State.RECOGNISED
