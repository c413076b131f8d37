"""gateway.reciprocity.hours: hours as people write them, hundredths as we keep them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.hours import hundredths, spelled_hours


@pytest.mark.parametrize(
    ("typed", "kept"), [("3", 300), ("1.25", 125), ("0.5", 50), ("12.00", 1_200)]
)
def test_hours_become_hundredths(typed: str, kept: int) -> None:
    assert hundredths(typed) == kept


@given(kept=st.integers(0, 100_000))
def test_hours_can_be_read_back(kept: int) -> None:
    assert hundredths(spelled_hours(kept)) == kept


@pytest.mark.parametrize("typed", ["", "lots", "1,5", "1.255", "-1", "1h"])
def test_what_is_no_number_of_hours_is_refused(typed: str) -> None:
    with pytest.raises(InvalidValue, match=r"such as 1\.25"):
        hundredths(typed)
