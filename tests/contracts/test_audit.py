"""The audit finds what somebody with the file in hand has changed."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.billing.tax import Seller
from gateway.kernel.money import Money
from gateway.metering.intent import Intent
from gateway.services.audit_checks import CHECKS
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from gateway.storage.stores.usage_store import SqlUsageStore
from tests.fakes.ledger import (
    DECEMBER,
    NOVEMBER,
    Office,
    a_party,
    an_event,
    put_events,
)
from tests.fakes.statement_desk import StatementDesk

PLANTED = {
    "a usage event grew": (
        "usage_conserved",
        "UPDATE usage_event SET billable_bytes = body_bytes - 1 WHERE seq = 1",
    ),
    "a usage event went": ("usage_conserved", "DELETE FROM usage_event WHERE seq = 1"),
    "a usage event came back unrated": (
        "usage_conserved",
        "DELETE FROM rated_terms WHERE excluded = ''",
    ),
    "usage was rated as another kind": (
        "usage_conserved",
        "UPDATE rated_terms SET events = events + 1 WHERE excluded = ''",
    ),
    "a run took up less": ("usage_conserved", "UPDATE rated_terms SET upto_seq = 1"),
    "terms of usage changed": (
        "usage_conserved",
        "UPDATE usage_terms SET collection = 'another'",
    ),
    "a rated line shrank": (
        "totals_add_up",
        "UPDATE rated_line SET net_minor = net_minor - 1 WHERE position = 2",
    ),
    "a rated quantity shrank": (
        "usage_conserved",
        "UPDATE rated_line SET quantity = quantity - 1 WHERE position = 2",
    ),
    "an invoice line grew": (
        "documents_unchanged",
        "UPDATE invoice_line SET net_minor = net_minor + 1 WHERE position = 2",
    ),
    "an invoice's buyer changed": (
        "documents_unchanged",
        "UPDATE invoice SET buyer_name = 'Somebody else'",
    ),
    "a total changed": (
        "totals_add_up",
        "UPDATE invoice SET net_minor = net_minor + 1, gross_minor = gross_minor + 1",
    ),
    "a kept document changed": (
        "documents_unchanged",
        "UPDATE invoice SET document = replace(document, 'Company', 'Compani')",
    ),
    "a digest changed with its document": (
        "chain_ok",
        "UPDATE invoice SET document_sha256 = replace(document_sha256, 'a', 'b')",
    ),
    "a PDF changed": ("documents_unchanged", "UPDATE rendition SET pdf = x'00'"),
    "a signature changed": (
        "documents_unchanged",
        "UPDATE rendition SET signature = 'x'",
    ),
    "a digest changed with its PDF": (
        "chain_ok",
        "UPDATE rendition SET sha256 = replace(sha256, 'a', 'b')",
    ),
    "the papers went": ("chain_ok", "DELETE FROM rendition"),
    "an invoice went": (
        "invoices_gapless",
        "DELETE FROM invoice WHERE number = 'INV-2026-0001'",
    ),
    "a number changed": (
        "invoices_gapless",
        (
            "UPDATE invoice SET number = 'INV-2026-0007', series_number = 7"
            " WHERE number = 'INV-2026-0001'"
        ),
    ),
    "a posting grew": (
        "journal_balanced",
        "UPDATE posting SET amount_minor = amount_minor + 1 WHERE position = 1",
    ),
    "a posting went": ("journal_balanced", "DELETE FROM posting WHERE position = 1"),
    "money moved to the operator": (
        "chain_ok",
        (
            "UPDATE posting SET account = 'liability:operator_fee'"
            " WHERE account = 'equity:labour_reserve'"
        ),
    ),
    "an entry was slipped in": (
        "chain_ok",
        (
            "INSERT INTO journal_entry"
            " VALUES ('ent_9', 'k', 'x', 'y', 'EUR', 1, NULL, 1);"
            "INSERT INTO posting VALUES ('ent_9', 1, 'asset:bank', 5);"
            "INSERT INTO posting VALUES ('ent_9', 2, 'equity:reserve', -5)"
        ),
    ),
    "an entry went": (
        "chain_ok",
        (
            "DELETE FROM posting WHERE entry_id IN (SELECT id FROM journal_entry"
            " WHERE kind = 'waterfall');"
            "DELETE FROM journal_entry WHERE kind = 'waterfall'"
        ),
    ),
    "a payment went": ("receivable_matches", "DELETE FROM payment_share"),
    "a link changed": (
        "chain_ok",
        "UPDATE audit_link SET digest = previous WHERE position = 2",
    ),
    "a link went": ("chain_ok", "DELETE FROM audit_link WHERE position = 2"),
    "the last link went": (
        "chain_ok",
        (
            "DELETE FROM audit_link WHERE position ="
            " (SELECT max(position) FROM audit_link)"
        ),
    ),
    "a credit note went": ("chain_ok", "DELETE FROM credit_note"),
    "a settled intent's event went": (
        "intents_match_usage",
        (
            "INSERT INTO intent VALUES"
            " ('req_0099', 'agr_1', 0, 1, 'node-1', 'boot-1', 'settled', 2)"
        ),
    ),
    "an intent was settled and its event went": (
        "intents_match_usage",
        "INSERT INTO settled_intents VALUES ('boot-1', 1)",
    ),
    "an open intent has an event": (
        "intents_match_usage",
        "INSERT INTO open_intent VALUES ('req_0001', 'agr_1', 0, 1, 'node-1', 'b')",
    ),
    "a released intent has an event": (
        "intents_match_usage",
        (
            "INSERT INTO intent VALUES"
            " ('req_0001', 'agr_1', 0, 1, 'node-1', 'boot-1', 'released', 2)"
        ),
    ),
    "an orphaned intent has an event": (
        "intents_match_usage",
        (
            "INSERT INTO intent VALUES"
            " ('req_0003', 'agr_1', 0, 1, 'node-1', 'boot-1', 'orphaned', 2)"
        ),
    ),
    "the ledger lost bytes that passed": (
        "wire_matches_usage",
        "UPDATE usage_event SET body_bytes = body_bytes - 1 WHERE had_intent = 1",
    ),
    "the ledger lost a response that passed": (
        "wire_matches_usage",
        "DELETE FROM usage_event WHERE had_intent = 1",
    ),
    "the ledger moved usage to another agreement": (
        "wire_matches_usage",
        "UPDATE usage_terms SET agreement_id = 'agr_2'",
    ),
    "the ledger moved usage to another hour": (
        "wire_matches_usage",
        "UPDATE usage_event SET occurred_us = occurred_us + 3600000000",
    ),
    "the wire's own count shrank": (
        "wire_matches_usage",
        "UPDATE wire_count SET body_bytes = body_bytes - 1",
    ),
    "the wire's own count went": ("wire_matches_usage", "DELETE FROM wire_count"),
    "a statement changed": (
        "statements_unchanged",
        "UPDATE usage_statement SET jws = jws || 'x'",
    ),
    "a statement changed with its digest": (
        "chain_ok",
        (
            "UPDATE usage_statement SET jws = 'x', sha256 ="
            " '2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881'"
        ),
    ),
    "a statement went": ("chain_ok", "DELETE FROM usage_statement"),
    "a statement tells of less": (
        "statements_unchanged",
        "UPDATE usage_statement SET upto_seq = 1",
    ),
    "usage came under an issued statement": (
        "statements_unchanged",
        (
            "UPDATE usage_event SET occurred_us = occurred_us - 2592000000000"
            " WHERE seq = 3"
        ),
    ),
    "a published tariff got cheaper": (
        "tariffs_unchanged",
        (
            "UPDATE tariff_version SET body_json ="
            " replace(body_json, '2000000', '1000000') WHERE version = 1"
        ),
    ),
    "a tariff's body stands under another version": (
        "tariffs_unchanged",
        (
            "UPDATE tariff_version SET"
            " body_json = (SELECT body_json FROM tariff_version WHERE version = 2),"
            " body_sha256 = (SELECT body_sha256 FROM tariff_version WHERE version = 2)"
            " WHERE version = 1"
        ),
    ),
    "an invoice of what was rated went": (
        "rated_is_invoiced",
        "DELETE FROM credit_note; DELETE FROM invoice_line; DELETE FROM invoice",
    ),
    "an invoice line is for something else": (
        "rated_is_invoiced",
        "UPDATE invoice_line SET quantity = quantity - 1 WHERE position = 2",
    ),
}


def an_office(db: SqliteDatabase) -> Office:
    office = Office(StoredBooks(db), a_party())
    office.agree()
    put_events(
        db,
        an_event(1, size=6_000),
        an_event(2, size=0),
        an_event(3, size=9_000, occurred_us=DECEMBER.start_us),
    )
    passed = an_event(4, size=50, priced_at_zero=True)
    usage = SqlUsageStore(db)
    opened_us = passed.occurred_us
    usage.open_intents([Intent(passed.id, "agr_1", 0, opened_us, "node-1", "boot-0")])
    usage.settle_events([passed], recorded_us=opened_us)
    return office


@pytest.fixture
def db() -> Iterator[SqliteDatabase]:
    db = open_sqlite(":memory:")
    yield db
    db.close()


def everything(office: Office) -> Office:
    desk = StatementDesk(office.books)
    desk.statements.issue(NOVEMBER)
    (invoice,) = office.billing.run(NOVEMBER).invoices
    office.payments.record(Money(500, "EUR"), [invoice.number], reference="RF-1")
    office.invoices.credit(invoice.number, reason="ours", wanted={2: 10})
    return office


def tamper(db: SqliteDatabase, statements: str) -> None:
    """Do what only somebody with the file in hand can: drop the guards first."""
    with db.turn() as connection:
        names = connection.execute(
            "SELECT name FROM sqlite_schema WHERE type = 'trigger'"
        ).fetchall()
        for (name,) in names:
            connection.execute(f'DROP TRIGGER "{name}"')
        connection.execute("PRAGMA foreign_keys=0")
        connection.execute("PRAGMA ignore_check_constraints=1")
        for statement in statements.split(";"):
            connection.execute(statement)


def test_untouched_books_pass_every_check(db: SqliteDatabase) -> None:
    office = everything(an_office(db))

    document = office.audit.run().document()
    assert document["schema"] == "copyfair/audit/1"

    assert document["ok"], document["faults"]
    assert (document["events"], document["rated"], document["unrated"]) == (4, 1, 1)
    assert document["excluded"] == {"not-billable": 1, "priced-at-zero": 1}
    assert (document["duplicates"], document["intents_open"]) == (0, 0)
    assert document["intents_orphaned"] == 0
    assert all(document[name] is True for name in CHECKS)


def test_intents_that_became_what_they_say_pass(db: SqliteDatabase) -> None:
    office = everything(an_office(db))

    tamper(
        db,
        "INSERT INTO intent VALUES"
        " ('req_0001', 'agr_1', 0, 1, 'node-1', 'boot-1', 'settled', 2);"
        "INSERT INTO intent VALUES"
        " ('req_0098', 'agr_1', 0, 1, 'node-1', 'boot-1', 'open', NULL);"
        "INSERT INTO intent VALUES"
        " ('req_0099', 'agr_1', 0, 1, 'node-1', 'boot-1', 'orphaned', 2)",
    )

    assert office.audit.run().ok


def test_a_draft_that_was_deleted_is_missed(db: SqliteDatabase) -> None:
    office = an_office(db)
    office.billing.run(NOVEMBER, drafts_only=True)
    assert office.audit.run().ok

    tamper(db, "DELETE FROM invoice_line; DELETE FROM invoice")

    findings = office.audit.run().findings
    assert [name for name, found in findings.items() if found] == ["rated_is_invoiced"]


def test_a_voided_draft_is_reported_as_rated_and_not_invoiced(
    db: SqliteDatabase,
) -> None:
    office = an_office(db)
    (draft,) = office.billing.run(NOVEMBER, drafts_only=True).invoices
    assert office.audit.run().document()["rated_not_invoiced"] == {}

    office.invoices.void(draft.id)

    document = office.audit.run().document()
    assert document["ok"], document["faults"]
    assert document["rated_not_invoiced"] == {"EUR": draft.net_minor}


def test_what_a_statement_shows_need_not_be_invoiced(db: SqliteDatabase) -> None:
    office = Office(StoredBooks(db), a_party(), seller=Seller())
    office.agree()
    put_events(db, an_event(1, size=6_000))

    office.billing.run(NOVEMBER)

    document = office.audit.run().document()
    assert (document["ok"], document["rated_not_invoiced"]) == (True, {})


def test_empty_books_pass_too(db: SqliteDatabase) -> None:
    assert Office(StoredBooks(db)).audit.run().ok


@pytest.mark.parametrize(("check", "statements"), PLANTED.values(), ids=PLANTED)
def test_the_audit_finds_that(db: SqliteDatabase, check: str, statements: str) -> None:
    office = everything(an_office(db))

    tamper(db, statements)

    document = office.audit.run().document()
    assert not document["ok"]
    assert document[check] is False, document["faults"]


def test_audit_and_lists_keep_no_metered_request_waiting(tmp_path: Path) -> None:
    db = open_sqlite(tmp_path / "store.db")
    office = everything(an_office(db))
    busy = open_sqlite(tmp_path / "store.db")

    with busy.transaction():  # whoever wanted to write now would wait, and fail
        assert office.audit.run().ok
        (view,) = office.invoices.list()
        assert office.invoices.show(view.invoice.number) == view

    busy.close()
    db.close()


def test_runs_at_the_same_time_bill_once(tmp_path: Path) -> None:
    db = open_sqlite(tmp_path / "store.db")
    office = an_office(db)

    with ThreadPoolExecutor(4) as pool:
        reports = list(pool.map(lambda _: office.billing.run(NOVEMBER), range(8)))

    assert len([report for report in reports if report.runs]) == 1
    assert len(office.books.invoices.all()) == 1
    assert office.audit.run().ok
    db.close()


def test_the_same_events_in_another_order_give_the_same_rows() -> None:
    events = [an_event(n, size=1_000 + n, collection=f"c{n % 3}") for n in range(40)]
    documents = []
    for arrived in (events, events[::-1]):
        db = open_sqlite(":memory:")
        office = Office(StoredBooks(db), a_party())
        office.agree()
        put_events(db, *arrived)
        office.billing.run(NOVEMBER)
        documents.append(
            [one.document for one in office.billing.run(NOVEMBER).invoices]
        )
        db.close()

    assert documents[0] == documents[1]
