"""gateway.reciprocity: recognised at once, vested later, spent once."""

from __future__ import annotations

import pytest

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.offset import Offset
from gateway.reciprocity.review import (
    Review,
    State,
    Verdict,
    assert_may_review,
    state_of,
    vested_us,
)

CLAIMED_US = 1_000 * US_PER_DAY


def a_claim(
    *, weight: int = 150, title: str = "Cooked", paid_by: str = "none"
) -> Claim:
    return Claim(
        id="ctb_1",
        party_id="pty_1",
        kind=Kind.CARE,
        title=title,
        evidence="minutes, item 3",
        weight_hundredths=weight,
        claimed_us=CLAIMED_US,
        paid_by=paid_by,
    )


def a_review(verdict: Verdict, *, after_days: int, reviewer: str = "pty_2") -> Review:
    return Review(
        id=f"rev_{after_days}",
        claim_id="ctb_1",
        reviewer_id=reviewer,
        verdict=verdict,
        reviewed_us=CLAIMED_US + after_days * US_PER_DAY,
        reason="seen",
    )


def state(*reviews: Review, after_days: int) -> State:
    at_us = CLAIMED_US + after_days * US_PER_DAY
    return state_of(a_claim(), reviews, at_us=at_us)


def test_a_claim_is_recognised_at_once_and_vests_after_thirty_days() -> None:
    assert state(after_days=0) is State.RECOGNISED
    assert state(after_days=29) is State.RECOGNISED
    assert state(after_days=30) is State.VESTED


def test_an_acceptance_vests_it_at_once() -> None:
    assert state(a_review(Verdict.ACCEPT, after_days=2), after_days=2) is State.VESTED


def test_a_reversal_undoes_it_and_an_appeal_that_is_heard_brings_it_back() -> None:
    reversed_ = a_review(Verdict.REVERSE, after_days=2)
    heard = a_review(Verdict.ACCEPT, after_days=50)

    assert state(reversed_, after_days=40) is State.REVERSED
    assert state(reversed_, heard, after_days=50) is State.VESTED


def test_an_appeal_makes_no_credit_last_for_longer() -> None:
    """Two who agreed could else renew each other's work every year."""
    accepted = a_review(Verdict.ACCEPT, after_days=2)
    early = a_review(Verdict.REVERSE, after_days=1)
    late = a_review(Verdict.REVERSE, after_days=300)
    heard = a_review(Verdict.ACCEPT, after_days=310, reviewer="pty_3")

    def vested_after_days(*reviews: Review) -> int:
        when = vested_us(a_claim(), reviews)
        assert when is not None
        return (when - CLAIMED_US) // US_PER_DAY

    assert vested_after_days(late, heard) == 30
    assert vested_after_days(accepted, late, heard) == 2
    assert vested_after_days(early, heard) == 310


def test_nobody_reviews_their_own() -> None:
    own = a_review(Verdict.ACCEPT, after_days=1, reviewer="pty_1")

    with pytest.raises(InvalidValue):
        assert_may_review(own, a_claim())
    assert_may_review(a_review(Verdict.ACCEPT, after_days=1), a_claim())


def test_a_reversal_says_why_and_a_review_is_of_its_claim() -> None:
    silent = Review("rev_1", "ctb_1", "pty_2", verdict=Verdict.REVERSE, reviewed_us=1)
    other = Review("rev_1", "ctb_2", "pty_2", verdict=Verdict.ACCEPT, reviewed_us=1)

    for review in (silent, other):
        with pytest.raises(InvalidValue):
            assert_may_review(review, a_claim())


@pytest.mark.parametrize(
    ("weight", "title", "paid_by"),
    [(0, "x", "none"), (100_001, "x", "none"), (1, " ", "none"), (1, "x", "")],
    ids=["no weight", "too much", "no title", "nobody said who paid"],
)
def test_an_impossible_claim_is_refused(weight: int, title: str, paid_by: str) -> None:
    with pytest.raises(InvalidValue):
        a_claim(weight=weight, title=title, paid_by=paid_by)


def test_an_offset_has_a_value_and_an_end() -> None:
    offset = Offset("ctb_1", "pty_1", Money(500, "EUR"), until_us=10)

    assert offset.is_usable(at_us=9)
    assert not offset.is_usable(at_us=10)
    with pytest.raises(InvalidValue):
        Offset("ctb_1", "pty_1", Money(0, "EUR"), until_us=10)
