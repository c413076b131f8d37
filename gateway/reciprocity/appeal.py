"""An appeal: the one concerned says why an entry against them is wrong.

A reversal and a harm entry may each be appealed once; each hearing is by somebody else
than whoever made the entry, and a reversal that is upheld is an entry of its own.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.kernel.errors import Conflict, InvalidValue
from gateway.reciprocity.contribution import Claim
from gateway.reciprocity.review import Review, Verdict


@dataclass(frozen=True, slots=True)
class Appeal:
    """What the one concerned said.

    Attributes:
        id: `apc_…`.
        about: The entry: a reversal (`rev_…`) or a harm (`hrm_…`).
        party_id: Who appeals.
        reason: Why it is wrong.
        appealed_us: When.
    """

    id: str
    about: str
    party_id: str
    reason: str
    appealed_us: int

    def __post_init__(self) -> None:
        if not self.reason.strip():
            raise InvalidValue("an appeal says why the entry is wrong")


def reversal_in_force(claim: Claim, reviews: Sequence[Review]) -> Review:
    """The reversal that a claimant may appeal.

    Raises:
        Conflict: the claim is not reversed.
    """
    if not reviews or reviews[-1].verdict is not Verdict.REVERSE:
        detail = f"claim {claim.id} is not reversed; there is nothing to appeal"
        raise Conflict(detail)
    return reviews[-1]


def assert_may_hear(
    review: Review, earlier: Sequence[Review], *, appealed: frozenset[str]
) -> None:
    """Refuse a review of a reversed claim that is no hearing of its appeal.

    Args:
        review: What is to be kept.
        earlier: The claim's reviews, oldest first.
        appealed: Ids of the entries that were appealed.

    Raises:
        Conflict: the last review reversed the claim and nobody appealed.
        InvalidValue: the reviewer reversed it before; another must hear the appeal.
    """
    if not earlier or earlier[-1].verdict is not Verdict.REVERSE:
        return
    if earlier[-1].id not in appealed:
        detail = (
            f"claim {review.claim_id} was reversed; its claimant may appeal:"
            f" `copyfair contribution appeal {review.claim_id}`"
        )
        raise Conflict(detail)
    if review.reviewer_id in reversers(earlier):
        raise InvalidValue(
            "who reversed a claim does not hear the appeal; ask another maintainer"
        )


def reversers(reviews: Sequence[Review]) -> frozenset[str]:
    """Everybody who reversed a claim."""
    return frozenset(
        each.reviewer_id for each in reviews if each.verdict is Verdict.REVERSE
    )
