"""What the stores of charges beside use promise, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.billing.ports import Run, RunKind
from gateway.billing.span_charge import ChargedFor, Declaration, SpanCharge
from gateway.kernel.errors import Conflict
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.royalties import Royalties, RoyaltyBracket
from gateway.licensing.tariff import Minimum
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from tests.contracts.test_audit import tamper
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    DECEMBER,
    NOVEMBER,
    Office,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
    put_events,
)

AnyBooks = MemoryBooks | StoredBooks
RICH = replace(
    a_tariff(
        minimum=Minimum(BracketsOver.MONTH, 10_000),
        royalties=Royalties(
            BracketsOver.YEAR, (RoyaltyBracket(100_000, 0), RoyaltyBracket(None, 125))
        ),
    ),
    shares=(("letters", 1), ("registers", 3)),
)


@pytest.fixture(params=["memory", "sqlite"])
def books(request: pytest.FixtureRequest) -> Iterator[AnyBooks]:
    if request.param == "memory":
        yield begun(MemoryBooks())
        return
    db = open_sqlite(":memory:")
    yield begun(StoredBooks(db))
    db.close()


@pytest.fixture
def db() -> Iterator[SqliteDatabase]:
    db = open_sqlite(":memory:")
    yield db
    db.close()


def begun(books: AnyBooks) -> AnyBooks:
    books.tariffs.publish(RICH, at_us=1)
    books.agreements.add(an_agreement())
    for number, period in enumerate((NOVEMBER, DECEMBER), start=1):
        run = Run(
            f"run_{number}",
            period,
            number=1,
            cut_us=period.end_us,
            kind=RunKind.INVOICE,
            events=0,
            usage_sha256="0" * 64,
        )
        books.ratings.add_run(run, ())
    return books


def a_charge(net_minor: int, due_minor: int) -> SpanCharge:
    return SpanCharge(
        ChargedFor.MINIMUM,
        "agr_1",
        "pty_1",
        tariff="ai-2026",
        tariff_version=1,
        span=NOVEMBER,
        currency="EUR",
        basis_minor=800,
        due_minor=due_minor,
        net_minor=net_minor,
    )


def a_declaration(name: str = "dec_1", recorded_us: int = 5) -> Declaration:
    return Declaration(
        id=name,
        agreement_id="agr_1",
        span=NOVEMBER,
        currency="EUR",
        turnover_minor=120_000,
        evidence="signed letter",
        declared_on="2026-12-01",
        declared_by="A. Treasurer",
        recorded_us=recorded_us,
    )


def test_a_tariff_reads_as_it_was_published(books: AnyBooks) -> None:
    assert books.tariffs.find("ai-2026", 1) == RICH


def test_steps_read_as_they_were_charged(books: AnyBooks) -> None:
    first, second = a_charge(9_200, 9_200), a_charge(-200, 9_000)
    books.charges.add("run_1", [first])
    books.charges.add("run_2", [second])

    assert books.charges.of_run("run_2") == (second,)
    assert books.charges.all() == (first, second)
    assert books.charges.charged(ChargedFor.MINIMUM) == {("agr_1", NOVEMBER): 9_000}
    assert books.charges.charged(ChargedFor.ROYALTY) == {}


@pytest.mark.parametrize("wrong", [a_charge(9_200, 9_200), a_charge(100, 9_200)])
def test_a_span_is_never_charged_twice(books: AnyBooks, wrong: SpanCharge) -> None:
    books.charges.add("run_1", [a_charge(9_200, 9_200)])

    with pytest.raises(Conflict):
        books.charges.add("run_2", [wrong])

    assert books.charges.charged(ChargedFor.MINIMUM) == {("agr_1", NOVEMBER): 9_200}


def test_declarations_read_in_the_order_they_were_entered(books: AnyBooks) -> None:
    later, first = a_declaration("dec_2", 9), a_declaration()
    books.declarations.add(later)
    books.declarations.add(first)

    assert books.declarations.all() == (first, later)


@pytest.mark.parametrize(
    "wrong", [a_declaration(), replace(a_declaration("dec_2"), agreement_id="agr_9")]
)
def test_a_declaration_of_a_taken_id_or_of_nobody_is_refused(
    books: AnyBooks, wrong: Declaration
) -> None:
    books.declarations.add(a_declaration())

    with pytest.raises(Conflict):
        books.declarations.add(wrong)

    assert books.declarations.all() == (a_declaration(),)


def test_nothing_was_used_where_no_run_took_anything_up(books: AnyBooks) -> None:
    assert (books.ratings.nets(), books.ratings.at_zero()) == ({}, {})


def lived_in(books: AnyBooks) -> Office:
    """November in use and at zero, December billed, its minimum made up."""
    office = Office(books, a_party())
    office.books.tariffs.publish(
        a_tariff(minimum=Minimum(BracketsOver.MONTH, 10_000)), at_us=1
    )
    agreement = replace(an_agreement(), starts_us=NOVEMBER.start_us)
    office.books.agreements.add(agreement)
    events = (an_event(1, size=5_000), an_event(2, priced_at_zero=True))
    if isinstance(books, MemoryBooks):
        books.add_events(*events)
    office.billing.run(NOVEMBER)
    office.at(DECEMBER)
    office.billing.run(DECEMBER)
    return office


def test_use_reads_the_same_in_memory_and_in_a_database(db: SqliteDatabase) -> None:
    put_events(db, an_event(1, size=5_000), an_event(2, priced_at_zero=True))
    stored, memory = lived_in(StoredBooks(db)), lived_in(MemoryBooks())

    for office in (stored, memory):
        assert office.books.ratings.nets() == {("agr_1", NOVEMBER): 800}
        assert office.books.ratings.at_zero() == {"agr_1": {NOVEMBER}}
        assert [each.net_minor for each in office.books.charges.all()] == [
            9_200,
            10_000,
        ]
        assert office.audit.run().ok


@pytest.mark.parametrize(
    "planted",
    [
        "UPDATE span_charge SET net_minor = net_minor - 1",
        "UPDATE span_charge SET due_minor = due_minor + 1",
        "DELETE FROM span_charge",
        "UPDATE invoice_line SET net_minor = 1 WHERE kind = 'minimum'",
    ],
)
def test_the_audit_finds_a_charge_that_was_touched(
    db: SqliteDatabase, planted: str
) -> None:
    put_events(db, an_event(1, size=5_000), an_event(2, priced_at_zero=True))
    office = lived_in(StoredBooks(db))

    tamper(db, planted)

    assert not office.audit.run().ok


@pytest.mark.parametrize("table", ["span_charge", "declaration"])
@pytest.mark.parametrize("sql", ["UPDATE {} SET currency = 'USD'", "DELETE FROM {}"])
def test_what_was_charged_and_declared_never_changes(
    db: SqliteDatabase, table: str, sql: str
) -> None:
    books = begun(StoredBooks(db))
    books.charges.add("run_1", [a_charge(9_200, 9_200)])
    books.declarations.add(a_declaration())

    with pytest.raises(Conflict), db.transaction() as tx:
        tx.run(sql.format(table))
