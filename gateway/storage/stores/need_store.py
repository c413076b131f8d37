"""Which claims answer a need, and who was told that they take much, in tables."""

from __future__ import annotations

from dataclasses import asdict

from gateway.reciprocity.need import Answering
from gateway.reciprocity.notice import Notice
from gateway.storage.database import Database, Row

SELECT_NEED = """
SELECT claim_id, need_id, unit, quantity, equivalence AS "table" FROM claim_need
"""
OF_PARTY = f"""
{SELECT_NEED}
WHERE claim_id IN (SELECT id FROM contribution_claim WHERE party_id = :party_id)
ORDER BY claim_id
"""  # noqa: S608 - SQL of ours
SELECT_NOTICE = """
SELECT id, owner_id, permille, takers, said_by AS "by", told_us, is_lifted
FROM taker_notice
"""


class StoredNeeds:
    """`gateway.reciprocity.giving_ports.NeedStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, answering: Answering) -> None:
        """Keep that a claim answers a need; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO claim_need (claim_id, need_id, unit, quantity,"
                " equivalence) VALUES (:claim_id, :need_id, :unit, :quantity, :table)",
                asdict(answering),
            )

    def of_claim(self, claim_id: str) -> Answering | None:
        """The need a claim answers, if any."""
        row = self._db.row(f"{SELECT_NEED} WHERE claim_id = :id", {"id": claim_id})
        return Answering(**row) if row else None

    def of_party(self, party_id: str) -> tuple[Answering, ...]:
        """Everything a party's claims answer, by claim."""
        rows = self._db.rows(OF_PARTY, {"party_id": party_id})
        return tuple(Answering(**row) for row in rows)

    def all(self) -> tuple[Answering, ...]:
        """Every claim that answers a need, by claim."""
        rows = self._db.rows(f"{SELECT_NEED} ORDER BY claim_id")
        return tuple(Answering(**row) for row in rows)


class StoredNotices:
    """`gateway.reciprocity.giving_ports.NoticeStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, notice: Notice) -> None:
        """Keep a notice; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO taker_notice (id, owner_id, permille, takers, said_by,"
                " told_us, is_lifted) VALUES (:id, :owner_id, :permille, :takers, :by,"
                " :told_us, :is_lifted)",
                {**asdict(notice), "is_lifted": int(notice.is_lifted)},
            )

    def of_owner(self, owner_id: str) -> tuple[Notice, ...]:
        """An owner's notices, oldest first."""
        sql = f"{SELECT_NOTICE} WHERE owner_id = :owner_id ORDER BY told_us, id"
        return tuple(map(_notice, self._db.rows(sql, {"owner_id": owner_id})))

    def all(self) -> tuple[Notice, ...]:
        """Every notice, oldest first."""
        rows = self._db.rows(f"{SELECT_NOTICE} ORDER BY told_us, id")
        return tuple(map(_notice, rows))


def _notice(row: Row) -> Notice:
    return Notice(**{**row, "is_lifted": bool(row["is_lifted"])})
