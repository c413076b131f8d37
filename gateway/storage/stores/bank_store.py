"""Movements on bank accounts, and what became of them, in tables."""

from __future__ import annotations

from gateway.billing.bank import Direction, Movement, Use, UsedFor
from gateway.kernel.money import Money
from gateway.storage.database import Database, Row

ADD = """
INSERT INTO bank_movement (id, account, reference, currency, amount_minor, direction,
  is_reversal, booked_us, end_to_end, creditor_reference, text, name, counterpart)
VALUES (:id, :account, :reference, :currency, :amount_minor, :direction,
  :is_reversal, :booked_us, :end_to_end, :creditor_reference, :text, :name,
  :counterpart)
"""
USE = """
INSERT INTO bank_use (movement_id, position, used_for, ref, amount_minor)
SELECT :movement_id, count(*) + 1, :used_for, :ref, :amount_minor
FROM bank_use WHERE movement_id = :movement_id
"""


class StoredBank:
    """`gateway.billing.ports.BankStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, movement: Movement) -> None:
        """Keep a movement; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                ADD,
                {
                    "id": movement.id,
                    "account": movement.account,
                    "reference": movement.reference,
                    "currency": movement.amount.currency,
                    "amount_minor": movement.amount.minor,
                    "direction": movement.direction.value,
                    "is_reversal": int(movement.is_reversal),
                    "booked_us": movement.booked_us,
                    "end_to_end": movement.end_to_end,
                    "creditor_reference": movement.creditor_reference,
                    "text": movement.text,
                    "name": movement.name,
                    "counterpart": movement.counterpart,
                },
            )

    def use(self, use: Use) -> None:
        """Say what became of a part of a movement; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                USE,
                {
                    "movement_id": use.movement_id,
                    "used_for": use.used_for.value,
                    "ref": use.ref,
                    "amount_minor": use.amount_minor,
                },
            )

    def find(self, movement_id: str) -> Movement | None:
        """The movement of that id."""
        row = self._db.row(
            "SELECT * FROM bank_movement WHERE id = :id", {"id": movement_id}
        )
        return _movement(row) if row else None

    def named(self, account: str, reference: str) -> Movement | None:
        """The movement the bank calls so."""
        row = self._db.row(
            "SELECT * FROM bank_movement"
            " WHERE account = :account AND reference = :reference",
            {"account": account, "reference": reference},
        )
        return _movement(row) if row else None

    def uses_of(self, movement_id: str) -> tuple[Use, ...]:
        """What became of a movement, in order."""
        rows = self._db.rows(
            "SELECT * FROM bank_use WHERE movement_id = :id ORDER BY position",
            {"id": movement_id},
        )
        return tuple(
            Use(
                row["movement_id"],
                UsedFor(row["used_for"]),
                row["ref"],
                row["amount_minor"],
            )
            for row in rows
        )

    def all(self) -> tuple[Movement, ...]:
        """Every movement, by the time it was booked and id."""
        rows = self._db.rows("SELECT * FROM bank_movement ORDER BY booked_us, id")
        return tuple(_movement(row) for row in rows)


def _movement(row: Row) -> Movement:
    return Movement(
        id=row["id"],
        account=row["account"],
        reference=row["reference"],
        amount=Money(row["amount_minor"], row["currency"]),
        direction=Direction(row["direction"]),
        is_reversal=bool(row["is_reversal"]),
        booked_us=row["booked_us"],
        end_to_end=row["end_to_end"],
        creditor_reference=row["creditor_reference"],
        text=row["text"],
        name=row["name"],
        counterpart=row["counterpart"],
    )
