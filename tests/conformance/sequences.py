"""Conversations of several steps that have desynchronised proxies, and their ends.

Each says what is sent and when, what the client must see, and which requests the
upstream must have got: those, and no other. `/smuggled` must never be one of them.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from enum import Enum

from tests.conformance.capture import said, saying
from tests.integration.proxy.origins import Script

HOST = b"Host: archive.example\r\n"
SMUGGLED = b"GET /smuggled HTTP/1.1\r\nHost: archive.example\r\n\r\n"
CHUNKED = b"Transfer-Encoding: chunked\r\n"
SOCKET = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"


REST_S = 0.1
SWITCHED = (
    b"HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\n"
    b"Upgrade: websocket\r\n\r\n"
)


class Then(Enum):
    """What happens between two pieces of bytes."""

    PAUSE = "let the gateway and the upstream act on what they have"
    REST = "leave every connection alone for a while"
    ANSWER = "wait for the next final answer"
    CONTINUE = "wait for 100 Continue"
    ANEW = "go on with a new connection"


class End(Enum):
    """What becomes of the connection."""

    CLOSED = "the gateway closes it"
    OPEN = "it serves another request, which gets its own answer"
    EITHER = "one of the two"


@dataclass(frozen=True, slots=True)
class Sequence:
    """One conversation.

    Attributes:
        name: As a test id.
        steps: Bytes to send, and what to wait for between them.
        sees: Final answers in order: a status, and the body where the upstream
            made it. Several spellings where the standard leaves a choice.
        arrives: What the upstream gets, as `METHOD target body`, in any order.
        end: What becomes of the connection.
        upstream: How the upstream answers.
        is_early: The upstream answers at the head, and reads no body.
        may_be_refused: 400, a close and nothing upstream is as good an end.
    """

    name: str
    steps: tuple[bytes | Then, ...]
    sees: tuple[str | tuple[str, ...], ...]
    arrives: tuple[str, ...] = ()
    end: End = End.CLOSED
    upstream: Script = said
    is_early: bool = False
    may_be_refused: bool = False


def post(target: bytes, *fields: bytes, body: bytes = b"") -> bytes:
    lines = b"".join(line + b"\r\n" for line in fields)
    return b"POST %b HTTP/1.1\r\n%b%b\r\n%b" % (target, HOST, lines, body)


def get(target: bytes, *fields: bytes) -> bytes:
    lines = b"".join(line + b"\r\n" for line in fields)
    return b"GET %b HTTP/1.1\r\n%b%b\r\n" % (target, HOST, lines)


def sized(body: bytes) -> bytes:
    return b"Content-Length: %d" % len(body)


async def _hasty(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Takes the body of a POST for a request of its own, and answers both at once."""
    if head.startswith(b"POST "):
        writer.write(saying(b"POST") + saying(b"poison"))
        return True
    return await said(head, _reader, writer)


async def _bodied_head(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Sends a body where a HEAD asked for none."""
    if head.startswith(b"HEAD "):
        writer.write(saying(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\npoison"))
        return True
    return await said(head, _reader, writer)


async def _chatty(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Says several interim answers before each final one."""
    writer.write(b"HTTP/1.1 100 Continue\r\n\r\n" * 3)
    writer.write(b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n")
    return await said(head, _reader, writer)


async def _early(
    head: bytes, reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Answers as soon as the head is there, and leaves."""
    writer.write(saying(b"early", status=b"413 Content Too Large"))
    return False


async def _late_extra(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Answers once more, unasked, while the connection rests."""
    await said(head, _reader, writer)
    if head.startswith(b"GET /a "):
        await asyncio.sleep(REST_S / 2)
        writer.write(saying(b"poison"))
    return True


async def _switching(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Switches protocols where nobody asked for it."""
    if head.startswith(b"GET /a "):
        writer.write(SWITCHED)
        return True
    return await said(head, _reader, writer)


async def _two_lengths(
    head: bytes, _reader: asyncio.StreamReader, writer: asyncio.StreamWriter
) -> bool:
    """Frames an answer in two ways at once."""
    if head.startswith(b"GET /two "):
        fields = b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n"
        writer.write(b"HTTP/1.1 200 OK\r\n%b\r\n0\r\n\r\n" % fields + saying(b"poison"))
        return True
    return await said(head, _reader, writer)


def _framed_twice() -> tuple[Sequence, ...]:
    """CL.TE, TE.CL, TE.TE and their relatives: nothing may pass."""
    inside = b"0\r\n\r\n" + SMUGGLED
    chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    both = {
        "cl-te": (sized(inside), b"Transfer-Encoding: chunked"),
        "te-cl": (b"Transfer-Encoding: chunked", b"Content-Length: 4"),
        "te-te-second-unknown": (
            b"Transfer-Encoding: chunked",
            b"Transfer-Encoding: x",
        ),
        "te-te-first-unknown": (b"Transfer-Encoding: x", b"Transfer-Encoding: chunked"),
        "te-blank-before-colon": (sized(inside), b"Transfer-Encoding : chunked"),
        "te-vertical-tab": (sized(inside), b"Transfer-Encoding: \x0bchunked"),
        "te-folded": (sized(inside), b"Transfer-Encoding:\r\n chunked"),
        "te-behind-bare-lf": (sized(inside), b"X: y\nTransfer-Encoding: chunked"),
        "te-behind-bare-cr": (sized(inside), b"X: y\rTransfer-Encoding: chunked"),
        "cl-cl": (sized(inside), b"Content-Length: 0"),
        "cl-list": (b"Content-Length: 0, %d" % len(inside),),
        "cl-plus": (b"Content-Length: +%d" % len(inside),),
    }
    return tuple(
        Sequence(
            name,
            (
                post(b"/a", *fields, body=chunk if name == "te-cl" else inside),
                get(b"/next"),
            ),
            sees=("400",),
        )
        for name, fields in both.items()
    )


def _bodies_ignored() -> tuple[Sequence, ...]:
    """CL.0 and TE.0: an upstream that takes a body for the next request."""
    chunk = b"%x\r\n%b\r\n0\r\n\r\n" % (len(SMUGGLED), SMUGGLED)
    smuggled = SMUGGLED.decode()
    ways = {
        "cl-0": post(b"/a", sized(SMUGGLED), body=SMUGGLED),
        "te-0": post(b"/a", b"Transfer-Encoding: chunked", body=chunk),
    }
    return tuple(
        Sequence(
            name,
            (request, Then.ANSWER, Then.ANEW, get(b"/next")),
            sees=("200 POST", "200 GET /next"),
            arrives=(f"POST /a {smuggled}", "GET /next"),
            end=End.OPEN,
            upstream=_hasty,
        )
        for name, request in ways.items()
    )


def _paused() -> tuple[Sequence, ...]:
    """Requests that come in pieces, with time between them."""
    head = post(b"/a", sized(SMUGGLED))
    whole = (get(b"/slow", b"X: y"),)
    pieces = tuple(step for byte in whole[0] for step in (bytes([byte]), Then.PAUSE))
    return (
        Sequence(
            "head-byte-by-byte",
            pieces,
            sees=("200 GET /slow",),
            arrives=("GET /slow",),
            end=End.OPEN,
        ),
        Sequence(
            "pause-before-the-body",
            (head, Then.PAUSE, SMUGGLED),
            sees=("200 POST /a",),
            arrives=(f"POST /a {SMUGGLED.decode()}",),
            end=End.OPEN,
        ),
        Sequence(
            "pause-within-a-chunk",
            (
                post(b"/a", b"Transfer-Encoding: chunked", body=b"5\r\nhe"),
                Then.PAUSE,
                b"llo\r\n0\r",
                Then.PAUSE,
                b"\n\r\n",
            ),
            sees=("200 POST /a",),
            arrives=("POST /a hello",),
            end=End.OPEN,
        ),
    )


def _answered_early() -> tuple[Sequence, ...]:
    """Answers that come before the body: the rest of it stays a body."""
    head = post(b"/a", sized(SMUGGLED))
    expecting = post(b"/a", sized(SMUGGLED), b"Expect: 100-continue")
    return (
        Sequence(
            "early-answer-then-the-body",
            (head, Then.ANSWER, SMUGGLED),
            sees=(("413 early", "408"),),
            end=End.EITHER,
            upstream=_early,
            is_early=True,
        ),
        Sequence(
            "early-answer-half-a-body-before",
            (head + SMUGGLED[:9], Then.ANSWER, SMUGGLED[9:]),
            sees=("413 early",),
            end=End.EITHER,
            upstream=_early,
            is_early=True,
        ),
        Sequence(
            "expect-refused-upstream-then-the-body",
            (expecting, Then.ANSWER, SMUGGLED),
            sees=(("413 early", "408"),),
            end=End.EITHER,
            upstream=_early,
            is_early=True,
        ),
        Sequence(
            "expect-met",
            (expecting, Then.CONTINUE, SMUGGLED),
            sees=("200 POST /a",),
            arrives=(f"POST /a {SMUGGLED.decode()}",),
            end=End.OPEN,
        ),
        Sequence(
            "expect-not-waited-for",
            (expecting + SMUGGLED,),
            sees=("200 POST /a",),
            arrives=(f"POST /a {SMUGGLED.decode()}",),
            end=End.OPEN,
        ),
        Sequence(
            "expect-unknown",
            (post(b"/a", sized(SMUGGLED), b"Expect: 200-ok", body=SMUGGLED),),
            sees=("417",),
        ),
    )


def _pipelined() -> tuple[Sequence, ...]:
    """Several requests at once: answers in order, and each its own."""
    return (
        Sequence(
            "three-at-once",
            (get(b"/1") + get(b"/2") + get(b"/3"),),
            sees=("200 GET /1", "200 GET /2", "200 GET /3"),
            arrives=("GET /1", "GET /2", "GET /3"),
            end=End.OPEN,
        ),
        Sequence(
            "behind-a-body",
            (post(b"/1", b"Content-Length: 5", body=b"hello") + get(b"/2"),),
            sees=("200 POST /1", "200 GET /2"),
            arrives=("POST /1 hello", "GET /2"),
            end=End.OPEN,
        ),
        Sequence(
            "behind-a-refusal",
            (post(b"/1", b"Content-Length: five", body=b"hello") + SMUGGLED,),
            sees=("400",),
        ),
        Sequence(
            "behind-the-last",
            (get(b"/1", b"Connection: close") + SMUGGLED,),
            sees=("200 GET /1",),
            arrives=("GET /1",),
            may_be_refused=True,
        ),
        Sequence(
            "blank-lines-between",
            (get(b"/1") + b"\r\n" + get(b"/2"),),
            sees=("200 GET /1", ("200 GET /2", "400")),
            arrives=("GET /1", "GET /2"),
            end=End.EITHER,
        ),
    )


def _chunks() -> tuple[Sequence, ...]:
    """What chunks can carry beside their bytes."""
    bad = {
        "chunk-extension-bare-lf": b"5;a=b\nhello\r\n0\r\n\r\n",
        "chunk-extension-bare-cr": b"5;a\rb\r\nhello\r\n0\r\n\r\n",
        "chunk-size-overflow": b"10000000000000005\r\nhello\r\n0\r\n\r\n",
        "chunk-size-hex-prefix": b"0x5\r\nhello\r\n0\r\n\r\n",
        "chunk-longer-than-said": b"5\r\nhello!\r\n0\r\n\r\n",
        "chunk-ended-by-bare-lf": b"5\r\nhello\n0\r\n\r\n",
    }
    chunked = b"Transfer-Encoding: chunked"
    trailers = b"5\r\nhello\r\n0\r\nX-Late: y\r\n\r\n"
    framing = b"5\r\nhello\r\n0\r\nContent-Length: 50\r\nHost: other\r\n\r\n"
    return (
        *(
            Sequence(name, (post(b"/a", chunked, body=body) + SMUGGLED,), sees=("400",))
            for name, body in bad.items()
        ),
        Sequence(
            "chunk-extension",
            (post(b"/a", chunked, body=b'5;a="b c"\r\nhello\r\n0;d\r\n\r\n'),),
            sees=("200 POST /a",),
            arrives=("POST /a hello",),
            end=End.OPEN,
        ),
        *(
            Sequence(
                name,
                (post(b"/a", chunked, body=body) + get(b"/next"),),
                sees=("200 POST /a", "200 GET /next"),
                arrives=("POST /a hello", "GET /next"),
                end=End.OPEN,
                may_be_refused=name == "trailers-that-frame",
            )
            for name, body in (
                ("trailers-are-dropped", trailers),
                ("trailers-that-frame", framing),
            )
        ),
    )


def _answers() -> tuple[Sequence, ...]:
    """Upstreams that answer more than was asked."""
    head = b"HEAD /h HTTP/1.1\r\n" + HOST + b"\r\n"
    return (
        Sequence(
            "head-answered-with-a-body",
            (head, Then.ANSWER, get(b"/next")),
            sees=(("200", "502"), "200 GET /next"),
            arrives=("HEAD /h", "GET /next"),
            end=End.OPEN,
            upstream=_bodied_head,
        ),
        Sequence(
            "head-sent-with-a-body",
            (
                b"HEAD /h HTTP/1.1\r\n%b%b\r\n\r\n%b"
                % (HOST, sized(SMUGGLED), SMUGGLED),
                Then.ANSWER,
                get(b"/next"),
            ),
            sees=("200", "200 GET /next"),
            arrives=(f"HEAD /h {SMUGGLED.decode()}", "GET /next"),
            end=End.OPEN,
        ),
        Sequence(
            "interim-answers",
            (get(b"/1"), Then.ANSWER, get(b"/2")),
            sees=("200 GET /1", "200 GET /2"),
            arrives=("GET /1", "GET /2"),
            end=End.OPEN,
            upstream=_chatty,
        ),
        Sequence(
            "answer-framed-twice",
            (get(b"/two"), Then.ANSWER, get(b"/next")),
            sees=("502", "200 GET /next"),
            arrives=("GET /two", "GET /next"),
            end=End.OPEN,
            upstream=_two_lengths,
        ),
        Sequence(
            "switched-unasked",
            (get(b"/a"),),
            sees=("502",),
            arrives=("GET /a",),
            end=End.EITHER,
            upstream=_switching,
        ),
        Sequence(
            "answered-unasked",
            (get(b"/a"), Then.ANSWER, Then.REST, get(b"/next")),
            sees=("200 GET /a", "200 GET /next"),
            arrives=("GET /a", "GET /next"),
            end=End.OPEN,
            upstream=_late_extra,
        ),
    )


def _fields() -> tuple[Sequence, ...]:
    """Fields that only concern one hop, and targets that name another place."""
    upgrade = b"Upgrade: h2c"
    settings = b"HTTP2-Settings: AAMAAABkAARAAAAAAAIAAAAA"
    preface = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
    return (
        Sequence(
            "connection-names-the-framing",
            (
                post(
                    b"/a",
                    b"Content-Length: 5",
                    b"Connection: keep-alive, content-length, host, x-forwarded-for",
                    body=b"hello",
                ),
                Then.ANSWER,
                get(b"/next"),
            ),
            sees=("200 POST /a", "200 GET /next"),
            arrives=("POST /a hello", "GET /next"),
            end=End.OPEN,
        ),
        Sequence(
            "connection-names-chunked",
            (
                post(
                    b"/a",
                    b"Transfer-Encoding: chunked",
                    b"Connection: transfer-encoding",
                    body=b"5\r\nhello\r\n0\r\n\r\n",
                ),
                Then.ANSWER,
                get(b"/next"),
            ),
            sees=("200 POST /a", "200 GET /next"),
            arrives=("POST /a hello", "GET /next"),
            end=End.OPEN,
        ),
        Sequence(
            "absolute-form",
            (get(b"http://archive.example/a?b"),),
            sees=("200 GET /a?b",),
            arrives=("GET /a?b",),
            end=End.OPEN,
        ),
        Sequence(
            "absolute-form-elsewhere",
            (get(b"http://other.example/a") + SMUGGLED,),
            sees=("400",),
        ),
        Sequence(
            "h2c-upgrade",
            (
                get(b"/a", b"Connection: Upgrade, HTTP2-Settings", upgrade, settings),
                Then.ANSWER,
                preface + SMUGGLED,
            ),
            sees=("200 GET /a", ("400", "505")),
            arrives=("GET /a",),
        ),
        Sequence(
            "websocket-of-another-version",
            (
                get(
                    b"/a",
                    b"Connection: Upgrade",
                    b"Upgrade: websocket",
                    b"Sec-WebSocket-Version: 777",
                    SOCKET.rstrip(),
                ),
                Then.ANSWER,
                get(b"/next"),
            ),
            sees=("200 GET /a", "200 GET /next"),
            arrives=("GET /a", "GET /next"),
            end=End.OPEN,
        ),
    )


SEQUENCES = (
    *_framed_twice(),
    *_bodies_ignored(),
    *_paused(),
    *_answered_early(),
    *_pipelined(),
    *_chunks(),
    *_answers(),
    *_fields(),
)
