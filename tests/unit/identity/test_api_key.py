"""gateway.identity.api_key and pepper: spelled once, checked, never kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.api_key import (
    ALPHABET,
    RANDOM_LIMIT,
    ApiKey,
    fingerprint,
    spelled,
    spelling_fault,
)
from gateway.identity.pepper import Pepper, Peppers, hashed
from gateway.identity.principal import CredentialFault
from gateway.identity.secret import Secret
from gateway.kernel.errors import InvalidValue

randomness = st.integers(0, RANDOM_LIMIT - 1)
PEPPER = Pepper.of(Secret("p" * 32))
OLDER = Pepper.of(Secret("o" * 32))


def a_key(**changes: object) -> ApiKey:
    values: dict[str, object] = {
        "id": "key_1",
        "party_id": "pty_1",
        "label": "crawler",
        "hash": "f" * 64,
        "pepper_id": "pep_1",
        "last4": "x7Qz",
        "is_test": False,
        "created_us": 100,
    }
    return ApiKey(**{**values, **changes})  # type: ignore[arg-type]  # by name


def test_a_key_holds_at_least_160_random_bits() -> None:
    assert RANDOM_LIMIT >= 1 << 160


@given(number=randomness, is_test=st.booleans())
def test_every_key_we_spell_is_spelled_correctly(number: int, *, is_test: bool) -> None:
    key = spelled(number, is_test=is_test)

    assert spelling_fault(key) is None
    assert key.reveal().startswith("cg_test_" if is_test else "cg_live_")
    assert len(key.reveal()) == len("cg_live_") + 36


@given(number=randomness, place=st.integers(8, 43), letter=st.sampled_from(ALPHABET))
def test_one_wrong_letter_is_a_typing_error(
    number: int, place: int, letter: str
) -> None:
    text = spelled(number, is_test=False).reveal()
    mistyped = text[:place] + letter + text[place + 1 :]

    fault = spelling_fault(Secret(mistyped))

    assert fault == (None if mistyped == text else CredentialFault.KEY_CHECKSUM)


@given(number=randomness)
def test_a_test_key_is_not_made_live_by_renaming_it(number: int) -> None:
    text = spelled(number, is_test=True).reveal()
    renamed = text.replace("cg_test_", "cg_live_")

    assert spelling_fault(Secret(renamed)) is CredentialFault.KEY_CHECKSUM


@given(text=st.text(st.sampled_from(ALPHABET), min_size=36, max_size=36))
def test_random_letters_are_no_key(text: str) -> None:
    assert spelling_fault(Secret(f"cg_live_{text}")) is CredentialFault.KEY_CHECKSUM


@pytest.mark.parametrize(
    "text",
    [
        "",
        "cg_",
        "cg_live_",
        "cg_live_short",
        "cg_prod_" + "a" * 36,
        "CG_LIVE_" + "a" * 36,
        "cg_live_" + "a" * 35,
        "cg_live_" + "a" * 37,
        "cg_live_" + "a" * 36 + "\n",
        " cg_live_" + "a" * 36,
        "cg_live_" + "ä" * 36,
        "cg_live_" + "٣" * 36,
        "cg_live_" + "a" * 100_000,
    ],
)
def test_what_is_no_key_is_malformed(text: str) -> None:
    assert spelling_fault(Secret(text)) is CredentialFault.KEY_MALFORMED


@pytest.mark.parametrize("number", [-1, RANDOM_LIMIT])
def test_too_little_or_too_much_randomness_is_refused(number: int) -> None:
    with pytest.raises(InvalidValue):
        spelled(number, is_test=False)


def test_a_fingerprint_shows_the_prefix_and_four_letters() -> None:
    key = spelled(7, is_test=False)

    assert fingerprint(key) == f"cg_live_…{key.reveal()[-4:]}"
    assert a_key().fingerprint == "cg_live_…x7Qz"
    assert a_key(is_test=True).fingerprint == "cg_test_…x7Qz"
    assert fingerprint(Secret("cg_live_short")) == "cg_live_…"
    assert fingerprint(Secret("cg_hunter2")) == "cg_…"


def test_revocation_outlives_expiry_and_expiry_is_exclusive() -> None:
    assert a_key().fault_at(10**18) is None
    assert a_key(expires_us=200).is_live_at(199)
    assert a_key(expires_us=200).fault_at(200) is CredentialFault.KEY_EXPIRED
    both = a_key(expires_us=200, revoked_us=150)
    assert both.fault_at(300) is CredentialFault.KEY_REVOKED


def test_a_hash_depends_on_the_key_and_on_the_pepper() -> None:
    key, other = spelled(1, is_test=False), spelled(2, is_test=False)

    hashes = {hashed(key, PEPPER), hashed(key, OLDER), hashed(other, PEPPER)}

    assert len(hashes) == 3
    assert all(len(one) == 64 for one in hashes)


def test_older_peppers_still_recognise_their_keys() -> None:
    key = spelled(1, is_test=False)

    now = Peppers(PEPPER, (OLDER,)).hashes(key)

    assert now == (hashed(key, PEPPER), hashed(key, OLDER))


def test_a_short_pepper_is_refused_and_an_id_does_not_show_it() -> None:
    with pytest.raises(InvalidValue, match="at least 32"):
        Pepper.of(Secret("short"))
    assert PEPPER.id.startswith("pep_")
    assert "ppp" not in PEPPER.id
