"""Movements on bank accounts, and what became of them, in tables."""

from __future__ import annotations

from dataclasses import asdict

from gateway.billing.bank import (
    Direction,
    Movement,
    TakenBack,
    Undone,
    Use,
    UsedFor,
)
from gateway.billing.reversals import Outside
from gateway.kernel.money import Money
from gateway.storage.database import Database, Row

ADD = """
INSERT INTO bank_movement (id, account, reference, currency, amount_minor, direction,
  is_reversal, booked_us, end_to_end, creditor_reference, text, name, counterpart,
  fee_minor)
VALUES (:id, :account, :reference, :currency, :amount_minor, :direction,
  :is_reversal, :booked_us, :end_to_end, :creditor_reference, :text, :name,
  :counterpart, :fee_minor)
"""
USE = """
INSERT INTO bank_use (movement_id, position, used_for, ref, amount_minor)
SELECT :movement_id, count(*) + 1, :used_for, :ref, :amount_minor
FROM bank_use WHERE movement_id = :movement_id
"""

TAKE_BACK = """
INSERT INTO bank_taken_back
  (back_id, position, movement_id, kind, ref, invoice_id, amount_minor)
SELECT :back_id, count(*) + 1, :movement_id, :kind, :ref, :invoice_id, :amount_minor
FROM bank_taken_back WHERE back_id = :back_id
"""
WAITING = """
SELECT m.* FROM bank_movement m
WHERE m.direction = 'in' AND m.amount_minor >
  (SELECT coalesce(sum(u.amount_minor), 0) FROM bank_use u WHERE u.movement_id = m.id)
ORDER BY m.booked_us, m.id
"""
UNDONE = """
SELECT
  (SELECT coalesce(sum(amount_minor), 0) FROM bank_taken_back
   WHERE back_id = :id AND kind <> 'draw')
  + (SELECT coalesce(sum(amount_minor), 0) FROM bank_use
     WHERE used_for = 'returned' AND ref = :id)
  + (SELECT coalesce(sum(amount_minor), 0) FROM bank_use
     WHERE used_for = 'returned' AND ref > :id || '/' AND ref < :id || '0') AS minor
"""
BACK_OF = "SELECT * FROM bank_taken_back WHERE movement_id = :id"
BACK_ON = "SELECT * FROM bank_taken_back WHERE invoice_id = :id"
BACK_BY = "SELECT * FROM bank_taken_back WHERE back_id = :id"
CALLED = """
SELECT * FROM bank_movement
WHERE account = :account AND end_to_end = :end_to_end AND end_to_end <> ''
ORDER BY booked_us, id
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
                    "fee_minor": movement.fee_minor,
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

    def called(self, account: str, end_to_end: str) -> tuple[Movement, ...]:
        """What carries an end-to-end reference on an account; see the port."""
        rows = self._db.rows(CALLED, {"account": account, "end_to_end": end_to_end})
        return tuple(_movement(row) for row in rows)

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

    def is_used(self, used_for: UsedFor, ref: str) -> bool:
        """Did some movement become that already?"""
        sql = "SELECT 1 FROM bank_use WHERE used_for = :used_for AND ref = :ref"
        return self._db.row(sql, {"used_for": used_for.value, "ref": ref}) is not None

    def take_back(self, part: TakenBack) -> None:
        """Say what a movement takes back; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                TAKE_BACK,
                {
                    "back_id": part.back_id,
                    "movement_id": part.movement_id,
                    "kind": part.kind.value,
                    "ref": part.ref,
                    "invoice_id": part.invoice_id,
                    "amount_minor": part.amount_minor,
                },
            )

    def taken_back_of(self, movement_id: str) -> tuple[TakenBack, ...]:
        """What was taken back of what a movement brought, in order."""
        return self._taken_back(BACK_OF, movement_id)

    def taken_back_on(self, invoice_id: str) -> tuple[TakenBack, ...]:
        """What was taken back of what had settled an invoice, in order."""
        return self._taken_back(BACK_ON, invoice_id)

    def taken_back_by(self, back_id: str) -> tuple[TakenBack, ...]:
        """What a movement took back, in order."""
        return self._taken_back(BACK_BY, back_id)

    def undone_by(self, back_id: str) -> int:
        """How much a movement took back of what had come in, minor units."""
        row = self._db.row(UNDONE, {"id": back_id})
        return int(row["minor"]) if row else 0

    def lay_outside(self, outside: Outside) -> None:
        """Say that what was taken back never was in these books; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO bank_outside (back_id, reason, said_us)"
                " VALUES (:back_id, :reason, :said_us)",
                asdict(outside),
            )

    def outside(self, back_id: str) -> Outside | None:
        """What was said of a movement; see the port."""
        row = self._db.row(
            "SELECT * FROM bank_outside WHERE back_id = :id", {"id": back_id}
        )
        if row is None:
            return None
        return Outside(row["back_id"], row["reason"], row["said_us"])

    def waiting(self) -> tuple[Movement, ...]:
        """What came in and has something left; see the port."""
        return tuple(_movement(row) for row in self._db.rows(WAITING))

    def _taken_back(self, select: str, about: str) -> tuple[TakenBack, ...]:
        rows = self._db.rows(f"{select} ORDER BY back_id, position", {"id": about})
        return tuple(
            TakenBack(
                row["back_id"],
                row["movement_id"],
                Undone(row["kind"]),
                row["ref"],
                row["invoice_id"],
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
        fee_minor=row["fee_minor"],
    )
