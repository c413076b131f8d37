"""Invoice lines may become of more kinds, and what stands there stays as it is."""

from __future__ import annotations

from pathlib import Path

import pytest
import sqlite_utils

from gateway.billing.invoice import Invoice
from gateway.kernel.errors import Conflict
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.sqlite.migrations.span_charges import allow_kinds
from tests.fakes.ledger import NOVEMBER, Office, a_party, an_event, put_events

ADD_A_LINE = """
INSERT INTO invoice_line SELECT invoice_id, 99, kind, text, collection, tariff,
  tariff_version, bracket, quantity, unit, price_micros, base_quantity, net_minor,
  category, rate_bp, month_start_us, month_end_us FROM invoice_line LIMIT 1
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A store with an invoice in it."""
    file = tmp_path / "books.db"
    db = open_sqlite(str(file))
    put_events(db, an_event(size=5_000))
    office = Office(StoredBooks(db), a_party())
    office.agree()
    office.billing.run(NOVEMBER)
    db.close()
    return file


def invoices(file: Path) -> tuple[Invoice, ...]:
    db = open_sqlite(str(file))
    found = StoredBooks(db).invoices.all()
    db.close()
    return found


def test_what_was_invoiced_stays_when_lines_may_be_of_one_kind_more(old: Path) -> None:
    before = invoices(old)
    with sqlite_utils.Database(old) as raw:
        allow_kinds(raw, "gift")

    assert before[0].lines
    assert invoices(old) == before


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE invoice_line SET net_minor = 1",
        "DELETE FROM invoice_line",
        ADD_A_LINE,
    ],
)
def test_its_guards_stay_as_well(old: Path, sql: str) -> None:
    with sqlite_utils.Database(old) as raw:
        allow_kinds(raw, "gift")
    db = open_sqlite(str(old))

    with pytest.raises(Conflict), db.transaction() as tx:
        tx.run(sql)
    db.close()
