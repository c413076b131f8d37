"""A usage reference says what we sealed, or nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.metering.usage_reference import Seal, UsageReference

REFERENCE = UsageReference(
    request_id="req_01k9h2e4c8m3r5t7w9x1y3z5a7",
    front_id="f00d",
    agreement_id="agr_1",
    party_id="pty_1",
    key_id="key_1",
    collection="registers",
    tariff="ai-2026",
    tariff_version=3,
    use="train",
    priced_at_zero=False,
    floor_bracket=0,
    is_test=False,
    is_statement=True,
    policy_version="p1",
    occurred_us=1_793_000_000_000_000,
)
SEAL = Seal([b"a secret"])


def test_what_was_sealed_is_opened() -> None:
    assert SEAL.opened(SEAL.sealed(REFERENCE)) == REFERENCE


def test_it_fits_into_a_header_and_a_line() -> None:
    text = SEAL.sealed(REFERENCE._replace(collection='"\n\\é'))

    assert text.isascii()
    assert set(text) <= set(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_."
    )
    assert SEAL.opened(text).collection == '"\n\\é'


def test_an_older_secret_still_opens_and_a_strange_one_does_not() -> None:
    text = SEAL.sealed(REFERENCE)

    assert Seal([b"newer", b"a secret"]).opened(text) == REFERENCE
    with pytest.raises(InvalidValue):
        Seal([b"another"]).opened(text)


@given(place=st.integers(min_value=0), letter=st.characters(codec="utf-8"))
def test_a_changed_letter_is_no_reference(place: int, letter: str) -> None:
    text = SEAL.sealed(REFERENCE)
    place %= len(text)
    changed = text[:place] + letter + text[place + 1 :]

    if changed != text:
        with pytest.raises(InvalidValue):
            SEAL.opened(changed)


@pytest.mark.parametrize("text", ["", ".", "..", "u1..", "a" * 10_000])
def test_rubbish_is_no_reference(text: str) -> None:
    with pytest.raises(InvalidValue):
        SEAL.opened(text)
