"""gateway.kernel.ids: sortable, and they say what they name."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.kernel.ids import ALPHABET, head_of, kind_of, spelled, tails_of, uuid7

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


@given(milliseconds, st.binary(min_size=16, max_size=16))
def test_a_head_and_a_tail_are_a_version_7_uuid(unix_ms: int, noise: bytes) -> None:
    (tail,) = tails_of(noise)
    letters = head_of(unix_ms) + tail
    number = 0
    for letter in letters:
        number = number << 5 | ALPHABET.index(letter)

    assert number >> 80 == unix_ms
    assert number >> 76 & 0xF == 7
    assert number >> 62 & 0b11 == 0b10
    assert spelled("req", number) == f"req_{letters}"


@given(st.integers(0, 127), st.binary(min_size=16, max_size=16))
def test_each_bit_of_chance_moves_one_letter(bit: int, noise: bytes) -> None:
    changed = (int.from_bytes(noise) ^ 1 << bit).to_bytes(16)
    (before,), (after,) = tails_of(noise), tails_of(changed)

    moved = sum(one != other for one, other in zip(before, after, strict=True))

    place = 15 - bit // 8
    kept = {0: 1, 3: 3}.get(place, 5)
    assert moved == (1 if bit % 8 < kept else 0)


@pytest.mark.parametrize("text", ["", "inv", "inv_", "inv_short", "_" + "0" * 26])
def test_what_is_not_an_id_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue, match="not an id"):
        kind_of(text)
