"""Caps in tables: a change is a row, and the last one of its kind holds."""

from __future__ import annotations

from gateway.metering.cap_terms import CapTerms, Counted, Per, Strength
from gateway.metering.ports import CapChange
from gateway.storage.database import Database, Row

OF_AN_AGREEMENT = """
SELECT * FROM cap_change AS own WHERE agreement_id = :agreement_id AND seq = (
  SELECT max(seq) FROM cap_change AS later
  WHERE later.agreement_id = own.agreement_id AND later.key_id = own.key_id
  AND later.counted = own.counted AND later.per = own.per
  AND later.strength = own.strength)
ORDER BY key_id, counted, per, strength
"""


class StoredCaps:
    """`gateway.metering.ports.CapStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def put(self, terms: CapTerms, *, at_us: int) -> None:
        """Set a cap; see the port."""
        self._change(terms, is_lifted=False, at_us=at_us)

    def lift(self, terms: CapTerms, *, at_us: int) -> None:
        """End a cap; see the port."""
        self._change(terms, is_lifted=True, at_us=at_us)

    def caps_of(self, agreement_id: str) -> tuple[CapChange, ...]:
        """The last change of each kind."""
        rows = self._db.rows(OF_AN_AGREEMENT, {"agreement_id": agreement_id})
        return tuple(
            CapChange(_terms(row), is_lifted=bool(row["is_lifted"]), at_us=row["at_us"])
            for row in rows
        )

    def changed_after(self, seq: int) -> tuple[int, frozenset[str]]:
        """The number of the last change, and whose caps changed after another."""
        rows = self._db.rows(
            "SELECT agreement_id, max(seq) AS seq FROM cap_change WHERE seq > :seq"
            " GROUP BY agreement_id",
            {"seq": seq},
        )
        whose = frozenset(row["agreement_id"] for row in rows)
        return max((row["seq"] for row in rows), default=seq), whose

    def capped(self) -> tuple[str, ...]:
        """Agreements that have a cap, or had one; see the port."""
        rows = self._db.rows(
            "SELECT agreement_id FROM cap_change UNION SELECT id FROM agreement"
            " WHERE cap_minor IS NOT NULL ORDER BY 1"
        )
        return tuple(row["agreement_id"] for row in rows)

    def _change(self, terms: CapTerms, *, is_lifted: bool, at_us: int) -> None:
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO cap_change (agreement_id, key_id, counted, per, strength,"
                " amount, is_lifted, at_us) VALUES (:agreement_id, :key_id, :counted,"
                " :per, :strength, :amount, :is_lifted, :at_us)",
                {
                    "agreement_id": terms.agreement_id,
                    "key_id": terms.key_id,
                    "counted": terms.counted.value,
                    "per": terms.per.value,
                    "strength": terms.strength.value,
                    "amount": terms.amount,
                    "is_lifted": int(is_lifted),
                    "at_us": at_us,
                },
            )


def _terms(row: Row) -> CapTerms:
    return CapTerms(
        agreement_id=row["agreement_id"],
        counted=Counted(row["counted"]),
        per=Per(row["per"]),
        amount=row["amount"],
        strength=Strength(row["strength"]),
        key_id=row["key_id"],
    )
