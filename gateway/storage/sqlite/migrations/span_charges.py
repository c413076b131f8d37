"""Tables of what is owed beside use: minimums, royalties, declared turnovers."""

from __future__ import annotations

import re

from sqlite_utils import Database, Migrations

from gateway.storage.sqlite.migrations.guards import append_only

migrations = Migrations("span-charges")

SPAN_CHARGE = """
CREATE TABLE span_charge (
  run_id TEXT NOT NULL REFERENCES billing_run,
  position INTEGER NOT NULL CHECK (position > 0),
  charged_for TEXT NOT NULL CHECK (charged_for IN ('minimum', 'royalty')),
  agreement_id TEXT NOT NULL REFERENCES agreement,
  party_id TEXT NOT NULL,
  tariff TEXT NOT NULL,
  tariff_version INTEGER NOT NULL,
  span_start_us INTEGER NOT NULL,
  span_end_us INTEGER NOT NULL CHECK (span_end_us > span_start_us),
  currency TEXT NOT NULL,
  basis_minor INTEGER NOT NULL CHECK (basis_minor >= 0),
  due_minor INTEGER NOT NULL CHECK (due_minor >= 0),
  net_minor INTEGER NOT NULL CHECK (net_minor <> 0),
  PRIMARY KEY (run_id, position)
) STRICT, WITHOUT ROWID
"""
ONE_SPAN = """
CREATE INDEX span_charge_span
ON span_charge (charged_for, agreement_id, span_start_us, span_end_us)
"""
CHARGED_ONCE = """
CREATE TRIGGER span_is_charged_once BEFORE INSERT ON span_charge
WHEN NEW.due_minor <> NEW.net_minor + coalesce(
  (SELECT sum(net_minor) FROM span_charge
   WHERE charged_for = NEW.charged_for AND agreement_id = NEW.agreement_id
     AND span_start_us = NEW.span_start_us AND span_end_us = NEW.span_end_us), 0)
BEGIN SELECT RAISE(ABORT, 'a span is charged once'); END
"""
DECLARATION = """
CREATE TABLE declaration (
  id TEXT PRIMARY KEY,
  agreement_id TEXT NOT NULL REFERENCES agreement,
  span_start_us INTEGER NOT NULL,
  span_end_us INTEGER NOT NULL CHECK (span_end_us > span_start_us),
  currency TEXT NOT NULL,
  turnover_minor INTEGER NOT NULL CHECK (turnover_minor >= 0),
  evidence TEXT NOT NULL CHECK (evidence <> ''),
  declared_on TEXT NOT NULL CHECK (length(declared_on) = 10),
  declared_by TEXT NOT NULL CHECK (declared_by <> ''),
  recorded_us INTEGER NOT NULL
) STRICT, WITHOUT ROWID
"""
KINDS = re.compile(r"CHECK \(kind IN \(([^)]*)\)\)")


@migrations()
def m001_charges_beside_use(db: Database) -> None:
    """Make the tables and their guards."""
    for statement in (
        SPAN_CHARGE,
        ONE_SPAN,
        CHARGED_ONCE,
        DECLARATION,
        *append_only("span_charge", "a charge"),
        *append_only("declaration", "a declared turnover"),
    ):
        db.execute(statement)


@migrations()
def m002_lines_of_these_kinds(db: Database) -> None:
    """An invoice's lines may be for these, beside all they may be for already."""
    allow_kinds(db, "minimum", "royalty")


@migrations()
def m003_lines_of_rebates(db: Database) -> None:
    """And for a rebate."""
    allow_kinds(db, "rebate")


def allow_kinds(db: Database, *added: str) -> None:
    """Let invoice lines be of more kinds; rows, guards and triggers stay."""
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
    db.execute(KINDS.sub(lambda found: _with(found, added), told))
    db.execute("INSERT INTO invoice_line SELECT * FROM invoice_line_kept")
    db.execute("DROP TABLE invoice_line_kept")
    for _, sql in triggers:
        db.execute(sql)


def _with(found: re.Match[str], added: tuple[str, ...]) -> str:
    kinds = [each.strip(" '") for each in found[1].split(",")]
    more = [each for each in added if each not in kinds]
    return "CHECK (kind IN ({}))".format(", ".join(f"'{k}'" for k in [*kinds, *more]))
