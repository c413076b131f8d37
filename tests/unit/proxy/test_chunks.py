"""gateway.proxy.chunks: however it is split, one body, and nothing forgiven."""

from __future__ import annotations

from itertools import pairwise
from typing import Any

import httptools
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.proxy.chunks import FRAMING_BYTES_MAX, ChunkReader

HEAD = b"POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n"
GOOD = b'5;a=b;c="d"\r\nhello\r\n006\r\n world\r\n0;z\r\nX-Trailer: 1\r\n\r\n'


def read_all(coded: bytes, cuts: list[int]) -> tuple[bytes, bytes, bool] | None:
    """Payload, rest and whether it ended; None where it was refused."""
    reader, payload, rest = ChunkReader(), b"", b""
    edges = sorted({0, len(coded), *(cut % (len(coded) + 1) for cut in cuts)})
    try:
        for start, end in pairwise(edges):
            if reader.is_over:
                rest += coded[start:end]
                continue
            pieces, behind = reader.feed(coded[start:end])
            payload += b"".join(pieces)
            rest += behind
    except InvalidValue:
        return None
    return payload, rest, reader.is_over


class Seen:
    """What llhttp makes of a whole request."""

    def __init__(self) -> None:
        self.body = b""
        self.is_complete = False

    def on_body(self, body: bytes) -> None:
        self.body += body

    def on_message_complete(self) -> None:
        self.is_complete = True


def by_llhttp(coded: bytes) -> tuple[bytes, bool] | None:
    seen: Any = Seen()
    try:
        httptools.HttpRequestParser(seen).feed_data(HEAD + coded)
    except httptools.HttpParserError:
        return None
    return seen.body, seen.is_complete


def test_a_body_is_read_and_what_follows_is_left() -> None:
    assert read_all(GOOD + b"GET /", []) == (b"hello world", b"GET /", True)


@pytest.mark.parametrize("cut", range(len(GOOD)))
def test_a_body_may_be_cut_anywhere(cut: int) -> None:
    assert read_all(GOOD + b"GET /", [cut]) == (b"hello world", b"GET /", True)


@pytest.mark.parametrize(
    "coded",
    [
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"+5\r\nhello\r\n0\r\n\r\n",
        b"-1\r\n",
        b"5;\r\nhello\r\n0\r\n\r\n",
        b"5;a\x00=b\r\nhello\r\n0\r\n\r\n",
        b"5;a=b\rc\r\nhello\r\n0\r\n\r\n",
        b'5;a="b\r\nhello\r\n0\r\n\r\n',
        b"5;" + b"a" * 600 + b"\r\nhello\r\n0\r\n\r\n",
        b"\r\n",
        b"g\r\n",
        b"10000000000000000\r\n",
        b"0\r\nX : y\r\n\r\n",
        b"0\r\n X: y\r\n\r\n",
        b"0\r\nno field\r\n\r\n",
        b"0\r\nX: y\n\r\n",
        b"0\r\n" + b"X: y\r\n" * 3_000 + b"\r\n",
    ],
)
def test_nothing_is_forgiven(coded: bytes) -> None:
    assert read_all(coded, []) is None
    assert read_all(coded, list(range(len(coded)))) is None


@pytest.mark.parametrize(
    ("chunk", "passes"),
    [
        (b"1\r\nx\r\n", False),
        (b"1;" + b"a" * 400 + b"\r\nx\r\n", False),
        (b"1E;" + b"a" * 25 + b"\r\n" + b"x" * 30 + b"\r\n", False),
        (b"1E;" + b"a" * 23 + b"\r\n" + b"x" * 30 + b"\r\n", True),
        (b"5\r\nhello\r\n", True),
    ],
)
def test_framing_may_outweigh_the_body_by_so_much(
    chunk: bytes, *, passes: bool
) -> None:
    many = chunk * (FRAMING_BYTES_MAX // 2 + 1) + b"0\r\n\r\n"
    once = chunk + b"0\r\n\r\n"

    assert (read_all(many, []) is not None) is passes
    assert (read_all(many, list(range(0, len(many), 1_000))) is not None) is passes
    assert read_all(once, []) is not None


chunk_lists = st.lists(st.binary(min_size=1, max_size=40), max_size=6)
cut_lists = st.lists(st.integers(0, 400), max_size=8)
noise = st.lists(
    st.sampled_from([b"\r", b"\n", b"\r\n", b"0", b"5", b";", b"a=b", b" ", b"x:y"]),
    max_size=12,
).map(b"".join)


@given(chunks=chunk_lists, cuts=cut_lists, behind=st.binary(max_size=20))
def test_any_split_of_any_body_reads_the_same(
    chunks: list[bytes], cuts: list[int], behind: bytes
) -> None:
    coded = b"".join(b"%X\r\n%b\r\n" % (len(each), each) for each in chunks)
    coded += b"0\r\n\r\n"

    assert read_all(coded + behind, cuts) == (b"".join(chunks), behind, True)


@given(coded=noise, cuts=cut_lists)
def test_any_split_of_nonsense_is_judged_the_same(
    coded: bytes, cuts: list[int]
) -> None:
    whole, split = read_all(coded, []), read_all(coded, cuts)

    assert (whole is None) == (split is None)
    assert whole is None or whole == split


@given(chunks=chunk_lists, noise=noise, place=st.integers(0, 200))
def test_what_we_accept_llhttp_reads_the_same(
    chunks: list[bytes], noise: bytes, place: int
) -> None:
    coded = b"".join(b"%x\r\n%b\r\n" % (len(each), each) for each in chunks)
    coded += b"0\r\n\r\n"
    place %= len(coded) + 1
    coded = coded[:place] + noise + coded[place:]
    ours = read_all(coded, [])

    if ours is not None and ours[2]:
        whole = coded[: len(coded) - len(ours[1])]
        assert by_llhttp(whole) == (ours[0], True)
