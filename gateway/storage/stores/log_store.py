"""The log of the open books, in tables that grow at their ends only."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Sequence
from itertools import groupby
from operator import itemgetter

from gateway.kernel.errors import Conflict
from gateway.storage.database import Answer, Database, Insert
from gateway.storage.stores.usage_rows import last_seq
from gateway.transparency.kinds import USAGE
from gateway.transparency.ports import UsageBatch
from gateway.transparency.rows import Row

INTO_LOG = Insert("log_row", ("place", "kind", "key", "line", "up_to_place"))
US_PER_DAY = 86_400_000_000
BATCHES = f"""
SELECT terms.agreement_id, event.occurred_us / {US_PER_DAY} AS day, event.id,
  event.body_bytes, event.billable_bytes, event.billable_requests, event.occurred_us
FROM usage_event AS event JOIN usage_terms AS terms ON terms.id = event.terms_id
WHERE event.seq > :after AND event.seq <= :up_to AND terms.is_test = 0
ORDER BY terms.agreement_id, day, event.id
"""  # noqa: S608 - a number of ours


class StoredLog:
    """`gateway.transparency.ports.LogStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def size(self) -> int:
        """How many rows."""
        row = self._db.row("SELECT coalesce(max(place), -1) + 1 AS size FROM log_row")
        return int(row["size"]) if row else 0

    def append(self, rows: Sequence[Row], *, after: int) -> None:
        """Add rows at the end; see the port."""
        with self._db.transaction() as tx:
            if self.size() != after:
                raise Conflict("somebody else let the log grow meanwhile; try again")
            values = [
                (place, row.kind, row.key, row.line, _up_to(row))
                for place, row in enumerate(rows, start=after)
            ]
            if values:
                tx.insert_rows(INTO_LOG, values)

    def lines(self) -> Iterator[str]:
        """Every row's line, in order, in constant memory."""
        answers = self._db.answers("SELECT line FROM log_row ORDER BY place")
        return (line for (line,) in answers)

    def line(self, kind: str, key: str) -> str | None:
        """The line of a row."""
        row = self._db.row(
            "SELECT line FROM log_row WHERE kind = :kind AND key = :key",
            {"kind": kind, "key": key},
        )
        return row["line"] if row else None

    def keys(self, kind: str) -> Iterator[str]:
        """The keys of a kind's rows, in order."""
        sql = "SELECT key FROM log_row WHERE kind = :kind ORDER BY place"
        return (key for (key,) in self._db.answers(sql, {"kind": kind}))

    def usage_up_to(self) -> int:
        """The place up to which usage is in the log."""
        row = self._db.row("SELECT coalesce(max(up_to_place), 0) AS place FROM log_row")
        return int(row["place"]) if row else 0

    def called(self, party_id: str) -> str | None:
        """The commitment that stands in the log for a party."""
        row = self._db.row(
            "SELECT commitment FROM log_party WHERE party_id = :id", {"id": party_id}
        )
        return row["commitment"] if row else None

    def call(self, party_id: str, commitment: str) -> None:
        """Keep which commitment stands for a party; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO log_party (party_id, commitment) VALUES (:id, :called)",
                {"id": party_id, "called": commitment},
            )

    def last_head(self) -> tuple[int, str] | None:
        """Size and signed note of the last checkpoint."""
        row = self._db.row("SELECT * FROM log_head ORDER BY size DESC LIMIT 1")
        return (row["size"], row["note"]) if row else None

    def add_head(self, size: int, note: str) -> None:
        """Keep a checkpoint; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO log_head (size, note) VALUES (:size, :note)",
                {"size": size, "note": note},
            )


class StoredUsageBatches:
    """`gateway.transparency.ports.UsageBatches` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def last_seq(self) -> int:
        """The place of the last event in the order of recording."""
        return last_seq(self._db)

    def batches(self, *, after: int, up_to: int) -> Iterator[UsageBatch]:
        """By agreement and day; see the port."""
        answers = self._db.answers(BATCHES, {"after": after, "up_to": up_to})
        for (agreement_id, day), events in groupby(answers, key=itemgetter(0, 1)):
            yield _batch(agreement_id, day, events)


def _batch(agreement_id: str, day: int, events: Iterator[Answer]) -> UsageBatch:
    digest = hashlib.sha256()
    number = body = billable = requests = 0
    for _, _, *told in events:
        line = json.dumps(told, separators=(",", ":"), ensure_ascii=False)
        digest.update(line.encode() + b"\n")
        number += 1
        body, billable = body + told[1], billable + told[2]
        requests += told[3]
    return UsageBatch(
        agreement_id, day, number, body, billable, requests, digest.hexdigest()
    )


def _up_to(row: Row) -> int:
    return int(row.body["up_to_place"]) if row.kind == USAGE else 0
