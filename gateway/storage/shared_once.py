"""What may be used once, over all processes of a gateway.

A table in memory that the parent holds and every worker maps: a nonce or a ticket that
one worker took is used for all of them, also for those that are started later. Asking
waits for nobody but whoever holds the same few slots, for microseconds; the lock is the
kernel's and ends with the process that holds it. Only digests with a secret of this run
stand there, so nobody can aim at the slots of another.

Nothing is thrown out before its time. Where the slots for something are full of what
still holds, the answer is that nobody can tell.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import IntEnum
from hashlib import blake2b

LAYOUT = b"once-1\0\0"
SECRET_BYTES = 16
HEAD_BYTES = 4_096
SLOTS = 64
"""In a bucket: so many ends, seconds, and behind them so many digests."""
BUCKETS = 8_192
DIGEST_BYTES = 12
_ENDS = struct.Struct(f"<{SLOTS}I")
_END = struct.Struct("<I")
_NUMBER = struct.Struct("<I")
BUCKET_BYTES = _ENDS.size + SLOTS * DIGEST_BYTES
SHELF_BYTES = BUCKETS * BUCKET_BYTES


class Shelf(IntEnum):
    """Parts that cannot fill each other."""

    KNOWN_SIGNERS = 0
    OTHER_SIGNERS = 1
    TICKETS = 2


TABLE_BYTES = HEAD_BYTES + len(Shelf) * SHELF_BYTES


def new_table(secret: bytes, *, more_bytes: int = 0) -> int:
    """The descriptor of an empty table; memory is taken as slots are written.

    Args:
        secret: `SECRET_BYTES` by chance.
        more_bytes: Room behind it, for what else processes share.
    """
    fd = os.memfd_create("copyfair-once")
    os.ftruncate(fd, TABLE_BYTES + more_bytes)
    os.pwrite(fd, LAYOUT + secret[:SECRET_BYTES], 0)
    return fd


class SharedOnce:
    """A table as one process sees it.

    Args:
        fd: Its descriptor, which must stay open.

    Raises:
        ValueError: it is no table of this layout.
    """

    def __init__(self, fd: int) -> None:
        if os.fstat(fd).st_size < TABLE_BYTES:
            raise ValueError("not a table of what was used")
        self._fd = fd
        self._map = mmap.mmap(fd, TABLE_BYTES)
        if self._map[: len(LAYOUT)] != LAYOUT:
            raise ValueError("a table of another layout")
        self._secret = self._map[len(LAYOUT) : len(LAYOUT) + SECRET_BYTES]
        self._threads = threading.Lock()

    def use(
        self, shelf: Shelf, what: bytes, *, until_s: int, now_s: int
    ) -> bool | None:
        """Use something: True when it is fresh, False when it was used.

        Args:
            shelf: Where.
            what: Any bytes that name it.
            until_s: When it ends of itself, seconds of a clock all processes share.
            now_s: Now, by the same clock.

        Returns:
            None where there is no slot left for it, so that nobody can tell.
        """
        bucket, digest = self.place_of(what)
        at = HEAD_BYTES + shelf * SHELF_BYTES + bucket * BUCKET_BYTES
        with self._alone(at):
            return self._used(at, digest, until_s=until_s, now_s=now_s)

    def place_of(self, what: bytes) -> tuple[int, bytes]:
        """The number of the bucket something belongs in, and its digest."""
        size = DIGEST_BYTES + _NUMBER.size
        made = blake2b(what, digest_size=size, key=self._secret).digest()
        number: int = _NUMBER.unpack_from(made, DIGEST_BYTES)[0]
        return number % BUCKETS, made[:DIGEST_BYTES]

    def _used(self, at: int, digest: bytes, *, until_s: int, now_s: int) -> bool | None:
        table, digests = self._map, at + _ENDS.size
        free = -1
        for slot, end_s in enumerate(_ENDS.unpack_from(table, at)):
            if end_s <= now_s:
                free = slot if free < 0 else free
                continue
            place = digests + slot * DIGEST_BYTES
            if table[place : place + DIGEST_BYTES] == digest:
                return False
        if free < 0:
            return None
        # The end comes last: whoever dies between leaves the slot free.
        place = digests + free * DIGEST_BYTES
        table[place : place + DIGEST_BYTES] = digest
        _END.pack_into(table, at + free * _END.size, until_s)
        return True

    @contextmanager
    def _alone(self, at: int) -> Iterator[None]:
        """No other process and no other thread is at that bucket."""
        with self._threads:
            fcntl.lockf(self._fd, fcntl.LOCK_EX, BUCKET_BYTES, at)
            try:
                yield
            finally:
                fcntl.lockf(self._fd, fcntl.LOCK_UN, BUCKET_BYTES, at)


@dataclass(frozen=True, slots=True)
class OnShelf:
    """One shelf of a table; a `gateway.kernel.once.Once`."""

    table: SharedOnce = field(repr=False)
    shelf: Shelf

    def __call__(self, what: bytes, *, until_s: int, now_s: int) -> bool | None:
        """Use something; see `SharedOnce.use`."""
        return self.table.use(self.shelf, what, until_s=until_s, now_s=now_s)
