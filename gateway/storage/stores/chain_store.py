"""The chain of digests in a table that grows at its end only."""

from __future__ import annotations

from gateway.billing.chain import Link, Sealed
from gateway.storage.database import Database, Row


class StoredChain:
    """`gateway.billing.ports.ChainStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def last(self) -> Link | None:
        """The last link."""
        sql = "SELECT * FROM audit_link ORDER BY position DESC LIMIT 1"
        row = self._db.row(sql)
        return _link(row) if row else None

    def append(self, link: Link) -> None:
        """Add a link; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO audit_link (position, kind, ref, digest, previous, hash)"
                " VALUES (:position, :kind, :ref, :digest, :previous, :hash)",
                {
                    "position": link.index,
                    "kind": link.kind.value,
                    "ref": link.ref,
                    "digest": link.digest,
                    "previous": link.previous,
                    "hash": link.hash,
                },
            )

    def links(self) -> tuple[Link, ...]:
        """Every link, in order."""
        rows = self._db.rows("SELECT * FROM audit_link ORDER BY position")
        return tuple(_link(row) for row in rows)


def _link(row: Row) -> Link:
    return Link(
        index=row["position"],
        kind=Sealed(row["kind"]),
        ref=row["ref"],
        digest=row["digest"],
        previous=row["previous"],
        hash=row["hash"],
    )
