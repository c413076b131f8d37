"""Requests that were well-formed, and what became of them by chance.

Deterministic by seed. Some stay what they were, some become another well-formed
request, most become neither; what matters is that whatever is passed on from them
means one thing.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator

Mutation = Callable[[bytes, random.Random], bytes]

CRLF = b"\r\n"
MUTATIONS_MAX = 3
# No body holds the name of a resource but in a place where bodies are cut wrongly.
BODY = b"0\r\n\r\nGET /inner HTTP/1.1\r\nHost: archive.example\r\n\r\n"
PLAIN = (
    b"GET /a/b?c=d HTTP/1.1\r\nHost: archive.example\r\nCookie: a=b; c=d\r\n\r\n",
    b"HEAD /a HTTP/1.1\r\nHost: archive.example\r\nRange: bytes=0-9\r\n\r\n",
    b"OPTIONS /a HTTP/1.1\r\nHost: archive.example\r\nOrigin: http://b.example\r\n\r\n",
    b"DELETE /a HTTP/1.1\r\nHost: archive.example\r\nIf-Match: *\r\n\r\n",
    b"GET http://archive.example/a HTTP/1.1\r\nHost: archive.example\r\n\r\n",
    b"GET /a HTTP/1.0\r\nHost: archive.example\r\nConnection: keep-alive\r\n\r\n",
)
ASKED = b"POST /a HTTP/1.1\r\nHost: archive.example\r\n"
SIZED = ASKED + b"Content-Length: %d\r\nX-A: b\r\n\r\n%b" % (len(BODY), BODY)
CHUNKED = (
    ASKED + b"Transfer-Encoding: chunked\r\n\r\n"
    b"%x\r\n%b\r\n3;a=b\r\nend\r\n0\r\n\r\n" % (len(BODY), BODY)
)
TRAILED = (
    ASKED + b"Transfer-Encoding: chunked\r\nTrailer: X-T\r\n\r\n"
    b"5\r\nhello\r\n0\r\nX-T: y\r\n\r\n"
)
EMPTY = ASKED + b"Content-Length: 0\r\n\r\n"
EXPECTING = ASKED + b"Expect: 100-continue\r\nContent-Length: 5\r\n\r\nhello"
BASES = (*PLAIN, SIZED, CHUNKED, TRAILED, EMPTY, EXPECTING)
LINES = (
    b"Content-Length: 5",
    b"Content-Length: 0",
    b"Content-Length: 49",
    b"content-length:49",
    b"Content-Length: 0x31",
    b"Content-Length: 4 9",
    b"Content_Length: 5",
    b"Transfer-Encoding: chunked",
    b"transfer-encoding:\tCHUNKED",
    b"Transfer-Encoding: identity",
    b"Transfer-Encoding: chunked, identity",
    b"Transfer_Encoding: chunked",
    b"Transfer-Encoding : chunked",
    b" Transfer-Encoding: chunked",
    b"TE: trailers",
    b"Connection: close",
    b"Connection: keep-alive, Host, Content-Length, Transfer-Encoding",
    b"Connection: upgrade",
    b"Upgrade: h2c",
    b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA",
    b"Expect: 100-continue",
    b"Host: other.example",
    b"X-Forwarded-For: 10.0.0.1",
    b"X-Original-URL: /inner",
    b"X-HTTP-Method-Override: DELETE",
    b"Proxy-Connection: keep-alive",
    b"Keep-Alive: timeout=5",
    b"Trailer: Content-Length",
    b"X-Empty:",
    b"X-Bytes: \xe9\xff",
    b"X-Tab:\ta\tb\t",
    b": nameless",
    b"nocolon",
    b'X-Quote: "a, b"',
    b"X-Long: " + b"l" * 3_000,
)
PIECES = (
    *(
        b"\r",
        b"\n",
        b"\r\n",
        b"\r\n\r\n",
        b"\n\n",
        b"\r\r\n",
        b"\x00",
        b"\x0b",
        b"\x0c",
    ),
    *(b" ", b"  ", b"\t", b"\xa0", b"\xff", b"\x7f", b":", b";", b",", b"0", b"%0d%0a"),
    *(b"\r\n ", b"\r\n\t", b"\\", b'"', b"#", b"?", b"HTTP/1.1", b"\x1a", b"\x85"),
)
VERSIONS = (b"1.1", b"1.0", b"1.01", b"2.0", b"0.9", b"1.2", b"11.1", b"1.1 ", b"1,1")
METHODS = (b"GET", b"POST", b"get", b"PATCH", b"PRI", b"CONNECT", b"TRACE", b"G@T", b"")


def _line_added(request: bytes, chance: random.Random) -> bytes:
    head, end, body = request.partition(b"\r\n\r\n")
    lines = head.split(CRLF)
    lines.insert(chance.randint(1, len(lines)), chance.choice(LINES))
    return CRLF.join(lines) + end + body


def _line_doubled(request: bytes, chance: random.Random) -> bytes:
    head, end, body = request.partition(b"\r\n\r\n")
    lines = head.split(CRLF)
    lines.insert(chance.randint(1, len(lines)), chance.choice(lines))
    return CRLF.join(lines) + end + body


def _line_dropped(request: bytes, chance: random.Random) -> bytes:
    head, end, body = request.partition(b"\r\n\r\n")
    lines = head.split(CRLF)
    del lines[chance.randrange(len(lines))]
    return CRLF.join(lines) + end + body


def _piece_added(request: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(request))
    return request[:at] + chance.choice(PIECES) + request[at:]


def _byte_dropped(request: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(request) - 1) if request else 0
    return request[:at] + request[at + 1 :]


def _byte_changed(request: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(request) - 1) if request else 0
    return request[:at] + bytes([chance.randrange(256)]) + request[at + 1 :]


def _case_changed(request: bytes, chance: random.Random) -> bytes:
    at = chance.randint(0, len(request))
    return request[:at] + request[at : at + 12].swapcase() + request[at + 12 :]


def _break_changed(request: bytes, chance: random.Random) -> bytes:
    parts = request.split(CRLF)
    at = chance.randint(1, max(1, len(parts) - 1))
    other = chance.choice((b"\n", b"\r", b"\r\r\n", b"\n\r", b" \r\n", b"\r\n\r\n"))
    return CRLF.join(parts[:at]) + other + CRLF.join(parts[at:])


def _version_changed(request: bytes, chance: random.Random) -> bytes:
    return request.replace(b"HTTP/1.1", b"HTTP/" + chance.choice(VERSIONS), 1)


def _method_changed(request: bytes, chance: random.Random) -> bytes:
    _, blank, rest = request.partition(b" ")
    return chance.choice(METHODS) + blank + rest


def _cut(request: bytes, chance: random.Random) -> bytes:
    return request[: chance.randint(0, len(request))]


def _another_behind(request: bytes, chance: random.Random) -> bytes:
    return request + chance.choice((b"", CRLF, b"x")) + chance.choice(BASES)


MUTATIONS: tuple[Mutation, ...] = (
    _line_added,
    _line_added,
    _line_added,
    _line_doubled,
    _line_dropped,
    _piece_added,
    _piece_added,
    _byte_dropped,
    _byte_changed,
    _case_changed,
    _break_changed,
    _version_changed,
    _method_changed,
    _cut,
    _another_behind,
)


def mutated(number: int, seed: int) -> Iterator[bytes]:
    """So many requests."""
    chance = random.Random(seed)
    for _ in range(number):
        request = chance.choice(BASES)
        for _ in range(chance.randint(0, MUTATIONS_MAX)):
            request = chance.choice(MUTATIONS)(request, chance)
        yield request
