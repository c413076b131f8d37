"""gateway.kernel.lately: bounded, and what is used stays."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.kernel.lately import Lately


@given(st.integers(2, 9), st.lists(st.tuples(st.integers(0, 20), st.booleans())))
def test_it_never_grows_and_never_says_what_was_not_kept(
    most: int, steps: list[tuple[int, bool]]
) -> None:
    lately: Lately[int, str] = Lately(most)
    kept: dict[int, str] = {}

    for number, (key, is_kept) in enumerate(steps):
        if is_kept:
            kept[key] = lately.keep(key, f"{key}/{number}")
        assert lately.get(key) in {None, kept.get(key)}
        assert len(lately) <= most


def test_what_is_used_stays_through_a_flood_of_what_is_not() -> None:
    lately: Lately[str, int] = Lately(8)
    lately.keep("used", 1)

    for number in range(1_000):
        lately.keep(f"once-{number}", number)
        assert lately.get("used") == 1

    assert lately.get("once-1") is None


def test_what_is_forgotten_is_gone() -> None:
    lately: Lately[str, int] = Lately(8)
    lately.keep("key", 1)

    lately.forget()

    assert lately.get("key") is None
    assert not len(lately)


def test_a_memory_for_one_is_none() -> None:
    with pytest.raises(InvalidValue, match="two entries"):
        Lately(1)
