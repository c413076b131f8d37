"""gateway.upstream.request_head: the bytes that go to an upstream."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Headers, Request
from gateway.upstream.order import Order
from gateway.upstream.origin import origin_of
from gateway.upstream.request_head import RequestHeads

ORIGIN = origin_of("http://10.0.0.2:8080/base/")
FIELDS = (("Host", "a.example"), ("X-A", "caf\udce9"), ("Cookie", "s=1"))


async def nothing() -> AsyncIterator[bytes]:
    for _ in range(0):
        yield b""


def order(
    *fields: tuple[str, str],
    method: str = "GET",
    target: str = "/a?",
    body_bytes: int | None = None,
    has_body: bool = False,
    upgrade: str = "",
    client_ip: str = "192.0.2.7",
) -> Order:
    asked = Request(
        "req_1",
        method,
        "https",
        "a.example",
        "a.example:8443",
        target,
        target,
        headers=Headers(fields),
        client_ip=client_ip,
    )
    return Order(
        asked,
        "archive",
        target,
        body=nothing() if has_body else None,
        body_bytes=body_bytes,
        upgrade=upgrade,
    )


def head(one: Order, *, is_last: bool = False, preserve_host: bool = True) -> bytes:
    heads = RequestHeads(preserve_host=preserve_host)
    return heads.bytes_of(one, ORIGIN, is_last=is_last)


def test_a_head_is_these_bytes() -> None:
    assert head(order(*FIELDS)) == (
        b"GET /base/a? HTTP/1.1\r\nHost: a.example:8443\r\n"
        b"X-Forwarded-For: 192.0.2.7\r\nX-Forwarded-Proto: https\r\n"
        b"X-Forwarded-Host: a.example:8443\r\n"
        b'Forwarded: for=192.0.2.7;proto=https;host="a.example:8443"\r\n'
        b"Via: 1.1 copyfair\r\nX-A: caf\xe9\r\nCookie: s=1\r\n\r\n"
    )


def test_the_host_may_be_the_upstreams_own() -> None:
    assert b"\r\nHost: 10.0.0.2:8080\r\n" in head(order(), preserve_host=False)


def test_bytes_beyond_utf8_in_the_target_pass_unchanged() -> None:
    assert head(order(target="/caf\udce9")).startswith(
        b"GET /base/caf\xe9 HTTP/1.1\r\n"
    )


@pytest.mark.parametrize(
    ("one", "ending"),
    [
        (order(method="DELETE"), b"Connection: close\r\n\r\n"),
        (order(method="POST"), b"Connection: close\r\nContent-Length: 0\r\n\r\n"),
        (
            order(method="PUT", has_body=True, body_bytes=7),
            b"Connection: close\r\nContent-Length: 7\r\n\r\n",
        ),
        (
            order(method="PUT", has_body=True),
            b"Connection: close\r\nTransfer-Encoding: chunked\r\n\r\n",
        ),
        (
            order(("Sec-WebSocket-Key", "x"), upgrade="websocket"),
            b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
        ),
    ],
)
def test_the_framing_is_ours_to_say(one: Order, ending: bytes) -> None:
    assert head(one, is_last=True).endswith(b"\r\n" + ending)


@pytest.mark.parametrize(
    "one",
    [
        order(target="/a b"),
        order(target="/a\r\nX-A: b"),
        order(target="/a\x00"),
        order(method="GET /x"),
        order(("X-A", "b\r\nX-B: c")),
        order(("X-A", "b\nc")),
        order(("X-A\r\nX-B", "c")),
        order(("X-A", "b\x00")),
        order(client_ip="192.0.2.7\r\nX-A: b"),
    ],
)
def test_what_could_end_a_line_early_is_refused(one: Order) -> None:
    with pytest.raises(InvalidValue):
        head(one)


def test_what_is_kept_of_one_request_is_never_anothers() -> None:
    heads = RequestHeads()
    mine, theirs = order(("X-A", "1")), order(("X-A", "2"))
    consumed = Order(mine.asked, "archive", "/", consumed=frozenset(("x-a",)))
    override = (("X-HTTP-Method-Override", "PUT"),)

    def sent(one: Order) -> bytes:
        return heads.bytes_of(one, ORIGIN, is_last=False)

    for _ in range(2):
        assert b"X-A: 1" in sent(mine)
        assert b"X-A: 2" in sent(theirs)
        assert b"X-A" not in sent(consumed)
        assert b"Override" in sent(order(*override, method="POST"))
        assert b"Override" not in sent(order(*override))


def test_what_is_kept_goes_with_the_fields_it_was_rendered_from() -> None:
    heads, mine = RequestHeads(), order(("X-A", "1"))

    heads.bytes_of(mine, ORIGIN, is_last=False)
    ((_, _, lines),) = mine.asked.headers.memo.values()
    heads.bytes_of(mine, ORIGIN, is_last=False)
    ((_, _, again),) = mine.asked.headers.memo.values()

    assert lines == b"X-A: 1\r\n"
    assert again is lines
