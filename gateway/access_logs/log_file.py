"""A log file that another program writes, empties and replaces while we read it.

Whole lines only. Where the reading stands is the caller's to keep: it comes in with
each call and goes out again, so that it can be stored together with what was read.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from gateway.kernel.clock import US_PER_S
from gateway.metering.ports import Checkpoint

PIECE_BYTES = 1024 * 1024
TRAIL_BYTES = 256
QUIET_S = 2
PACKED = frozenset((".gz", ".bz2", ".xz", ".zst"))


@dataclass(frozen=True, slots=True)
class Piece:
    """What was read in one go.

    Attributes:
        lines: Whole lines without their ends.
        upto: Where the reading stands now.
        unread: Lines that were too long, or that a rotated file ended in.
        has_more: More is there already.
    """

    lines: tuple[bytes, ...]
    upto: Checkpoint
    unread: int = 0
    has_more: bool = False


@dataclass(frozen=True, slots=True)
class LogFile:
    """A log by the path under which it is written.

    Attributes:
        path: Rotated files stand beside it, as `NAME.1` or `NAME-20261127`.
        piece_bytes: The most that is read in one go.
    """

    path: Path
    piece_bytes: int = PIECE_BYTES

    def read(self, since: Checkpoint | None, *, now_us: int) -> Piece | None:
        """The next piece.

        Args:
            since: Where the reading stood; None for the very beginning.
            now_us: Microseconds UTC. A rotated file is left for the next one once
                nobody has written to it for two seconds.

        Returns:
            The piece; None where nothing is there to read.

        Raises:
            OSError: the file cannot be read.
        """
        found = self._opened(since)
        if found is None:
            return None
        with found as file:
            status = os.fstat(file.fileno())
            start = self._start(file, since, status)
            piece = self._piece(file, start, status)
            if piece.lines or piece.has_more or piece.upto != since:
                return piece
            is_quiet = status.st_mtime * US_PER_S < now_us - QUIET_S * US_PER_S
            successor = self._after(status) if is_quiet else None
        if successor is None:
            return None
        left = int(status.st_size > piece.upto.offset)
        return Piece((), Checkpoint(successor.st_ino, 0), left, has_more=True)

    def _opened(self, since: Checkpoint | None) -> BinaryIO | None:
        """The file that was read last, whatever it is called now; else the log."""
        candidates = [self.path, *self._rotated()]
        for candidate in candidates:
            with suppress(FileNotFoundError):
                file = candidate.open("rb")
                if since is None or os.fstat(file.fileno()).st_ino == since.inode:
                    return file
                file.close()
        with suppress(FileNotFoundError):
            return self.path.open("rb")
        return None

    def _rotated(self) -> Iterator[Path]:
        with suppress(FileNotFoundError):
            for entry in sorted(self.path.parent.iterdir()):
                is_of_ours = entry.name.startswith(self.path.name)
                if is_of_ours and entry != self.path and entry.suffix not in PACKED:
                    yield entry

    def _after(self, last: os.stat_result) -> os.stat_result | None:
        """The file that was written next: the oldest that is younger."""
        later: list[os.stat_result] = []
        for path in (*self._rotated(), self.path):
            with suppress(FileNotFoundError):
                status = path.stat()
                if status.st_ino != last.st_ino:
                    later.append(status)
        with suppress(FileNotFoundError):
            if self.path.stat().st_ino == last.st_ino:
                return None
        younger = [each for each in later if each.st_mtime_ns >= last.st_mtime_ns]
        return min(younger, key=lambda each: each.st_mtime_ns, default=None)

    def _start(
        self, file: BinaryIO, since: Checkpoint | None, status: os.stat_result
    ) -> int:
        """Where to go on: at the beginning of a file that was emptied meanwhile."""
        if since is None or since.inode != status.st_ino:
            return 0
        if status.st_size < since.offset or _trail(file, since.offset) != since.trail:
            return 0
        return since.offset

    def _piece(self, file: BinaryIO, start: int, status: os.stat_result) -> Piece:
        file.seek(start)
        raw = file.read(self.piece_bytes)
        whole, end, _ = raw.rpartition(b"\n")
        unread = 0
        if not end and len(raw) == self.piece_bytes:
            # One line longer than a piece: left out up to where it ends, in pieces.
            unread, taken = 1, len(raw)
            lines: tuple[bytes, ...] = ()
        else:
            taken = len(whole) + len(end)
            lines = tuple(whole.split(b"\n")) if end else ()
        offset = start + taken
        upto = Checkpoint(status.st_ino, offset, _trail(file, offset))
        return Piece(lines, upto, unread, has_more=len(raw) == self.piece_bytes)


def _trail(file: BinaryIO, offset: int) -> str:
    length = min(offset, TRAIL_BYTES)
    file.seek(offset - length)
    trail = file.read(length)
    return hashlib.sha256(trail).hexdigest()[:32] if trail else ""
