"""The chunked coding, read strictly (RFC 9112 §7.1).

Bodies are where two servers most often disagree on the end of a request, so nothing
here is forgiven: every line ends in CRLF, sizes are plain hexadecimal digits, chunk
extensions are well-formed and short, trailers are read, limited and dropped. Whoever
sends more framing than body, and a lot of it, wants our time and is refused.
"""

from __future__ import annotations

import re
from enum import Enum

from gateway.kernel.errors import InvalidValue

SIZE_DIGITS_MAX = 15
LINE_BYTES_MAX = 512
TRAILER_BYTES_MAX = 8 * 1024
# By so much may sizes, extensions and line ends outweigh the body. Chunks of five bytes
# and more never reach it; a flood of smaller ones, or of long extensions, does.
FRAMING_BYTES_MAX = 64 * 1024
TOKEN = rb"[!#$%&'*+.^_`|~0-9A-Za-z-]+"
QUOTED = rb'"(?:[\t \x21\x23-\x5b\x5d-\x7e]|\\[\t\x20-\x7e])*"'
SIZE = re.compile(
    rb"([0-9A-Fa-f]{1,15})"
    rb"(?:;" + TOKEN + rb"(?:=(?:" + TOKEN + rb"|" + QUOTED + rb"))?)*\Z"
)
TRAILER = re.compile(TOKEN + rb":[\t \x21-\x7e\x80-\xff]*\Z")


class Part(Enum):
    """What comes next."""

    SIZE = "size"
    PAYLOAD = "payload"
    PAYLOAD_END = "payload end"
    TRAILERS = "trailers"
    OVER = "over"


class ChunkReader:
    """Takes a chunked body apart, however it is split on its way.

    Attributes:
        is_over: The last byte of the body, trailers included, was seen.
        payload_bytes: How many bytes of payload there were so far.
    """

    __slots__ = (
        "_framing_bytes",
        "_left",
        "_line",
        "_part",
        "_trailer_bytes",
        "payload_bytes",
    )

    def __init__(self) -> None:
        self._part = Part.SIZE
        self._line = b""
        self._left = 0
        self._trailer_bytes = self._framing_bytes = 0
        self.payload_bytes = 0

    @property
    def is_over(self) -> bool:
        """Has the body ended?"""
        return self._part is Part.OVER

    def feed(self, coded: bytes) -> tuple[list[bytes], bytes]:
        """Take in some bytes.

        Returns:
            Pieces of payload, none empty; and what lies behind the body's end.

        Raises:
            InvalidValue: this is no chunked body; nothing behind it can be trusted.
        """
        pieces: list[bytes] = []
        position = 0
        while position < len(coded) and self._part is not Part.OVER:
            if self._part is Part.PAYLOAD:
                piece = coded[position : position + self._left]
                pieces.append(piece)
                position += len(piece)
                self.payload_bytes += len(piece)
                self._left -= len(piece)
                if not self._left:
                    self._part = Part.PAYLOAD_END
            else:
                position = self._take_line(coded, position)
        return pieces, coded[position:]

    def _take_line(self, coded: bytes, start: int) -> int:
        """Take up to the end of a line; gives back where the next one begins."""
        end = coded.find(b"\n", start)
        stop = len(coded) if end < 0 else end + 1
        self._line += coded[start:stop]
        self._framing_bytes += stop - start
        if self._framing_bytes > self.payload_bytes + FRAMING_BYTES_MAX:
            raise InvalidValue("the body is cut into too many too small chunks")
        if len(self._line) > LINE_BYTES_MAX + len(b"\r\n"):
            raise InvalidValue("a line between the chunks of the body is too long")
        if self._part is Part.PAYLOAD_END and not b"\r\n".startswith(self._line):
            raise InvalidValue("a chunk is longer than its size says")
        if end < 0:
            _refuse_bare_return(self._line[:-1])
            return stop
        if not self._line.endswith(b"\r\n"):
            raise InvalidValue("a line between the chunks does not end in CRLF")
        line, self._line = self._line[:-2], b""
        self._line_read(line)
        return stop

    def _line_read(self, line: bytes) -> None:
        if self._part is Part.SIZE:
            self._size_read(line)
        elif self._part is Part.PAYLOAD_END:
            self._part = Part.SIZE
        elif line:
            self._trailer_bytes += len(line)
            if self._trailer_bytes > TRAILER_BYTES_MAX or not TRAILER.match(line):
                raise InvalidValue("the trailers of the body are malformed or too long")
        else:
            self._part = Part.OVER

    def _size_read(self, line: bytes) -> None:
        size = SIZE.match(line)
        if size is None:
            raise InvalidValue("the size of a chunk is malformed")
        self._left = int(size[1], 16)
        self._part = Part.PAYLOAD if self._left else Part.TRAILERS


def _refuse_bare_return(line: bytes) -> None:
    if b"\r" in line:
        raise InvalidValue("a line between the chunks holds a bare CR")
