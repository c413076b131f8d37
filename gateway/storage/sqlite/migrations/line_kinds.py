"""What an invoice's lines may be for: a list that grows."""

from __future__ import annotations

import re

from sqlite_utils import Database

KINDS = re.compile(r"CHECK \(kind IN \(([^)]*)\)\)")


def allow_line_kind(db: Database, kind: str) -> None:
    """Let invoice lines be of one kind more, beside all they may be already."""
    (told,) = db.execute(
        "SELECT sql FROM sqlite_master WHERE type = 'table' AND name = 'invoice_line'"
    ).fetchone()
    # A table that is renamed takes every trigger with it that names it.
    triggers = db.execute(
        "SELECT name, sql FROM sqlite_master WHERE type = 'trigger'"
        " AND sql LIKE '%invoice_line%' ORDER BY rowid"
    ).fetchall()
    for name, _ in triggers:
        db.execute(f"DROP TRIGGER {name}")
    db.execute("ALTER TABLE invoice_line RENAME TO invoice_line_kept")
    db.execute(KINDS.sub(lambda found: _with(found, kind), told))
    db.execute("INSERT INTO invoice_line SELECT * FROM invoice_line_kept")
    db.execute("DROP TABLE invoice_line_kept")
    for _, sql in triggers:
        db.execute(sql)


def _with(found: re.Match[str], kind: str) -> str:
    kinds = [each.strip(" '") for each in found[1].split(",")]
    more = [] if kind in kinds else [kind]
    told = ", ".join(f"'{each}'" for each in (*kinds, *more))
    return f"CHECK (kind IN ({told}))"
