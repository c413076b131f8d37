"""What is kept of money that banks take back, in memory and in SQLite."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlite_utils import Database as Tables

from gateway.billing.bank import Direction, Movement, TakenBack, Undone, Use, UsedFor
from gateway.billing.reversals import Outside
from gateway.kernel.errors import Conflict
from gateway.kernel.money import Money
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.sqlite.migrations import ALL
from gateway.storage.sqlite.migrations.taken_back import migrations as taken_back
from gateway.storage.stores.bank_store import CALLED, UNDONE
from gateway.storage.stores.invoice_store import OF_BUYER
from tests.fakes.books import MemoryBooks

AnyBooks = MemoryBooks | StoredBooks
CAME = Movement(
    "DE1", "B1", Money(100, "EUR"), Direction.IN, 5, end_to_end="E", id="mov_1"
)
WENT = replace(CAME, reference="R1", direction=Direction.OUT, booked_us=6, id="mov_2")
SAID = Outside("mov_2", "The deposit of the hall.", 7)


def test_what_carries_a_reference_is_found_and_nothing_without_one(
    books: AnyBooks,
) -> None:
    nameless = replace(CAME, id="mov_3", reference="B3", end_to_end="")
    elsewhere = replace(CAME, id="mov_4", account="DE2")
    for movement in (WENT, nameless, elsewhere, CAME):
        books.bank.add(movement)

    assert books.bank.called("DE1", "E") == (CAME, WENT)
    assert books.bank.called("DE2", "E") == (elsewhere,)
    assert books.bank.called("DE1", "") == books.bank.called("DE3", "E") == ()


def test_a_gift_counts_as_undone_and_reads_as_it_was_said(books: AnyBooks) -> None:
    books.bank.add(CAME)
    books.bank.add(WENT)
    given = TakenBack("mov_2", "mov_1", Undone.GIFT, "gif_1", "", 60)
    books.bank.take_back(given)
    with pytest.raises(Conflict):
        books.bank.take_back(replace(given, amount_minor=41))
    books.bank.use(Use("mov_1", UsedFor.RETURNED, "mov_2", 10))
    books.bank.use(Use("mov_1", UsedFor.RETURNED, "mov_2/mov_1", 5))
    books.bank.use(Use("mov_1", UsedFor.RETURNED, "mov_20", 5))

    assert books.bank.taken_back_by("mov_2") == (given,)
    assert books.bank.taken_back_by("mov_1") == ()
    assert books.bank.undone_by("mov_2") == 75


def test_what_never_was_in_the_books_is_said_once_and_of_money_that_went(
    books: AnyBooks,
) -> None:
    books.bank.add(CAME)
    books.bank.add(WENT)
    assert books.bank.outside("mov_2") is None

    books.bank.lay_outside(SAID)

    assert books.bank.outside("mov_2") == SAID
    for refused in (SAID, replace(SAID, back_id="mov_1"), replace(SAID, back_id="x")):
        with pytest.raises(Conflict):
            books.bank.lay_outside(refused)


@pytest.mark.parametrize(
    "asked", [CALLED, UNDONE, OF_BUYER], ids=["called", "undone", "of a buyer"]
)
def test_what_is_asked_often_is_looked_up_and_never_searched_for(asked: str) -> None:
    db = open_sqlite(":memory:")
    told = {"account": "DE1", "end_to_end": "E", "id": "mov_1", "party_id": "pty_1"}
    steps = [row["detail"] for row in db.rows(f"EXPLAIN QUERY PLAN {asked}", told)]
    db.close()

    scans = [step for step in steps if step.startswith("SCAN") and "CONST" not in step]
    assert (len(steps) > 0, scans) == (True, [])


def test_gifts_of_before_that_were_taken_back_are_written_down() -> None:
    tables = Tables(memory=True)
    for each in ALL:
        if each.name != taken_back.name:
            each.apply(tables)
    row = "'EUR', 100, '{}', 0, {}, 'E', '', '', '', '', 0"
    for number, way in ((1, "in"), (2, "out")):
        told = f"'mov_{number}', 'DE1', 'B{number}', {row.format(way, number)}"
        tables.execute(f"INSERT INTO bank_movement VALUES ({told})")  # noqa: S608
    for position, (kind, ref) in enumerate((("gift", "gif_1"), ("donation", "don_1"))):
        told = f"'mov_1', {position + 1}, '{kind}', '{ref}', 50"
        tables.execute(f"INSERT INTO bank_use VALUES ({told})")  # noqa: S608
    for number, (kind, ref, account, minor) in enumerate(
        (
            ("gift-taken-back", "gif_1", "asset:bank", -20),
            ("gift-borne", "gif_1", "asset:bank", -30),
            ("gift-taken-back", "don_1", "asset:bank", -50),
            ("given-back", "don_1", "equity:reserve", 50),
        )
    ):
        told = f"'ent_{number}', '{kind}:mov_2:{ref}', '{kind}', '{ref}', 'EUR'"
        tables.execute(
            f"INSERT INTO journal_entry VALUES ({told}, 1, NULL, 0)"  # noqa: S608
        )
        told = f"'ent_{number}', 1, '{account}', {minor}"
        tables.execute(f"INSERT INTO posting VALUES ({told})")  # noqa: S608

    taken_back.apply(tables)

    found = tables.query("SELECT * FROM bank_taken_back ORDER BY position")
    assert [tuple(each.values()) for each in found] == [
        ("mov_2", 1, "mov_1", "gift", "don_1", "", 50),
        ("mov_2", 2, "mov_1", "gift", "gif_1", "", 50),
    ]
    tables.close()
