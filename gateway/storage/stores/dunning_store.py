"""Disputes and reminders in tables."""

from __future__ import annotations

from gateway.billing.dispute import Dispute, Outcome, Resolution
from gateway.billing.reminder import Reminder
from gateway.storage.database import Database, Row

DISPUTES = """
SELECT dispute.*, outcome, dispute_end.said_by AS ended_by,
  dispute_end.reason AS ended_because, at_us, note_id
FROM dispute LEFT JOIN dispute_end ON dispute_id = id
"""
REMINDERS = """
SELECT reminder.*, at_us FROM reminder LEFT JOIN reminder_sent
  ON reminder_sent.invoice_id = reminder.invoice_id
  AND reminder_sent.level = reminder.level
"""
REMIND = """
INSERT INTO reminder (invoice_id, level, is_last, overdue_minor, days, address,
  language, subject, text, decided_us)
VALUES (:invoice_id, :level, :is_last, :overdue_minor, :days, :address, :language,
  :subject, :text, :decided_us)
"""


class StoredDisputes:
    """`gateway.billing.life_ports.DisputeStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, dispute: Dispute) -> None:
        """Keep an open dispute; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO dispute (id, invoice_id, said_by, reason, opened_us)"
                " VALUES (:id, :invoice_id, :said_by, :reason, :opened_us)",
                {
                    "id": dispute.id,
                    "invoice_id": dispute.invoice_id,
                    "said_by": dispute.by,
                    "reason": dispute.reason,
                    "opened_us": dispute.opened_us,
                },
            )
            tx.run_many(
                "INSERT INTO dispute_line (dispute_id, invoice_id, position)"
                " VALUES (:dispute_id, :invoice_id, :position)",
                [
                    {
                        "dispute_id": dispute.id,
                        "invoice_id": dispute.invoice_id,
                        "position": position,
                    }
                    for position in dispute.positions
                ],
            )

    def resolve(self, dispute_id: str, resolution: Resolution) -> None:
        """Keep how a dispute ended; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO dispute_end (dispute_id, outcome, said_by, reason, at_us,"
                " note_id) VALUES (:id, :outcome, :said_by, :reason, :at_us, :note_id)",
                {
                    "id": dispute_id,
                    "outcome": resolution.outcome.value,
                    "said_by": resolution.by,
                    "reason": resolution.reason,
                    "at_us": resolution.at_us,
                    "note_id": resolution.note_id or None,
                },
            )

    def find(self, dispute_id: str) -> Dispute | None:
        """The dispute of that id."""
        row = self._db.row(f"{DISPUTES} WHERE id = :id", {"id": dispute_id})
        return self._dispute(row) if row else None

    def on(self, invoice_id: str) -> tuple[Dispute, ...]:
        """The disputes about an invoice, by id."""
        sql = f"{DISPUTES} WHERE invoice_id = :id ORDER BY id"
        return tuple(map(self._dispute, self._db.rows(sql, {"id": invoice_id})))

    def all(self) -> tuple[Dispute, ...]:
        """Every dispute, by id."""
        return tuple(map(self._dispute, self._db.rows(f"{DISPUTES} ORDER BY id")))

    def _dispute(self, row: Row) -> Dispute:
        lines = self._db.rows(
            "SELECT position FROM dispute_line WHERE dispute_id = :id"
            " ORDER BY position",
            {"id": row["id"]},
        )
        return Dispute(
            id=row["id"],
            invoice_id=row["invoice_id"],
            positions=tuple(line["position"] for line in lines),
            by=row["said_by"],
            reason=row["reason"],
            opened_us=row["opened_us"],
            resolution=_end(row),
        )


class StoredReminders:
    """`gateway.billing.life_ports.ReminderStore` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db

    def add(self, reminder: Reminder) -> None:
        """Keep a reminder before it is sent; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                REMIND,
                {
                    "invoice_id": reminder.invoice_id,
                    "level": reminder.level,
                    "is_last": int(reminder.is_last),
                    "overdue_minor": reminder.overdue_minor,
                    "days": reminder.days,
                    "address": reminder.to,
                    "language": reminder.language,
                    "subject": reminder.subject,
                    "text": reminder.text,
                    "decided_us": reminder.decided_us,
                },
            )

    def mark_sent(self, invoice_id: str, level: int, *, at_us: int) -> None:
        """Say that a reminder was handed over; see the port."""
        with self._db.transaction() as tx:
            tx.run(
                "INSERT INTO reminder_sent (invoice_id, level, at_us)"
                " VALUES (:invoice_id, :level, :at_us)",
                {"invoice_id": invoice_id, "level": level, "at_us": at_us},
            )

    def on(self, invoice_id: str) -> tuple[Reminder, ...]:
        """The reminders about an invoice, by level."""
        sql = f"{REMINDERS} WHERE reminder.invoice_id = :id ORDER BY reminder.level"
        return tuple(map(_reminder, self._db.rows(sql, {"id": invoice_id})))

    def all(self) -> tuple[Reminder, ...]:
        """Every reminder, by invoice and level."""
        sql = f"{REMINDERS} ORDER BY reminder.invoice_id, reminder.level"
        return tuple(map(_reminder, self._db.rows(sql)))


def _end(row: Row) -> Resolution | None:
    if row["outcome"] is None:
        return None
    return Resolution(
        outcome=Outcome(row["outcome"]),
        by=row["ended_by"],
        reason=row["ended_because"],
        at_us=row["at_us"],
        note_id=row["note_id"] or "",
    )


def _reminder(row: Row) -> Reminder:
    return Reminder(
        invoice_id=row["invoice_id"],
        level=row["level"],
        is_last=bool(row["is_last"]),
        overdue_minor=row["overdue_minor"],
        days=row["days"],
        to=row["address"],
        language=row["language"],
        subject=row["subject"],
        text=row["text"],
        decided_us=row["decided_us"],
        sent_us=row["at_us"],
    )
