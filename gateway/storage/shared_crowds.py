"""Crowds over all processes of a gateway: how many networks came, and what they had.

A table in memory behind `shared_marks`, under the same descriptor. A crowd has a slot
for each half of its window: what its members had, and one bit for each network, by its
digest. Two networks may share a bit, so a crowd is never taken for larger than it is.
The slots of a bucket are under the kernel's lock, as those of `shared_once` are; only
newcomers before expensive pages come here.
"""

from __future__ import annotations

import fcntl
import mmap
import os
import struct
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from gateway.kernel.gatherings import Gathered
from gateway.metering.relief.crowds import HALF_NS
from gateway.storage.shared_marks import MARKS_BYTES
from gateway.storage.shared_once import TABLE_BYTES

WAYS = 8
BUCKETS = 512
MEMBER_BYTES = 128
MEMBER_BITS = MEMBER_BYTES * 8
_HEAD = struct.Struct("<8sQQ")
"""Whose, which half (from 1 on; 0 is nobody's), and what was had."""
SLOT_BYTES = _HEAD.size + MEMBER_BYTES
BUCKET_BYTES = WAYS * SLOT_BYTES
CROWDS_BYTES = BUCKETS * BUCKET_BYTES
CROWDS_AT = TABLE_BYTES + MARKS_BYTES
NOBODY = (0, 0)
_Half = tuple[int, int]
"""Bits of members, and units."""


class SharedCrowds:
    """Crowds as one process sees them; a `gateway.kernel.gatherings.Gatherings`.

    Args:
        fd: The descriptor of the family's table, which must stay open.

    Raises:
        ValueError: that table has no crowds; an earlier release made it.
    """

    def __init__(self, fd: int) -> None:
        if os.fstat(fd).st_size < CROWDS_AT + CROWDS_BYTES:
            raise ValueError("a table without crowds")
        page = mmap.ALLOCATIONGRANULARITY
        self._begins = CROWDS_AT % page
        length, offset = self._begins + CROWDS_BYTES, CROWDS_AT - self._begins
        self._map = mmap.mmap(fd, length, offset=offset)
        self._fd = fd
        self._threads = threading.Lock()

    def note(
        self, gathering: bytes, *, member: bytes = b"", units: int = 0, now_ns: int
    ) -> Gathered:
        """See `Gatherings`."""
        half = now_ns // HALF_NS + 1
        with self._alone(gathering) as at:
            bits, had = self._half(at, gathering, half) or NOBODY
            if member:
                bits |= 1 << int.from_bytes(member, "little") % MEMBER_BITS
            younger = (bits, had + units)
            self._keep(at, gathering, half, what=younger)
            return _both(younger, self._half(at, gathering, half - 1))

    def told(self, gathering: bytes, *, now_ns: int) -> Gathered:
        """See `Gatherings`."""
        half = now_ns // HALF_NS + 1
        with self._alone(gathering) as at:
            younger = self._half(at, gathering, half) or NOBODY
            return _both(younger, self._half(at, gathering, half - 1))

    def _half(self, at: int, gathering: bytes, half: int) -> _Half | None:
        for place in range(at, at + BUCKET_BYTES, SLOT_BYTES):
            whose, which, units = _HEAD.unpack_from(self._map, place)
            if which == half and whose == gathering:
                begins = place + _HEAD.size
                members = self._map[begins : begins + MEMBER_BYTES]
                return int.from_bytes(members, "little"), units
        return None

    def _keep(self, at: int, gathering: bytes, half: int, *, what: _Half) -> None:
        """Where it is; else in the place of the oldest."""
        oldest, since = at, -1
        for place in range(at, at + BUCKET_BYTES, SLOT_BYTES):
            whose, which, _ = _HEAD.unpack_from(self._map, place)
            if which == half and whose == gathering:
                oldest = place
                break
            if since < 0 or which < since:
                oldest, since = place, which
        bits, units = what
        begins = oldest + _HEAD.size
        self._map[begins : begins + MEMBER_BYTES] = bits.to_bytes(
            MEMBER_BYTES, "little"
        )
        _HEAD.pack_into(self._map, oldest, gathering, half, units)

    @contextmanager
    def _alone(self, gathering: bytes) -> Iterator[int]:
        """The crowd's bucket, while no other process and no other thread is there."""
        bucket = int.from_bytes(gathering, "little") % BUCKETS
        begins = CROWDS_AT + bucket * BUCKET_BYTES
        with self._threads:
            fcntl.lockf(self._fd, fcntl.LOCK_EX, BUCKET_BYTES, begins)
            try:
                yield self._begins + bucket * BUCKET_BYTES
            finally:
                fcntl.lockf(self._fd, fcntl.LOCK_UN, BUCKET_BYTES, begins)


def _both(younger: _Half, older: _Half | None) -> Gathered:
    bits, units = older or NOBODY
    return Gathered((younger[0] | bits).bit_count(), younger[1] + units)
