"""What arrives at the upstream, captured raw: one request, and nothing forged."""

from __future__ import annotations

from ipaddress import ip_network

import pytest

from tests.integration.proxy.origins import raw_origin, says
from tests.integration.proxy.standing import (
    exchanged,
    gateway,
    request_bytes,
    status_of,
)

FORGED = (
    "Copyfair-Party: pty_1",
    "copyfair_party: pty_1",
    "X-Copyfair-Licence: yes",
    "X_Copyfair_Licence: yes",
    "X-Real-IP: 192.0.2.9",
    "X_Real_IP: 192.0.2.9",
    "X-Original-URL: /admin",
    "X-Rewrite-Url: /admin",
    "X-Forwarded-Prefix: /admin",
    "Content_Length: 99",
    "Transfer_Encoding: chunked",
    "X-HTTP-Method-Override: DELETE",
    "Proxy-Authorization: Basic eA==",
    "Proxy-Connection: keep-alive",
    "Keep-Alive: timeout=5",
    "TE: trailers",
    "HTTP2-Settings: AAMAAABkAAQAoAAAAAIAAAAA",
    "Upgrade: h2c",
)


@pytest.mark.parametrize("forged", FORGED)
async def test_a_field_that_is_not_the_clients_to_say_stops_here(forged: str) -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request_bytes("/", forged))

    assert status_of(answer) == 200
    assert len(origin.heads) == 1
    assert forged.partition(":")[0].lower() not in origin.names()


@pytest.mark.parametrize(
    ("sent", "name", "expected"),
    [
        ("X-Forwarded-For: 192.0.2.9", "x-forwarded-for", ["127.0.0.1"]),
        ("X_Forwarded_For: 192.0.2.9", "x_forwarded_for", []),
        ("x-forwarded-proto: https", "x-forwarded-proto", ["http"]),
        ("X-Forwarded-Host: evil.example", "x-forwarded-host", ["archive.example"]),
        (
            "Forwarded: for=192.0.2.9",
            "forwarded",
            ['for=127.0.0.1;proto=http;host="archive.example"'],
        ),
    ],
)
async def test_what_we_say_about_the_client_is_said_once(
    sent: str, name: str, expected: list[str]
) -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        await exchanged(standing.port, request_bytes("/", sent, sent))

    assert origin.field(name) == expected


async def test_a_trusted_front_is_believed_and_nobody_else() -> None:
    sent = ("X-Forwarded-For: 192.0.2.9", "X-Forwarded-Proto: https")
    async with raw_origin() as origin:
        trusted = [ip_network("127.0.0.0/8")]
        async with gateway(origin.url, trusted=trusted) as standing:
            await exchanged(standing.port, request_bytes("/", *sent))
        async with gateway(origin.url) as standing:
            await exchanged(standing.port, request_bytes("/", *sent))

        assert origin.field("x-forwarded-for", 0) == ["192.0.2.9"]
        assert origin.field("x-forwarded-proto", 0) == ["https"]
        assert origin.field("x-forwarded-for", 1) == ["127.0.0.1"]


async def test_a_field_named_by_connection_stops_here() -> None:
    request = (
        b"GET / HTTP/1.1\r\nHost: archive.example\r\nConnection: close, X-Secret\r\n"
        b"X-Secret: 1\r\nX-Kept: 2\r\n\r\n"
    )
    async with raw_origin() as origin, gateway(origin.url) as standing:
        await exchanged(standing.port, request)

    assert "x-secret" not in origin.names()
    assert origin.field("x-kept") == ["2"]


async def test_a_client_cannot_have_our_own_fields_removed() -> None:
    request = (
        b"GET / HTTP/1.1\r\nHost: archive.example\r\n"
        b"Connection: close, X-Forwarded-For, Host, Via\r\n\r\n"
    )
    async with raw_origin() as origin, gateway(origin.url) as standing:
        await exchanged(standing.port, request)

    assert origin.field("x-forwarded-for") == ["127.0.0.1"]
    assert origin.field("host") == ["archive.example"]
    assert origin.field("via") == ["1.1 copyfair"]


@pytest.mark.parametrize(
    ("field", "arrives"),
    [
        ("Authorization: License abc", False),
        ("Authorization: Bearer cg_live_x", False),
        ("Authorization: Basic dXNlcjpwdw==", True),
        ("Cookie: session=1", True),
    ],
)
async def test_our_credential_stops_here_and_others_pass(
    field: str, *, arrives: bool
) -> None:
    async with raw_origin() as origin, gateway(origin.url) as standing:
        await exchanged(standing.port, request_bytes("/", field))

    assert (field.partition(":")[0].lower() in origin.names()) is arrives


async def test_hop_by_hop_fields_of_an_answer_stop_here() -> None:
    script = says(
        b"HTTP/1.1 200 OK\r\nConnection: close, X-Internal\r\nX-Internal: 1\r\n"
        b"Keep-Alive: timeout=5\r\nProxy-Authenticate: Basic\r\nUpgrade: h2c\r\n"
        b"X-Kept: 2\r\nSet-Cookie: a=1\r\nSet-Cookie: b=2\r\nContent-Length: 0\r\n\r\n"
    )
    async with raw_origin(script) as origin, gateway(origin.url) as standing:
        answer = (await exchanged(standing.port, request_bytes())).lower()

    for name in (b"x-internal", b"keep-alive", b"proxy-authenticate", b"upgrade"):
        assert b"\r\n" + name + b":" not in answer
    assert b"\r\nx-kept: 2\r\n" in answer
    assert answer.count(b"\r\nset-cookie: ") == 2


SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: archive.example\r\n\r\n"


@pytest.mark.parametrize(
    "request_head",
    [
        b"Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n0\r\n\r\n",
        b"Content-Length: 0\r\nContent-Length: 50\r\n\r\n",
        b"Transfer-Encoding: xchunked\r\n\r\n",
        b"Transfer-Encoding : chunked\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n",
        b"Transfer-Encoding:\r\n\r\n",
        b"Content-Length: 0,0\r\n\r\n",
        b"X: y\rContent-Length: 50\r\n\r\n",
        b"Host: other.example\r\n\r\n",
    ],
)
async def test_nothing_is_smuggled_behind_an_uncertain_end(request_head: bytes) -> None:
    request = b"POST / HTTP/1.1\r\nHost: archive.example\r\n" + request_head + SMUGGLED
    async with raw_origin() as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request)

    assert status_of(answer) == 400
    assert answer.count(b"HTTP/1.1 ") == 1
    assert not origin.heads


async def test_a_body_that_nobody_reads_is_never_the_next_request() -> None:
    request = (
        b"POST /license.xml HTTP/1.1\r\nHost: archive.example\r\nContent-Length: %d"
        b"\r\nConnection: close\r\n\r\n%b" % (len(SMUGGLED), SMUGGLED)
    )
    async with raw_origin() as origin, gateway(origin.url) as standing:
        answer = await exchanged(standing.port, request)

    assert answer.count(b"HTTP/1.1 ") == 1
    assert not origin.heads
