"""gateway.fund.capture: taking that few do most of is said."""

from __future__ import annotations

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from gateway.fund.capture import capture_index

taken = st.dictionaries(st.text("abc", min_size=1, max_size=3), st.integers(0, 10**12))


def takers(*amounts: int) -> dict[str, int]:
    return {f"owner {number}": each for number, each in enumerate(amounts)}


def test_nobody_captures_what_all_take_alike() -> None:
    index = capture_index(takers(5, 5, 5, 5, 5, 5))
    assert (index.top_takers, index.top_third_share) == (2, Fraction(1, 3))
    assert index.index == 0
    assert not index.is_captured


def test_one_that_takes_most_captures() -> None:
    index = capture_index(takers(90, 2, 2, 2, 2, 2))
    assert index.top_third_share == Fraction(92, 100)
    assert index.index == (Fraction(92, 100) - Fraction(1, 3)) / Fraction(2, 3)
    assert index.is_captured


def test_two_fifths_are_the_limit_of_five_takers_and_one_byte_more_is_not() -> None:
    assert not capture_index(takers(40, 15, 15, 15, 15)).is_captured
    assert capture_index(takers(41, 15, 15, 15, 15)).is_captured


def test_four_takers_are_too_few_to_judge() -> None:
    index = capture_index(takers(97, 1, 1, 1))
    assert not index.is_judged
    assert not index.is_captured


def test_nothing_taken_is_nothing_captured() -> None:
    index = capture_index({"idle": 0})
    assert index.takers == 0
    assert index.index == index.top_third_share == 0


@given(taken=taken)
def test_the_index_lies_between_even_and_all(taken: dict[str, int]) -> None:
    index = capture_index(taken)
    assert 0 <= index.index <= index.top_third_share <= 1


@given(taken=taken, part=st.integers(1, 10**12))
def test_who_took_nothing_changes_nothing(taken: dict[str, int], part: int) -> None:
    with_idle = {**taken, "idle owner": 0}
    assert capture_index(taken) == capture_index(with_idle)
    top = capture_index({**taken, "one": part})
    split = capture_index({**taken, **{f"part {n}": 0 for n in range(9)}, "one": part})
    assert top == split
