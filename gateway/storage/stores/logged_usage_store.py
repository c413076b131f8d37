"""Usage from a front server's log, recorded together with how far it was read.

Events and checkpoint are one transaction: after a crash the same lines are read again
or they are not, and an event that comes twice is the same event.
"""

from __future__ import annotations

from collections.abc import Sequence

from gateway.kernel.errors import Conflict
from gateway.metering.ports import Checkpoint, Settled
from gateway.metering.usage_event import UsageEvent
from gateway.storage.database import Database
from gateway.storage.stores.usage_store import SqlUsageStore

READ_UP_TO = """
INSERT INTO log_checkpoint (log, inode, byte_offset, trail, read_us)
VALUES (:log, :inode, :byte_offset, :trail, :read_us)
ON CONFLICT (log) DO UPDATE SET inode = excluded.inode,
  byte_offset = excluded.byte_offset, trail = excluded.trail, read_us = excluded.read_us
"""


class SqlLoggedUsageStore:
    """Implements `metering.ports.LoggedUsageStore`."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self._usage = SqlUsageStore(db)

    def checkpoint(self, log: str) -> Checkpoint | None:
        """How far a log was read; None if never."""
        row = self._db.row(
            "SELECT inode, byte_offset, trail FROM log_checkpoint WHERE log = :log",
            {"log": log},
        )
        if row is None:
            return None
        return Checkpoint(int(row["inode"]), int(row["byte_offset"]), row["trail"])

    def record_logged(
        self,
        log: str,
        events: Sequence[UsageEvent],
        upto: Checkpoint,
        *,
        recorded_us: int,
    ) -> tuple[Settled | None, ...]:
        """Record events and how far the log was read, all or none."""
        row = {
            "log": log,
            "inode": upto.inode,
            "byte_offset": upto.offset,
            "trail": upto.trail,
            "read_us": recorded_us,
        }
        with self._db.transaction() as transaction:
            settled = tuple(self._recorded(event, recorded_us) for event in events)
            transaction.run(READ_UP_TO, row)
        return settled

    def _recorded(self, event: UsageEvent, recorded_us: int) -> Settled | None:
        try:
            return self._usage.record_event(event, recorded_us=recorded_us)
        except Conflict:
            return None
