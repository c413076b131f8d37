"""gateway.kernel.ids: sortable, and they say what they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.kernel.ids import kind_of, spelled, uuid7

milliseconds = st.integers(0, 2**48 - 1)
randomness = st.integers(0, 2**74 - 1)


@given(milliseconds, randomness)
def test_an_id_is_a_version_7_uuid_of_variant_10(unix_ms: int, noise: int) -> None:
    number = uuid7(unix_ms, noise)

    assert number >> 76 & 0xF == 7
    assert number >> 62 & 0b11 == 0b10
    assert number >> 80 == unix_ms


@given(milliseconds, randomness, milliseconds, randomness)
def test_ids_sort_by_the_time_they_were_made(
    early_ms: int, noise: int, late_ms: int, other_noise: int
) -> None:
    early = spelled("req", uuid7(min(early_ms, late_ms), noise))
    late = spelled("req", uuid7(max(early_ms, late_ms), other_noise))

    assert early < late or early_ms == late_ms


@given(milliseconds, randomness)
def test_an_id_carries_its_kind(unix_ms: int, noise: int) -> None:
    assert kind_of(spelled("inv", uuid7(unix_ms, noise))) == "inv"


@pytest.mark.parametrize("text", ["", "inv", "inv_", "inv_short", "_" + "0" * 26])
def test_what_is_not_an_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="not an id"):
        kind_of(text)
