"""gateway.upstream.answer_reader: one answer, however its bytes are cut."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kernel.errors import UpstreamFailed
from gateway.upstream.answer_reader import JOINED_BYTES_MAX, AnswerReader
from gateway.upstream.limits import (
    CHUNK_EXTRAS_BYTES_MAX,
    CHUNK_FRAMING_BYTES_MAX,
    FIELDS_MAX,
    HEAD_BYTES_MAX,
    INTERIM_MAX,
    LINE_BYTES_MAX,
)
from tests.unit.upstream.answers import Read, cut, fault_of, read

COUNTED = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello"
CHUNKED = (
    b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b'2\r\nhe\r\n3;a="b"\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n'
)
INTERIM = b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n"
EMPTY = b"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n"
COMPLETE = {
    "counted": COUNTED,
    "chunked": CHUNKED,
    "after interim answers": INTERIM + COUNTED,
    "chunked after interim answers": INTERIM + CHUNKED,
}
HELLO = Read(200, b"hello", is_over=True, is_reusable=True)


@pytest.mark.parametrize("answer", COMPLETE.values(), ids=COMPLETE)
def test_it_is_the_same_whole_and_byte_by_byte(answer: bytes) -> None:
    assert read([answer]) == HELLO
    assert read(cut(answer, range(len(answer)))) == HELLO


@pytest.mark.parametrize("answer", COMPLETE.values(), ids=COMPLETE)
def test_it_is_the_same_cut_at_any_position(answer: bytes) -> None:
    for position in range(1, len(answer)):
        assert read(cut(answer, [position])) == HELLO, position


@given(st.sampled_from(sorted(COMPLETE.values())), st.lists(st.integers(1, 200)))
def test_it_is_the_same_in_any_pieces(answer: bytes, places: list[int]) -> None:
    assert read(cut(answer, (at for at in places if at < len(answer)))) == HELLO


@pytest.mark.parametrize("answer", COMPLETE.values(), ids=COMPLETE)
def test_what_is_cut_off_is_never_complete(answer: bytes) -> None:
    for length in range(len(answer)):
        fault = fault_of(answer[:length])

        assert fault is not None, length
        assert fault.kind == "broken", length


@pytest.mark.parametrize("poison", COMPLETE.values(), ids=COMPLETE)
@pytest.mark.parametrize("answer", COMPLETE.values(), ids=COMPLETE)
def test_another_answer_behind_it_is_no_part_of_it(
    answer: bytes, poison: bytes
) -> None:
    for arriving in ([answer + poison], [answer, poison]):
        found = read(arriving)

        assert (found.body, found.is_over) == (b"hello", True)
        assert not found.is_reusable


@given(st.sampled_from(sorted(COMPLETE.values())), st.binary(min_size=1, max_size=40))
def test_what_comes_behind_it_spoils_the_connection(
    answer: bytes, surplus: bytes
) -> None:
    found = read([answer + surplus])

    assert (found.body, found.is_over) == (b"hello", True)
    assert not found.is_reusable
    assert not read([answer, surplus]).is_reusable


@pytest.mark.parametrize(
    "surplus", [b"\r", b"\n", b"\r\n", b"\r\n\r\n", b"\r\r\n\r\n", b"\n\r\n\r\n", b"0"]
)
@pytest.mark.parametrize("answer", COMPLETE.values(), ids=COMPLETE)
def test_an_empty_line_behind_it_does_so_too(answer: bytes, surplus: bytes) -> None:
    whole = answer + surplus

    assert not read([whole]).is_reusable
    assert not read(cut(whole, range(len(whole)))).is_reusable


def test_a_body_without_a_length_ends_with_the_connection() -> None:
    answer = b"HTTP/1.1 200 OK\r\n\r\nhello"

    assert read([answer]) == Read(200, b"hello", is_over=False, is_reusable=False)
    assert read([answer], ends=True) == Read(
        200, b"hello", is_over=True, is_reusable=False
    )


def test_a_connection_that_broke_is_no_end_of_a_body() -> None:
    reader = AnswerReader()
    reader.feed(b"HTTP/1.1 200 OK\r\n\r\nhello")

    with pytest.raises(UpstreamFailed):
        reader.end(is_orderly=False)


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n",
        b"HTTP/1.1 200 OK\r\n\r\n",
    ],
)
def test_the_answer_to_a_head_has_no_body(answer: bytes) -> None:
    assert read([answer], has_body=False) == Read(
        200, b"", is_over=True, is_reusable=True
    )
    assert not read([answer + b"hello"], has_body=False).is_reusable


@pytest.mark.parametrize("status", [b"204 No Content", b"304 Not Modified"])
def test_nor_have_some_statuses(status: bytes) -> None:
    answer = b"HTTP/1.1 " + status + b"\r\nContent-Length: 5\r\n\r\n"

    assert read([answer]).is_reusable
    assert read([answer + b"hello"]).body == b""
    assert not read([answer + b"hello"]).is_reusable


@pytest.mark.parametrize(
    ("head", "is_reusable"),
    [
        (b"HTTP/1.1 200 OK\r\n", True),
        (b"HTTP/1.1 200 OK\r\nConnection: close\r\n", False),
        (b"HTTP/1.1 200 OK\r\nConnection: x, Close\r\n", False),
        (b"HTTP/1.0 200 OK\r\n", False),
        (b"HTTP/1.0 200 OK\r\nConnection: Keep-Alive\r\n", True),
    ],
)
def test_the_upstream_says_whether_another_may_follow(
    head: bytes, *, is_reusable: bool
) -> None:
    answer = head + b"Content-Length: 2\r\n\r\nok"

    assert read([answer]).is_reusable is is_reusable


OK = b"HTTP/1.1 200 OK\r\n"
MALFORMED = {
    "no HTTP": b"this is no HTTP\r\n\r\n",
    "SSH": b"SSH-2.0-OpenSSH_9.2\r\n",
    "another version": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "HTTP/0.9": b"HTTP/0.9 200 OK\r\nContent-Length: 0\r\n\r\n",
    "a long status": b"HTTP/1.1 999999 No\r\nContent-Length: 0\r\n\r\n",
    "a status of nothing": b"HTTP/1.1 000 No\r\nContent-Length: 0\r\n\r\n",
    "no status": b"HTTP/1.1 OK\r\nContent-Length: 0\r\n\r\n",
    "an empty line in front": b"\r\n" + OK + b"Content-Length: 0\r\n\r\n",
    "a tab in the start": b"HTTP/1.1\t200 OK\r\nContent-Length: 0\r\n\r\n",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 0\n\n",
    "one bare line feed": OK + b"X-A: b\nContent-Length: 0\r\n\r\n",
    "a bare carriage return": OK + b"X-A: b\rc\r\nContent-Length: 0\r\n\r\n",
    "a NUL in a value": OK + b"X-A: b\x00c\r\nContent-Length: 0\r\n\r\n",
    "a control in a value": OK + b"X-A: b\x01c\r\nContent-Length: 0\r\n\r\n",
    "a DEL in a value": OK + b"X-A: b\x7fc\r\nContent-Length: 0\r\n\r\n",
    "a control in the reason": b"HTTP/1.1 200 O\x08K\r\nContent-Length: 0\r\n\r\n",
    "a folded field": OK + b"X-A: b\r\n c\r\nContent-Length: 0\r\n\r\n",
    "a folded first field": OK + b" X-A: b\r\nContent-Length: 0\r\n\r\n",
    "a blank in a name": OK + b"X A: b\r\nContent-Length: 0\r\n\r\n",
    "a blank behind a name": OK + b"Content-Length : 0\r\n\r\n",
    "a field without a name": OK + b": b\r\nContent-Length: 0\r\n\r\n",
    "a field without a colon": OK + b"X-A\r\nContent-Length: 0\r\n\r\n",
    "two lengths": OK + b"Content-Length: 1\r\nContent-Length: 2\r\n\r\nab",
    "a list of lengths": OK + b"Content-Length: 1, 2\r\n\r\nab",
    "a length that is none": OK + b"Content-Length: x\r\n\r\nab",
    "an empty length": OK + b"Content-Length:\r\n\r\nab",
    "a negative length": OK + b"Content-Length: -1\r\n\r\nab",
    "a signed length": OK + b"Content-Length: +2\r\n\r\nab",
    "a huge length": OK + b"Content-Length: " + b"9" * 30 + b"\r\n\r\nab",
    "a length and a coding": OK
    + b"Content-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "a coding and a length": OK
    + b"Transfer-Encoding: chunked\r\nContent-Length: 3\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "a coding nobody asked for": OK
    + b"Transfer-Encoding: gzip, chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n",
    "chunked, twice": OK
    + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "a coding that is none": OK + b"Transfer-Encoding: xchunked\r\n\r\nab",
    "an empty coding": OK + b"Transfer-Encoding:\r\n\r\nab",
    "chunks in HTTP/1.0": b"HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    b"2\r\nok\r\n0\r\n\r\n",
    "a switch nobody asked for": b"HTTP/1.1 101 Switching Protocols\r\n"
    b"Connection: Upgrade\r\nUpgrade: websocket\r\n\r\n",
    "a long line": OK + b"X-A: " + b"y" * (LINE_BYTES_MAX + 1) + b"\r\n\r\n",
    "many fields": OK + b"X-A: b\r\n" * (FIELDS_MAX + 1) + b"\r\n",
    "a head without an end": OK + b"X-A: b\r\n" * (HEAD_BYTES_MAX // 8),
    "interim answers without an end": b"HTTP/1.1 102 Processing\r\n\r\n"
    * (INTERIM_MAX + 1),
}


@pytest.mark.parametrize("answer", MALFORMED.values(), ids=MALFORMED)
def test_what_is_no_answer_fails(answer: bytes) -> None:
    fault = fault_of(answer)

    assert fault is not None
    assert fault.kind == "malformed"


@pytest.mark.parametrize(
    "answer",
    [
        OK + b"X-A: " + b"y" * 60_000 + b"\r\nContent-Length: 0\r\n\r\n",
        OK + b"X-A: b\r\n" * (FIELDS_MAX - 1) + b"Content-Length: 0\r\n\r\n",
        b"HTTP/1.1 102 Processing\r\n\r\n" * INTERIM_MAX + COUNTED,
        OK + b"X-A:   b\tc  \r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200\r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 200 \r\nContent-Length: 0\r\n\r\n",
        b"HTTP/1.1 599 caf\xe9\r\nContent-Length: 0\r\n\r\n",
    ],
)
def test_what_is_only_just_one_passes(answer: bytes) -> None:
    assert fault_of(answer) is None


CHUNKS_HEAD = OK + b"Transfer-Encoding: chunked\r\n\r\n"


@pytest.mark.parametrize(
    "chunks",
    [
        b"zz\r\nhello\r\n0\r\n\r\n",
        b"-5\r\nhello\r\n0\r\n\r\n",
        b"0x5\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhelloX\r\n0\r\n\r\n",
        b"5\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\n0\r\n\r\n",
        b"5\r\nhello0\r\n\r\n",
        b" 5\r\nhello\r\n0\r\n\r\n",
        b"5 \r\nhello\r\n0\r\n\r\n",
        b"\r\n5\r\nhello\r\n0\r\n\r\n",
        b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
        b"5\r\nhello\r\n0\r\nX A: b\r\n\r\n",
    ],
)
def test_chunks_that_are_none_fail(chunks: bytes) -> None:
    whole, pieces = CHUNKS_HEAD + chunks, [CHUNKS_HEAD, *cut(chunks, range(64))]
    for arriving in ([whole], pieces):
        with pytest.raises(UpstreamFailed):
            read(arriving)


@pytest.mark.parametrize(
    ("begins", "goes_on"),
    [
        (b"5;", b"a" * 4096),
        (b"5\r\nhello\r\n0\r\n", b"X-A: b\r\n" * 512),
        (b"0", b"0" * 4096),
    ],
)
def test_chunks_without_an_end_fail(begins: bytes, goes_on: bytes) -> None:
    endless = [goes_on] * (CHUNK_EXTRAS_BYTES_MAX // 4096 + 2)

    with pytest.raises(UpstreamFailed):
        read([CHUNKS_HEAD, begins, *endless])


@pytest.mark.parametrize(
    ("chunk", "passes"),
    [
        (b"1\r\nx\r\n", False),
        (b"1;" + b"a" * 400 + b"\r\nx\r\n", False),
        (b"5\r\nhello\r\n", True),
    ],
)
def test_framing_may_outweigh_the_body_by_so_much(
    chunk: bytes, *, passes: bool
) -> None:
    number = CHUNK_FRAMING_BYTES_MAX // 3
    whole = CHUNKS_HEAD + chunk * number + b"0\r\n\r\n"
    pieces = [whole[start : start + 4_000] for start in range(0, len(whole), 4_000)]

    if passes:
        assert read(pieces).is_over
    else:
        with pytest.raises(UpstreamFailed):
            read(pieces)
    assert read([CHUNKS_HEAD + chunk + b"0\r\n\r\n"]).is_over


def test_a_switch_that_was_asked_for_is_a_tunnel() -> None:
    answer = (
        b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: WebSocket\r\n"
        b"Connection: upgrade\r\nSec-WebSocket-Accept: x\r\n\r\n\x81\x02hi"
    )

    assert read([answer], is_upgrade=True) == Read(
        101, b"\x81\x02hi", is_over=False, is_reusable=False
    )
    assert not read([answer], is_upgrade=True, ends=True).is_reusable
    assert fault_of(answer) is not None
    assert fault_of(answer.replace(b"WebSocket\r", b"h2c\r"), is_upgrade=True)


def test_an_ordinary_answer_to_an_upgrade_is_one() -> None:
    assert read([COUNTED], is_upgrade=True) == HELLO


def outcome(pieces: list[bytes]) -> Read | None:
    """What is read of an answer that is all there is; None where it fails."""
    try:
        return read(pieces, ends=True)
    except UpstreamFailed:
        return None


SPLICES = st.sampled_from(
    [
        *(b"\r", b"\n", b"\r\n", b"\r\n\r\n", b" ", b"\t", b":", b";", b"\x00", b"0"),
        *(b"Content-Length: 3\r\n", b"Transfer-Encoding: chunked\r\n", b"5\r\n", b""),
        *(b"HTTP/1.1 100 Continue\r\n\r\n", b"Connection: close\r\n", b"\xff", b"-1"),
    ]
)


@settings(max_examples=500)
@given(
    st.sampled_from([*sorted(COMPLETE.values()), EMPTY]),
    st.lists(
        st.tuples(st.integers(0, 200), st.integers(0, 6), SPLICES),
        min_size=1,
        max_size=3,
    ),
)
def test_a_damaged_answer_has_one_reading_however_it_is_cut(
    answer: bytes, damage: list[tuple[int, int, bytes]]
) -> None:
    for at, length, splice in damage:
        answer = answer[:at] + splice + answer[at + length :]

    assert outcome([answer]) == outcome(cut(answer, range(len(answer))))


def test_small_pieces_are_taken_together_and_large_ones_as_they_came() -> None:
    reader = AnswerReader()
    large = b"x" * 2 * JOINED_BYTES_MAX
    reader.feed(b"HTTP/1.1 200 OK\r\n\r\n")
    for piece in (b"a", b"b", b"c"):
        reader.feed(piece)
    together = reader.take()
    for _ in range(JOINED_BYTES_MAX + 10):
        reader.feed(b"x")
    reader.feed(large)

    assert together == b"abc"
    assert len(reader.take()) == JOINED_BYTES_MAX
    assert len(reader.take()) == 10 + len(large)
    assert reader.take() == b""
    assert reader.unread_bytes == 0


def test_a_large_piece_is_passed_on_uncopied() -> None:
    reader = AnswerReader()
    large = b"x" * JOINED_BYTES_MAX
    reader.feed(b"HTTP/1.1 200 OK\r\n\r\n")
    reader.feed(large)
    reader.feed(b"y")

    assert reader.take() is large
    assert reader.take() == b"y"
