"""What may be used once, in a table that all processes of a gateway share.

A ticket and a nonce hold once, whichever worker they reach. Each process maps the same
small file; a lock on one bucket makes looking and taking one step, and nobody waits for
it long. Nothing is thrown out before its time: where a bucket is full, nobody can tell,
and says so. Which bucket something falls into follows from a secret, so nobody can aim
at one.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import time
from collections.abc import Callable
from hashlib import blake2b
from pathlib import Path

DIGEST_BYTES = 16
ENTRY = struct.Struct("<16sQ")
ENTRIES_PER_BUCKET = 16
BUCKETS = 8_192
BUCKET_BYTES = ENTRY.size * ENTRIES_PER_BUCKET
TRIES = 200
TABLE_BYTES = BUCKET_BYTES * BUCKETS


class SpentOnce:
    """The table; three megabytes, 131,072 things at a time."""

    def __init__(self, path: Path, *, key: bytes, now_s: Callable[[], int]) -> None:
        """Map the table in *path*, made if it is not there.

        Args:
            path: Where all processes find it.
            key: A secret, 64 bytes at most.
            now_s: The wall clock, seconds; all processes agree about it.

        Raises:
            OSError: it cannot be made or mapped.
        """
        self._key = key[:64]
        self._now_s = now_s
        flags = os.O_RDWR | os.O_CREAT | os.O_CLOEXEC
        self._fd = os.open(path, flags, 0o600)
        try:
            if os.fstat(self._fd).st_size != TABLE_BYTES:
                os.ftruncate(self._fd, TABLE_BYTES)
            self._table = mmap.mmap(self._fd, TABLE_BYTES)
        except BaseException:
            os.close(self._fd)
            raise

    def __call__(self, what: bytes, lasts_s: int) -> bool | None:
        """Take something: True when it is fresh, False when it was taken.

        Args:
            what: Names it, with whose it is.
            lasts_s: For how long it must be remembered, from now.

        Returns:
            None where there is no room to remember it, or another process that was
            stopped holds the bucket.
        """
        digest = blake2b(what, digest_size=DIGEST_BYTES, key=self._key).digest()
        at = int.from_bytes(digest[:4]) % BUCKETS * BUCKET_BYTES
        if not self._locked(at):
            return None
        try:
            return self._take(at, digest, lasts_s)
        finally:
            fcntl.lockf(self._fd, fcntl.LOCK_UN, BUCKET_BYTES, at)

    def close(self) -> None:
        """Let go of it."""
        self._table.close()
        os.close(self._fd)

    def _locked(self, at: int) -> bool:
        """Lock a bucket; whoever holds it needs microseconds, unless it was stopped."""
        for _ in range(TRIES):
            try:
                fcntl.lockf(self._fd, fcntl.LOCK_EX | fcntl.LOCK_NB, BUCKET_BYTES, at)
            except BlockingIOError:
                time.sleep(0)
            else:
                return True
        return False

    def _take(self, at: int, digest: bytes, lasts_s: int) -> bool | None:
        now_s = self._now_s()
        free: int | None = None
        for place in range(at, at + BUCKET_BYTES, ENTRY.size):
            kept, until_s = ENTRY.unpack_from(self._table, place)
            if until_s <= now_s:
                free = place if free is None else free
            elif kept == digest:
                return False
        if free is None:
            return None
        ENTRY.pack_into(self._table, free, digest, now_s + max(1, lasts_s))
        return True
