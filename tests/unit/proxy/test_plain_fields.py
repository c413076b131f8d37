"""What is read line by line is what the full reading says, or is left to it."""

from __future__ import annotations

import random

import pytest

from gateway.proxy.accept import plain_block
from gateway.proxy.blocks import Block
from gateway.proxy.entrance import PLAIN
from gateway.proxy.head import Malformed, read_head
from gateway.proxy.limits import ConnectionLimits
from gateway.proxy.plain_fields import PlainFields

LIMITS = ConnectionLimits()
LINE = b"GET /a HTTP/1.1\r\n"
HOST = b"Host: archive.example\r\n"
FIELDS = (
    HOST,
    b"Host: a.b:80\r\n",
    b"hOST:[::1]\r\n",
    b"User-Agent: Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0\r\n",
    b"Accept: text/html\r\n",
    b"Accept:\t*/* \t\r\n",
    b"Cookie: a=b; c=\xc3\xa9\r\n",
    b"Referer: https://example.org/\xff\r\n",
    b"Connection: keep-alive, Close\r\n",
    b"Connection: te\r\n",
    b"X-Forwarded-For: 192.0.2.1\r\n",
    b"X_Odd: 1\r\n",
    b"Empty:\r\n",
    b"Content-Length: 0\r\n",
    b"Transfer-Encoding: chunked\r\n",
    b"Upgrade: h2c\r\n",
)
NOISE = (
    *(bytes([byte]) for byte in b"\r\n\t :;,\x00\x01\x0b\x7f\x80\xff/\\[]@0a"),
    b"\r\n",
    b"\r\n ",
    b" :",
    b"Host: b\r\n",
    b"Content-Length: 5\r\n",
    b"Expect: 100-continue\r\n",
)


def in_full(head: bytes) -> Block | None:
    try:
        return plain_block(read_head(head, LIMITS).headers)
    except Malformed:
        return None


def a_head(chance: random.Random) -> bytes:
    """Some fields in some order, mostly with a Host, often with a fault."""
    fields = [HOST] if chance.random() < 0.8 else []
    fields += chance.choices(FIELDS[3:12], k=chance.randrange(5))
    fields += chance.choices(FIELDS, k=chance.choice((0, 0, 0, 1)))
    chance.shuffle(fields)
    block = bytearray(b"".join(fields))
    for _ in range(chance.choice((0, 0, 1, 2))):
        place = chance.randrange(len(block) + 1)
        block[place : place + chance.randrange(2)] = chance.choice(NOISE)
    head = LINE + bytes(block) + b"\r\n\r\n"
    return head[: head.index(b"\r\n\r\n") + 4]


def test_three_thousand_blocks_are_read_as_in_full() -> None:
    chance, fields, plain = random.Random(20_261_128), PlainFields(LIMITS), 0
    for _ in range(3_000):
        head = a_head(chance)
        found = fields.read(head, head[len(LINE) :])
        if found is None:
            continue
        plain += 1
        assert found == in_full(head), head
        assert [*found.headers.names()] == [*in_full(head).headers.names()]  # type: ignore[union-attr]

    assert plain > 1_000


@pytest.mark.parametrize("left_out", range(len(FIELDS)))
def test_a_plain_block_is_read_however_it_came(left_out: int) -> None:
    """Each line once before it is kept, and once after."""
    fields = PlainFields(LIMITS)
    names = [n for n in range(3, 13) if n != left_out]
    head = LINE + HOST + b"".join(FIELDS[n] for n in names) + b"\r\n"

    first, second = (fields.read(head, head[len(LINE) :]) for _ in range(2))

    assert PLAIN.match(head) is not None
    assert first == second == in_full(head)
    assert first is not None
    assert first.is_last is (left_out != 8)


@pytest.mark.parametrize(
    "fault",
    [
        b"Host: b\r\n",
        b"Content-Length: 0\r\n",
        b"Transfer-Encoding: chunked\r\n",
        b"Upgrade: websocket\r\n",
        b"Expect: 100-continue\r\n",
        b" folded\r\n",
        b"No colon\r\n",
        b"Blank : a\r\n",
        b": a\r\n",
        b"A: b\x00\r\n",
        b"A: b\nC: d\r\n",
        b"A: b\rC: d\r\n",
        b"A: " + b"b" * 9_000 + b"\r\n",
        b"A: b\r\n" * 200,
    ],
)
def test_what_is_not_plain_is_left_to_the_full_reading(fault: bytes) -> None:
    fields = PlainFields(LIMITS)
    good = LINE + HOST + b"Accept: */*\r\n\r\n"
    bad = LINE + HOST + fault + b"\r\n"

    assert fields.read(good, good[len(LINE) :]) is not None
    assert fields.read(bad, bad[len(LINE) :]) is None


def test_without_a_host_there_is_no_block() -> None:
    head = LINE + b"Accept: */*\r\n\r\n"

    assert PlainFields(LIMITS).read(head, head[len(LINE) :]) is None


def test_lines_that_name_a_person_are_not_kept() -> None:
    fields = PlainFields(LIMITS)
    for number in range(10):
        head = LINE + HOST + b"Accept: */*\r\nCookie: a=%d\r\n" % number
        head += b"Authorization: Bearer %d\r\nX-Forwarded-For: 192.0.2.%d\r\n\r\n" % (
            number,
            number,
        )
        assert fields.read(head, head[len(LINE) :]) is not None

    assert len(fields) == 2  # Host and Accept
