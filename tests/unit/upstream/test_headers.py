"""gateway.upstream.headers: what stops here, in either direction."""

from __future__ import annotations

import pytest

from gateway.kernel.errors import UpstreamFailed
from gateway.kernel.request import Headers, Request
from gateway.upstream.headers import nominated, request_fields, response_fields


def asked(
    *fields: tuple[str, str], method: str = "GET", ip: str = "192.0.2.7"
) -> Request:
    return Request(
        "req_1",
        method,
        "https",
        "a.example",
        "a.example:8443",
        "/",
        "/",
        headers=Headers(fields),
        client_ip=ip,
    )


def names(*fields: tuple[str, str], method: str = "GET") -> list[str]:
    sent = request_fields(
        asked(*fields, method=method), host="a.example", consumed=frozenset()
    )
    return [name.lower() for name, _ in sent]


OURS = [
    "host",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
    "forwarded",
    "via",
]


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
    assert names((name, "x")) == OURS


@pytest.mark.parametrize(
    "name", ["Accept", "Authorization", "Cookie", "Range", "X_Custom", "Copyfairy"]
)
def test_everything_else_passes(name: str) -> None:
    assert name.lower() in names((name, "x"))


def test_a_form_may_still_say_which_method_it_means() -> None:
    assert "x-http-method-override" in names(
        ("X-HTTP-Method-Override", "PUT"), method="POST"
    )


def test_repeated_fields_keep_their_order() -> None:
    sent = request_fields(
        asked(("X-A", "1"), ("X-B", "2"), ("x-a", "3")),
        host="h",
        consumed=frozenset(),
    )

    assert sent[1:4] == [("X-A", "1"), ("X-B", "2"), ("x-a", "3")]


def test_a_consumed_credential_stops_here() -> None:
    sent = request_fields(
        asked(("X-Api-Key", "cg_live_x"), ("X_Api_Key", "cg_live_x")),
        host="h",
        consumed=frozenset(("x-api-key",)),
    )

    assert not any(value == "cg_live_x" for _, value in sent)


def test_an_ipv6_address_is_quoted_where_it_must_be() -> None:
    sent = dict(request_fields(asked(ip="2001:db8::7"), host="h", consumed=frozenset()))

    assert sent["X-Forwarded-For"] == "2001:db8::7"
    assert sent["Forwarded"] == (
        'for="[2001:db8::7]";proto=https;host="a.example:8443"'
    )


def test_connection_names_fields_in_any_case() -> None:
    assert nominated(["close, X-A", " x-b ,,"]) == {"close", "x-a", "x-b"}


def test_an_answers_end_to_end_fields_pass_in_order() -> None:
    fields = [("Set-Cookie", "a"), ("ETag", '"x"'), ("Set-Cookie", "b")]

    assert response_fields([*fields, ("Connection", "ETag2"), ("ETag2", "y")]) == tuple(
        fields
    )


@pytest.mark.parametrize(
    ("name", "value"),
    [("X A", "b"), ("", "b"), ("X-A", "b\rc"), ("X-A", "b\x00"), ("X:A", "b")],
)
def test_a_field_that_could_end_the_head_fails_the_answer(
    name: str, value: str
) -> None:
    with pytest.raises(UpstreamFailed):
        response_fields([(name, value)])
