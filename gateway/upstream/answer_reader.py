"""Reads one answer out of the bytes of a connection; knows no connection.

A body with a length is counted and passed straight through; llhttp sees heads and
chunks alone. What comes behind a complete answer is never the next one.
"""

from __future__ import annotations

from collections import deque

import httptools

from gateway.upstream.answer_head import BODILESS, SWITCHED, AnswerHead, answer_head
from gateway.upstream.failures import broken_off, malformed, unanswered
from gateway.upstream.limits import (
    CHUNK_EXTRAS_BYTES_MAX,
    CHUNK_FRAMING_BYTES_MAX,
    HEAD_BYTES_MAX,
    INTERIM_MAX,
)

# Phases; numbers, because they are asked for with every piece.
HEAD, COUNTED, CHUNKED, UNTIL_END, TUNNEL, OVER = range(6)

VERSION = b"HTTP/1."
END = b"\r\n\r\n"
CHUNKED_HEAD = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
JOINED_BYTES_MAX = 64 * 1024


class AnswerReader:
    """One answer while it arrives.

    Attributes:
        head: Its final head, once that is here.
        phase: What is awaited.
        unread_bytes: Body bytes that are here and were not taken.
        has_surplus: More came than the answer; the connection cannot be trusted.
    """

    __slots__ = (
        "_body",
        "_buffer",
        "_chunks",
        "_interim",
        "_is_upgrade",
        "_left",
        "_piece",
        "_pieces",
        "has_surplus",
        "head",
        "phase",
        "unread_bytes",
    )

    def __init__(self, *, has_body: bool = True, is_upgrade: bool = False) -> None:
        """Begin.

        Args:
            has_body: A body may follow: the request was no HEAD.
            is_upgrade: The request asked for another protocol.
        """
        self.head: AnswerHead | None = None
        self.phase = HEAD
        self.unread_bytes = 0
        self.has_surplus = False
        self._body = has_body
        self._is_upgrade = is_upgrade
        self._buffer: bytearray | None = None
        self._chunks: ChunkReader | None = None
        self._interim = 0
        self._left = 0
        self._pieces: deque[bytes] | None = None
        self._piece = b""

    @property
    def is_over(self) -> bool:
        """The answer has ended as announced."""
        return self.phase == OVER

    @property
    def is_reusable(self) -> bool:
        """The connection may carry another request."""
        head = self.head
        return (
            self.phase == OVER
            and head is not None
            and head.keeps_open
            and not self.has_surplus
        )

    def feed(self, data: bytes) -> None:
        """Bytes have come.

        Raises:
            UpstreamFailed: they are no answer.
        """
        phase = self.phase
        if phase == COUNTED:
            self._count(data)
        elif phase == HEAD:
            self._read_head(data)
        elif phase == CHUNKED:
            self._read_chunks(data)
        elif phase == OVER:
            self.has_surplus = self.has_surplus or bool(data)
        else:
            self._keep(data)

    def end(self, *, is_orderly: bool) -> None:
        """No more bytes will come.

        Args:
            is_orderly: The upstream said so itself; over TLS too.

        Raises:
            UpstreamFailed: the answer is not complete.
        """
        if self.phase == HEAD:
            raise unanswered()
        if self.phase in {UNTIL_END, TUNNEL} and is_orderly:
            self.has_surplus = True  # nothing can follow
            self.phase = OVER
        if self.phase != OVER:
            raise broken_off()

    def take(self) -> bytes:
        """What is here of the body, in one piece if it is small; empty for none."""
        data, pieces = self._piece, self._pieces
        if pieces is None:
            # Nearly always there is one piece at most, and no queue is made for it.
            self._piece, self.unread_bytes = b"", 0
            return data
        self._piece = b""
        if not data:
            if not pieces:
                return b""
            data = pieces.popleft()
        if pieces and len(data) < JOINED_BYTES_MAX:
            small, size = [data], len(data)
            while pieces and size < JOINED_BYTES_MAX:
                small.append(pieces.popleft())
                size += len(small[-1])
            data = b"".join(small)
        self.unread_bytes -= len(data)
        return data

    def _keep(self, data: bytes) -> None:
        if not data:
            return
        if not self.unread_bytes:
            self._piece = data
        else:
            if self._pieces is None:
                self._pieces = deque()
            self._pieces.append(data)
        self.unread_bytes += len(data)

    def _count(self, data: bytes) -> None:
        left = self._left - len(data)
        if left < 0:
            data = data[:left]
            self.has_surplus = True
        if self.unread_bytes:
            self._keep(data)
        else:
            self._piece, self.unread_bytes = data, len(data)
        if left <= 0:
            self.phase = OVER
        self._left = left

    def _read_head(self, data: bytes) -> None:
        while True:
            if self._buffer is not None:
                data = self._buffered(data)
            end = data.find(END)
            if end < 0:
                self._await_head(data)
                return
            self._buffer = None
            block, data = data[: end + 4], data[end + 4 :]
            head = answer_head(block)
            status = head.head.status
            if status >= 200 or status == SWITCHED:
                self._begin_body(head, data)
                return
            self._interim += 1
            if self._interim > INTERIM_MAX:
                raise malformed("never begins")

    def _buffered(self, data: bytes) -> bytes:
        """Give all that has come of a head if it may be whole now, else nothing."""
        buffer = self._buffer
        if buffer is None:
            return data
        seen = max(0, len(buffer) - 3)
        buffer += data
        is_whole = buffer.find(END, seen) >= 0
        return bytes(buffer) if is_whole else b""

    def _await_head(self, data: bytes) -> None:
        """Keep the beginning of a head, unless it can never become one."""
        if self._buffer is None:
            self._buffer = bytearray(data)
        begun = self._buffer
        if len(begun) > HEAD_BYTES_MAX:
            raise malformed("has a head without an end")
        if not begun.startswith(VERSION[: len(begun)]):
            raise malformed("does not begin like one")
        if b"\n\n" in begun:
            raise malformed("has a line end that is none")

    def _begin_body(self, head: AnswerHead, data: bytes) -> None:
        status, length = head.head.status, head.head.body_bytes
        if status == SWITCHED and not self._is_upgrade:
            raise malformed("switched protocols without being asked")
        self.head = head
        if status == SWITCHED:
            self.phase = TUNNEL
        elif not self._body or status in BODILESS or length == 0:
            self.phase = OVER
        elif head.is_chunked:
            self.phase = CHUNKED
            self._chunks = ChunkReader()
        elif length is not None:
            self.phase = COUNTED
            self._left = length
        else:
            self.phase = UNTIL_END
        if len(data) == length and self.phase == COUNTED:
            # All of it came with its head.
            self._piece, self.unread_bytes = data, len(data)
            self.phase, self._left = OVER, 0
        elif data and self.phase == COUNTED:
            self._count(data)
        elif data:
            self.feed(data)

    def _read_chunks(self, data: bytes) -> None:
        chunks = self._chunks
        if chunks is None:
            raise malformed("has chunks that nobody reads")
        self._keep(chunks.feed(data))
        if chunks.is_complete:
            self.phase = OVER
            self.has_surplus = chunks.has_surplus


class ChunkReader:
    """A chunked body, read by llhttp; trailers end here (RFC 9112 §7.1).

    Attributes:
        is_complete: The last chunk and its trailers have come.
        has_surplus: So has something behind them.
    """

    __slots__ = (
        "_excess",
        "_extras",
        "_heard",
        "_parser",
        "_tail",
        "has_surplus",
        "is_complete",
    )

    def __init__(self) -> None:
        self.is_complete = False
        self.has_surplus = False
        self._heard = _Heard()
        self._parser = httptools.HttpResponseParser(self._heard)
        self._parser.feed_data(CHUNKED_HEAD)
        self._extras = self._excess = 0
        self._tail = b""

    def feed(self, data: bytes) -> bytes:
        """What there is of the body in some bytes.

        Raises:
            UpstreamFailed: they are no chunks.
        """
        heard = self._heard
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade):
            # After the last chunk it tries to read another answer.
            if not heard.is_complete:
                raise malformed("has a malformed chunk") from None
            self.has_surplus = True
        body = b"".join(heard.pieces)
        heard.pieces.clear()
        self._note_extras(len(data), body)
        self._tail = (self._tail + data[-5:])[-5:]
        if heard.is_complete:
            self.is_complete = True
            # Line ends before an answer are skipped without a word.
            is_end = self._tail.endswith(END) and self._tail[0] not in b"\r\n"
            self.has_surplus = self.has_surplus or heard.begun > 1 or not is_end
        return body

    def _note_extras(self, size: int, body: bytes) -> None:
        self._excess += size - 2 * len(body)
        if self._excess > CHUNK_FRAMING_BYTES_MAX and not self._heard.is_complete:
            raise malformed("has too many too small chunks")
        if body:
            self._extras = 0
            return
        self._extras += size
        if self._extras > CHUNK_EXTRAS_BYTES_MAX:
            raise malformed("has a chunk without an end")


class _Heard:
    """What llhttp found."""

    __slots__ = ("begun", "is_complete", "pieces")

    def __init__(self) -> None:
        self.begun = 0
        self.is_complete = False
        self.pieces: list[bytes] = []

    def on_message_begin(self) -> None:
        self.begun += 1

    def on_body(self, data: bytes) -> None:
        if not self.is_complete:
            self.pieces.append(data)

    def on_message_complete(self) -> None:
        self.is_complete = True
