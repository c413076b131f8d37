"""gateway.reciprocity.sampling: nobody chooses what they review."""

from __future__ import annotations

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.rotation import ACCEPTED_MAX, is_their_turn
from gateway.reciprocity.sampling import drawn

weights = st.dictionaries(st.text("abcdef", min_size=1), st.integers(1, 500))


@given(weights=weights, count=st.integers(1, 10), order=st.randoms())
def test_the_same_seed_draws_the_same_in_whatever_order(
    weights: dict[str, int], count: int, order: object
) -> None:
    chosen = drawn(weights, seed="2026-11", count=count)
    items = [*weights.items()]
    order.shuffle(items)  # type: ignore[attr-defined]

    assert drawn(dict(items), seed="2026-11", count=count) == chosen
    assert len(chosen) == len(set(chosen)) == min(count, len(weights))
    assert set(chosen) <= set(weights)


def test_another_seed_draws_something_else() -> None:
    even = {f"ctb_{number}": 100 for number in range(100)}

    assert drawn(even, seed="a", count=5) != drawn(even, seed="b", count=5)


def test_a_claim_of_nine_times_the_weight_is_drawn_about_nine_times_as_often() -> None:
    uneven = {"small": 100, "large": 900}

    first = Counter(
        drawn(uneven, seed=str(number), count=1)[0] for number in range(1_000)
    )

    assert 860 <= first["large"] <= 940


@pytest.mark.parametrize(("seed", "count"), [("", 1), (" ", 1), ("a", 0), ("a", 101)])
def test_what_is_no_sample_is_refused(seed: str, count: int) -> None:
    with pytest.raises(InvalidValue):
        drawn({"ctb_1": 1}, seed=seed, count=count)


def test_a_reviewer_has_a_turn_until_the_limit() -> None:
    assert is_their_turn(ACCEPTED_MAX - 1)
    assert not is_their_turn(ACCEPTED_MAX)
