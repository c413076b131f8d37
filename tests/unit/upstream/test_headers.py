"""gateway.upstream.headers: what stops here, in either direction."""

from __future__ import annotations

import pytest

from gateway.kernel.request import Headers
from gateway.upstream.headers import nominated, our_fields, passed_fields

Field = tuple[str, str]
NOTHING: frozenset[str] = frozenset()


def passed(
    *fields: Field, consumed: frozenset[str] = NOTHING, may_override: bool = False
) -> list[Field]:
    return list(
        passed_fields(Headers(fields), consumed=consumed, may_override=may_override)
    )


@pytest.mark.parametrize(
    "name",
    [
        "Connection",
        "Keep-Alive",
        "TE",
        "Transfer-Encoding",
        "transfer_encoding",
        "Upgrade",
        "Proxy-Authorization",
        "PROXY_AUTHORIZATION",
        "Host",
        "Content-Length",
        "X_Forwarded_Host",
        "X-Forwarded_For",
        "Copyfair-Party",
        "COPYFAIR_PARTY",
        "X-Copyfair-Anything",
        "X_COPYFAIR_ANYTHING",
        "X-HTTP-Method-Override",
    ],
)
def test_it_stops_here_in_every_spelling(name: str) -> None:
    assert not passed((name, "x"))


@pytest.mark.parametrize(
    "name", ["Accept", "Authorization", "Cookie", "Range", "X_Custom", "Copyfairy"]
)
def test_everything_else_passes(name: str) -> None:
    assert passed((name, "x")) == [(name, "x")]


def test_a_form_may_still_say_which_method_it_means() -> None:
    field = ("X-HTTP-Method-Override", "PUT")

    assert passed(field, may_override=True) == [field]
    assert not passed(field)


def test_repeated_fields_keep_their_order() -> None:
    fields = [("X-A", "1"), ("X-B", "2"), ("x-a", "3")]

    assert passed(*fields) == fields


def test_a_consumed_credential_stops_here() -> None:
    fields = [("X-Api-Key", "cg_live_x"), ("X_Api_Key", "cg_live_x")]

    assert not passed(*fields, consumed=frozenset(("x-api-key",)))
    assert passed(*fields) == fields


def test_an_ipv6_address_is_quoted_where_it_must_be() -> None:
    sent = dict(our_fields("2001:db8::7", "https", "a.example:8443"))

    assert sent["X-Forwarded-For"] == "2001:db8::7"
    assert sent["Forwarded"] == (
        'for="[2001:db8::7]";proto=https;host="a.example:8443"'
    )


def test_connection_names_fields_in_any_case() -> None:
    assert nominated(["close, X-A", " x-b ,,"]) == {"close", "x-a", "x-b"}
