"""Whole lines of a log file in blocks, packed or not, in memory that does not grow."""

from __future__ import annotations

import bz2
import gzip
import lzma
import sys
import zlib
from collections.abc import Generator, Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from typing import BinaryIO, Protocol

import zstandard

from gateway.kernel.errors import InvalidValue

BLOCK_BYTES = 1024 * 1024
LINE_BYTES_MAX = 64 * 1024
STDIN = "-"
GZIP, ZSTD, BZIP2, XZ = b"\x1f\x8b", b"\x28\xb5\x2f\xfd", b"BZh", b"\xfd7zXZ"
MAGIC_BYTES = 5
PACKED_BYTES = 4 * 1024
"""Unpacked at a time: even if made for it, they come to no more than 128 MiB."""
UTF8_MARK = b"\xef\xbb\xbf"
BROKEN = (EOFError, zlib.error, lzma.LZMAError, zstandard.ZstdError, gzip.BadGzipFile)


class Readable(Protocol):
    """What lines are read from."""

    def read(self, size: int, /) -> bytes:
        """At most *size* bytes; none at the end."""

    def close(self) -> None:
        """Nothing more is read."""


def blocks_of(path: str, *, block_bytes: int = BLOCK_BYTES) -> Generator[bytes]:
    """The lines of a file, each block ending with the end of a line.

    Args:
        path: Of a file, plain or packed with gzip, zstd, bzip2 or xz (by its first
            bytes, whatever it is called); `-` for standard input.
        block_bytes: About how long a block is.

    Raises:
        OSError: the file cannot be read.
        InvalidValue: what it is packed with broke off.
    """
    with ExitStack() as stack:
        file: BinaryIO = sys.stdin.buffer
        if path != STDIN:
            file = stack.enter_context(Path(path).open("rb"))
        unpacked = stack.enter_context(closing(_unpacked(file)))
        try:
            blocks = _whole_lines(unpacked, block_bytes)
            # What Windows sets before a text is no part of the first address.
            if first := next(blocks, b""):
                yield first.removeprefix(UTF8_MARK)
            yield from blocks
        except BROKEN as error:
            detail = f"{path} is packed and cannot be unpacked to its end: {error}"
            raise InvalidValue(detail) from None


def _unpacked(file: BinaryIO) -> Readable:
    buffered = file if hasattr(file, "peek") else None
    magic = b"" if buffered is None else buffered.peek(MAGIC_BYTES)
    if magic.startswith(GZIP):
        return gzip.GzipFile(fileobj=file)
    if magic.startswith(ZSTD):
        return ZstdFrames(file)
    if magic.startswith(BZIP2):
        return bz2.BZ2File(file)
    if magic.startswith(XZ):
        return lzma.LZMAFile(file)
    return file


class ZstdFrames:
    """A log packed with zstd, in one frame or several, that tells when it breaks off.

    The library's own reader takes a frame without an end for a whole one.
    """

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self._frame = zstandard.ZstdDecompressor().decompressobj()
        self._is_begun = False
        self._ready = bytearray()

    def read(self, size: int, /) -> bytes:
        """At most *size* bytes; none at the end.

        Raises:
            EOFError: the file ended within a frame.
        """
        while len(self._ready) < size and (packed := self._file.read(PACKED_BYTES)):
            self._unpack(packed)
        if self._is_begun and not self._ready:
            raise EOFError("it ends before the frame does")
        found = bytes(self._ready[:size])
        del self._ready[:size]
        return found

    def close(self) -> None:
        """Nothing more is read."""
        self._ready.clear()

    def _unpack(self, packed: bytes) -> None:
        while packed:
            self._is_begun = True
            self._ready += self._frame.decompress(packed)
            packed = b""
            if self._frame.eof:
                packed = self._frame.unused_data
                self._frame = zstandard.ZstdDecompressor().decompressobj()
                self._is_begun = False


def _whole_lines(file: Readable, block_bytes: int) -> Iterator[bytes]:
    begun = b""
    is_too_long = False
    while piece := file.read(block_bytes):
        whole, end, rest = piece.rpartition(b"\n")
        if not end:
            # A line that has no end within a block is none; it is counted as one.
            is_too_long = is_too_long or len(begun) + len(piece) > LINE_BYTES_MAX
            begun = b"" if is_too_long else begun + piece
            continue
        block = begun + whole + end
        if is_too_long:
            block = b"\n" + block.partition(b"\n")[2]
        yield block
        begun, is_too_long = rest, False
    if begun or is_too_long:
        yield begun + b"\n"
