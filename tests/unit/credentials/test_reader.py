"""gateway.credentials.reader: ours is recognised, everything else passes."""

from __future__ import annotations

import base64
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.credentials.reader import Reader, leaked_key, read
from gateway.identity.api_key import RANDOM_LIMIT, spelled
from gateway.identity.presented import Form, Presented
from gateway.kernel.request import Headers

ISSUER = "https://archive.example"
KEY = spelled(1, is_test=False).reveal()
OTHER = spelled(2, is_test=True).reveal()


def basic(user: str, password: str) -> str:
    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def encoded(value: object) -> str:
    text = value if isinstance(value, str) else json.dumps(value)
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


def a_jwt(issuer: object = ISSUER) -> str:
    return f"{encoded({'alg': 'EdDSA'})}.{encoded({'iss': issuer})}.c2ln"


def shown(*pairs: tuple[str, str]) -> Presented | None:
    return read(Headers(pairs), ISSUER)


@pytest.mark.parametrize(
    ("field", "value", "scheme"),
    [
        ("Authorization", f"License {KEY}", "license"),
        ("authorization", f"LICENSE   {KEY} ", "license"),
        ("Authorization", f"Bearer {KEY}", "bearer"),
        ("Authorization", basic("git", KEY), "basic"),
        ("Authorization", basic("", KEY), "basic"),
        ("Authorization", basic("anybody at all", KEY), "basic"),
        ("Authorization", basic(KEY, ""), "basic"),
        ("Authorization", basic(KEY, "x-oauth-basic"), "basic"),
        ("Authorization", basic(KEY, KEY), "basic"),
        ("X-Api-Key", KEY, "x-api-key"),
        ("x-api-key", f" {KEY} ", "x-api-key"),
    ],
)
def test_a_key_is_found_wherever_it_may_be_shown(
    field: str, value: str, scheme: str
) -> None:
    found = shown(("Accept", "*/*"), (field, value))

    assert found is not None
    assert (found.form, found.scheme) == (Form.KEY, scheme)
    assert found.secret.reveal() == KEY
    assert found.fields == (field.lower(),)
    assert not found.is_ambiguous


@pytest.mark.parametrize("value", [f"Bearer {a_jwt()}", f"License {a_jwt()}"])
def test_a_token_of_our_issuer_is_ours(value: str) -> None:
    found = shown(("Authorization", value))

    assert found is not None
    assert (found.form, found.secret.reveal()) == (Form.TOKEN, a_jwt())


@pytest.mark.parametrize("rest", ["", " ", " anything", f" {a_jwt('https://else')}"])
def test_whatever_stands_behind_license_is_ours(rest: str) -> None:
    found = shown(("Authorization", f"License{rest}"))

    assert found is not None
    assert found.form is Form.TOKEN


@pytest.mark.parametrize("value", ["cg_", "cg_live_short", "cg_unheard_of"])
def test_the_prefix_alone_makes_it_ours(value: str) -> None:
    found = shown(("X-Api-Key", value))

    assert found is not None
    assert found.form is Form.KEY


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("Authorization", ""),
        ("Authorization", "Bearer"),
        ("Authorization", "Bearer ghp_0123456789"),
        ("Authorization", f"Bearer {a_jwt('https://another.example')}"),
        ("Authorization", f"Bearer {a_jwt(ISSUER + '/')}"),
        ("Authorization", f"Bearer {a_jwt(ISSUER.upper())}"),
        ("Authorization", f"Bearer {a_jwt([ISSUER])}"),
        ("Authorization", f"Bearer {a_jwt(None)}"),
        ("Authorization", "Bearer a.b.c"),
        ("Authorization", "Bearer a.%%%.c"),
        ("Authorization", f"Bearer a.{encoded('[' * 50_000)}.c"),
        ("Authorization", f"Bearer a.{encoded('[1]')}.c"),
        ("Authorization", f"Bearer a.{encoded('9' * 9_000)}.c"),
        ("Authorization", basic("ada", "hunter2")),
        ("Authorization", basic("cg_ada", "hunter2")),
        ("Authorization", "Basic not*base64"),
        ("Authorization", "Basic /w=="),
        ("Authorization", "Basic"),
        ("Authorization", f"Digest {KEY}"),
        ("Authorization", f"Negotiate {KEY}"),
        ("Authorization", KEY),
        ("Proxy-Authorization", f"Bearer {KEY}"),
        ("X-Api-Key", "sk_live_0123"),
        ("X_Api_Key", KEY),
        ("Cookie", f"key={KEY}"),
    ],
)
def test_everything_else_belongs_to_the_upstream(field: str, value: str) -> None:
    assert shown((field, value)) is None


def test_only_the_field_that_is_ours_is_consumed() -> None:
    found = shown(("Authorization", "Bearer theirs"), ("X-Api-Key", KEY))

    assert found is not None
    assert found.fields == ("x-api-key",)
    assert not found.is_ambiguous


def test_the_same_key_twice_is_one_key() -> None:
    found = shown(("X-Api-Key", KEY), ("Authorization", f"Bearer {KEY}"))

    assert found is not None
    assert not found.is_ambiguous
    assert set(found.fields) == {"authorization", "x-api-key"}


@pytest.mark.parametrize(
    "pairs",
    [
        [("Authorization", f"Bearer {KEY}"), ("X-Api-Key", OTHER)],
        [("Authorization", f"License {a_jwt()}"), ("X-Api-Key", KEY)],
        [("Authorization", f"Bearer {KEY}"), ("Authorization", f"Bearer {OTHER}")],
        [("Authorization", f"Bearer {KEY}"), ("Authorization", "Bearer theirs")],
        [("Authorization", "Bearer theirs"), ("Authorization", f"Bearer {KEY}")],
        [("X-Api-Key", KEY), ("X-Api-Key", "theirs")],
        [("X-Api-Key", KEY), ("Authorization", "License cg_test_\udcff")],
        [("Authorization", basic(OTHER, KEY))],
    ],
)
def test_which_of_two_is_meant_is_not_guessed(pairs: list[tuple[str, str]]) -> None:
    found = shown(*pairs)

    assert found is not None
    assert found.is_ambiguous


def test_a_repeated_field_of_somebody_else_is_none_of_our_business() -> None:
    assert shown(("Authorization", "Bearer a"), ("Authorization", "Bearer b")) is None


@given(
    pairs=st.lists(
        st.tuples(
            st.sampled_from(["Authorization", "X-Api-Key", "Cookie"]),
            st.one_of(
                st.text(max_size=60),
                st.text(max_size=60).map(lambda rest: f"Bearer {rest}"),
                st.binary(max_size=60).map(
                    lambda raw: f"Basic {base64.b64encode(raw).decode()}"
                ),
                st.text(max_size=40).map(lambda text: f"Bearer a.{encoded(text)}.c"),
            ),
        ),
        max_size=4,
    )
)
def test_no_header_whatsoever_makes_it_fail(pairs: list[tuple[str, str]]) -> None:
    found = Reader(ISSUER)(Headers(pairs))

    assert found is None or found.fields


@given(number=st.integers(0, RANDOM_LIMIT - 1))
def test_a_key_in_an_address_is_noticed_and_never_accepted(number: int) -> None:
    key = spelled(number, is_test=False).reveal()

    assert leaked_key(f"/registers/{key}/1742") == f"cg_live_…{key[-4:]}"

    assert leaked_key(f"q=1&api_key={key}") == f"cg_live_…{key[-4:]}"
    assert leaked_key(f"q=1&api_key={key.replace('_', '%5F')}") is not None
    assert key not in str(leaked_key(f"key={key}"))


@pytest.mark.parametrize(
    "target",
    [
        "/",
        "/?q=cg",
        "/cg_?q=cg_",
        "/a?page=2&x=%41",
        "/a?q=cg_live",
        f"/docs/{KEY[:-1]}",
        f"/docs/cg_live_{'a' * 36}",
    ],
)
def test_an_ordinary_address_leaks_nothing(target: str) -> None:
    assert leaked_key(target) is None
