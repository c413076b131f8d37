"""No secret shows itself: a canary through every way a value is printed."""

from __future__ import annotations

import pickle
import traceback

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.identity.api_key import (
    RANDOM_LIMIT,
    ApiKey,
    spelled,
    spelling_fault,
)
from gateway.identity.pepper import Pepper, Peppers, hashed
from gateway.identity.presented import Form, Presented
from gateway.identity.principal import CredentialFault
from gateway.identity.refusal import DETAILS, refused
from gateway.identity.secret import Secret
from gateway.services.keys import IssuedKey

CANARY = "canary-3f1c0b7d-never-shown-" + "x" * 32


def printed(value: object) -> str:
    return f"{value}|{value!r}|{value!s}|{value:}|{[value]}|{ {'k': value} }|%s" % value


@given(number=st.integers(0, RANDOM_LIMIT - 1))
def test_a_key_is_printed_by_nothing_that_carries_it(number: int) -> None:
    key = spelled(number, is_test=False)
    text = key.reveal()
    presented = Presented(Form.KEY, key, "license", ("authorization",))

    carriers = [key, presented, refused(CredentialFault.KEY_UNKNOWN, presented)]

    for carrier in carriers:
        assert text not in printed(carrier)
        assert text[8:30] not in printed(carrier)


def test_a_pepper_is_printed_by_nothing_that_carries_it() -> None:
    pepper = Pepper.of(Secret(CANARY))

    for carrier in (pepper, Peppers(pepper), Peppers(pepper, (pepper,))):
        assert CANARY not in printed(carrier)


def test_an_issued_key_hides_the_key_and_its_hash() -> None:
    key = spelled(1, is_test=False)
    digest = hashed(key, Pepper.of(Secret(CANARY)))
    kept = ApiKey("key_1", "pty_1", "crawler", digest, "pep_1", "x7Qz", False, 100)

    shown = printed(IssuedKey(key, kept))

    assert key.reveal() not in shown
    assert kept.hash not in shown


def test_a_traceback_does_not_show_it() -> None:
    def fail(secret: Secret) -> None:
        message = f"something went wrong with {secret}"
        raise RuntimeError(message)

    with pytest.raises(RuntimeError) as caught:
        fail(Secret(CANARY))
    shown = "".join(
        traceback.TracebackException.from_exception(
            caught.value, capture_locals=True
        ).format()
    )

    assert CANARY not in shown


def test_it_does_not_leave_the_process_in_a_pickle() -> None:
    with pytest.raises(TypeError):
        pickle.dumps(Secret(CANARY))


def test_secrets_are_equal_by_their_text() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("ä") != Secret("a")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1


def test_every_fault_has_a_sentence_that_says_what_to_do() -> None:
    assert set(DETAILS) == set(CredentialFault)
    assert "typing error" in DETAILS[CredentialFault.KEY_CHECKSUM]


def test_no_refusal_promises_an_endpoint_that_is_not_there() -> None:
    assert [one for one in DETAILS.values() if "endpoint" in one] == []
    assert "ask the archive's contact" in DETAILS[CredentialFault.TOKEN_EXPIRED]


def test_no_refusal_speaks_to_a_customer_as_to_an_operator() -> None:
    """Who holds a key has no command line of ours, and knows no checksum."""
    told = " ".join(DETAILS.values())
    for word in ("copyfair", "`", "checksum"):
        assert word not in told


def test_a_mistyped_key_is_told_so() -> None:
    text = spelled(5, is_test=False).reveal()
    mistyped = Secret(text[:-1] + ("0" if text[-1] != "0" else "1"))
    fault = spelling_fault(mistyped)
    assert fault is not None

    answer = refused(fault, Presented(Form.KEY, mistyped, "basic", ("authorization",)))

    assert answer.fault is CredentialFault.KEY_CHECKSUM
    assert "typing error" in answer.detail
    assert (answer.scheme, answer.fields) == ("basic", ("authorization",))


def test_secrets_of_bytes_that_are_no_text_are_compared_like_others() -> None:
    assert Secret("cg_live_\udcff") == Secret("cg_live_\udcff")
    assert Secret("cg_live_\udcff") != Secret("cg_live_\udcfe")
    assert Secret("cg_live_\ud800") != Secret("cg_live_")
