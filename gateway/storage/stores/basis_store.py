"""On what the splits of the waterfall rested, in a table that only grows."""

from __future__ import annotations

from gateway.fund.basis import Basis
from gateway.fund.waterfall import Shares
from gateway.storage.database import Database

SHARES = ("operator_bp", "reserve_bp", "labour_bp", "solidarity_bp")
ADD = """
INSERT INTO waterfall_basis (entry_id, net_minor, operator_bp, reserve_bp, labour_bp,
  solidarity_bp, unpaid_bp, reserve_room_minor)
VALUES (:entry_id, :net_minor, :operator_bp, :reserve_bp, :labour_bp, :solidarity_bp,
  :unpaid_bp, :reserve_room_minor)
"""


class StoredBases:
    """`gateway.fund.ports.BasisStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, basis: Basis) -> None:
        """Keep it; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                ADD,
                {
                    "entry_id": basis.entry_id,
                    "net_minor": basis.net_minor,
                    **{name: getattr(basis.shares, name) for name in SHARES},
                    "unpaid_bp": basis.unpaid_bp,
                    "reserve_room_minor": basis.reserve_room_minor,
                },
            )

    def all(self) -> tuple[Basis, ...]:
        """Every basis, by entry id."""
        rows = self._db.rows("SELECT * FROM waterfall_basis ORDER BY entry_id")
        return tuple(
            Basis(
                entry_id=row["entry_id"],
                net_minor=row["net_minor"],
                shares=Shares(**{name: row[name] for name in SHARES}),
                unpaid_bp=row["unpaid_bp"],
                reserve_room_minor=row["reserve_room_minor"],
            )
            for row in rows
        )
