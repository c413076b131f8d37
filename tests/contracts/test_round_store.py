"""What every store of rounds and payouts promises, in memory and in SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from fractions import Fraction

import pytest

from gateway.fund.bookings import allocated
from gateway.fund.journal import Entry
from gateway.fund.payout_order import Order, OrderState, PayoutFile
from gateway.fund.rounds.division import Outcome
from gateway.fund.rounds.inputs import Inputs, Person, Voice
from gateway.fund.rounds.round import Given, Round, Run
from gateway.fund.rounds.terms import Terms
from gateway.kernel.errors import Conflict, GatewayError
from gateway.kernel.money import Money
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import SqliteDatabase, open_sqlite
from tests.fakes.books import MemoryBooks

AnyBooks = MemoryBooks | StoredBooks
TERMS = Terms("pairwise", Fraction(1, 5), minimum=500, bound=900)
A_ROUND = Round(
    name="autumn",
    currency="EUR",
    pool_minor=None,
    terms=TERMS,
    purse="credits",
    vote_id="vot_1",
    options=("care", "records"),
    opened_us=5,
    clusters=(("north", "pty_1"),),
)
INPUTS = Inputs(
    pool=900,
    terms=TERMS,
    purse="credits",
    weights=(("care", 2), ("records", 1)),
    people=(
        Person("pty_1", 0, 50, may_take=True),
        Person("pty_2", 1, 0, may_take=False),
    ),
    voices=(Voice("care", 1, 0, 50, 3),),
    before=((0, 7),),
    clusters=(("north", 0),),
)
FAILED = Run(
    round="autumn",
    number=1,
    inputs=INPUTS,
    vote_id="vot_1",
    weights_by="dec_1",
    again_by="",
    outcome=Outcome.FAILED,
    at_us=9,
)
AGAIN = replace(FAILED, number=2, again_by="dec_2", outcome=Outcome.PAID, at_us=10)


def given(hundredths: int = 50, **told: str) -> Given:
    pair = {"giver_id": "pty_1", "taker_id": "pty_2", **told}
    return Given("autumn", option="care", hundredths=hundredths, at_us=7, **pair)


def test_a_round_reads_back_as_it_was_opened(books: AnyBooks) -> None:
    fixed = replace(A_ROUND, name="winter", pool_minor=900, clusters=(), opened_us=1)
    books.rounds.add(A_ROUND)
    books.rounds.add(fixed)
    assert books.rounds.find("autumn") == A_ROUND
    assert books.rounds.find("spring") is None
    assert books.rounds.all() == (fixed, A_ROUND)
    with pytest.raises(Conflict):
        books.rounds.add(A_ROUND)


def test_voice_keeps_its_order_and_ends_with_the_first_run(books: AnyBooks) -> None:
    books.rounds.add(A_ROUND)
    told = (given(50), given(0), given(20))
    for each in told:
        books.rounds.give(each)
    assert books.rounds.given("autumn") == told
    assert books.rounds.given("winter") == ()
    books.rounds.run(FAILED)
    with pytest.raises(Conflict):
        books.rounds.give(given())


def test_nobody_gives_voice_to_themselves_or_in_no_round(books: AnyBooks) -> None:
    with pytest.raises(GatewayError):
        books.rounds.give(given())
    books.rounds.add(A_ROUND)
    with pytest.raises(Conflict):
        books.rounds.give(given(taker_id="pty_1"))


def test_a_round_is_paid_once_and_run_again_only_after_it_failed(
    books: AnyBooks,
) -> None:
    books.rounds.add(A_ROUND)
    with pytest.raises(Conflict):
        books.rounds.run(AGAIN)
    books.rounds.run(FAILED)
    with pytest.raises(Conflict):
        books.rounds.run(replace(FAILED, number=3, again_by="dec_3"))
    books.rounds.run(AGAIN)
    with pytest.raises(Conflict):
        books.rounds.run(replace(AGAIN, number=3, again_by="dec_3"))
    assert books.rounds.runs("autumn") == books.rounds.runs() == (FAILED, AGAIN)
    assert books.rounds.runs("winter") == ()


def test_a_decision_has_one_round_run_again(books: AnyBooks) -> None:
    books.rounds.add(A_ROUND)
    books.rounds.add(replace(A_ROUND, name="winter"))
    for each in (FAILED, AGAIN, replace(FAILED, round="winter")):
        books.rounds.run(each)
    with pytest.raises(Conflict):
        books.rounds.run(replace(AGAIN, round="winter"))


def owing(books: AnyBooks, minor: int) -> None:
    """A contributor is owed an amount."""
    postings = allocated("equity:rounds", {"pty_1": minor})
    entry = Entry("ent_1", "a", "allocation", "a", "EUR", postings, 1)
    books.journal.post(entry)


def a_file(name: str, *amounts: int) -> PayoutFile:
    orders = (
        Order(f"{name}-{place}", name, "pty_1", Money(minor, "EUR"))
        for place, minor in enumerate(amounts)
    )
    return PayoutFile(name, "2026-12-01", 7, tuple(orders))


def test_a_payout_file_reads_back_and_its_orders_say_how_they_stand(
    books: AnyBooks,
) -> None:
    owing(books, 100)
    made = a_file("MSG-1", 40, 50)
    books.payouts.add(made)
    assert books.payouts.find("MSG-1") == made
    assert books.payouts.find("MSG-2") is None
    assert books.payouts.all() == (made,)
    books.payouts.end("MSG-1-0", OrderState.PAID, at_us=8)
    books.payouts.end("MSG-1-0", OrderState.RETURNED, at_us=9)
    books.payouts.end("MSG-1-1", OrderState.CANCELLED, at_us=9)
    found = books.payouts.find("MSG-1")
    assert found is not None
    states = [one.state for one in found.orders]
    assert states == [OrderState.RETURNED, OrderState.CANCELLED]
    assert books.payouts.order("MSG-1-1") == found.orders[1]
    assert books.payouts.order("MSG-9") is None
    with pytest.raises(Conflict):
        books.payouts.add(made)


@pytest.mark.parametrize(
    "states",
    [
        (OrderState.RETURNED,),
        (OrderState.PAID, OrderState.PAID),
        (OrderState.PAID, OrderState.CANCELLED),
        (OrderState.CANCELLED, OrderState.CANCELLED),
        (OrderState.CANCELLED, OrderState.RETURNED),
    ],
    ids="-".join,
)
def test_what_cannot_become_of_a_payout_is_refused(
    books: AnyBooks, states: tuple[OrderState, ...]
) -> None:
    owing(books, 100)
    books.payouts.add(a_file("MSG-1", 40))
    for state in states[:-1]:
        books.payouts.end("MSG-1-0", state, at_us=8)
    with pytest.raises(Conflict):
        books.payouts.end("MSG-1-0", states[-1], at_us=9)


def test_a_cancelled_payout_that_was_paid_all_the_same_is_paid(books: AnyBooks) -> None:
    owing(books, 100)
    books.payouts.add(a_file("MSG-1", 40))
    books.payouts.end("MSG-1-0", OrderState.CANCELLED, at_us=8)
    books.payouts.end("MSG-1-0", OrderState.PAID, at_us=9)
    order = books.payouts.order("MSG-1-0")
    assert order is not None
    assert order.state is OrderState.PAID


def test_no_order_is_of_more_than_is_owed_and_not_in_flight(books: AnyBooks) -> None:
    owing(books, 100)
    with pytest.raises(Conflict):
        books.payouts.add(a_file("MSG-1", 101))
    books.payouts.add(a_file("MSG-2", 60))
    with pytest.raises(Conflict):
        books.payouts.add(a_file("MSG-3", 41))
    books.payouts.end("MSG-2-0", OrderState.CANCELLED, at_us=8)
    books.payouts.add(a_file("MSG-4", 100))


FORBIDDEN = {
    "change a round": "UPDATE round SET rule = 'quadratic'",
    "forget a round": "DELETE FROM round_run",
    "change a voice": "UPDATE round_voice SET hundredths = 9",
    "forget a voice": "DELETE FROM round_voice",
    "change a run": "UPDATE round_run SET outcome = 'paid'",
    "change a payout": "UPDATE payout_order SET amount_minor = 1",
    "forget a payout": "DELETE FROM payout_order",
    "change a payout file": "UPDATE payout_file SET made_us = 1",
    "forget what became of it": "DELETE FROM payout_end",
    "rounds to the operator": "INSERT INTO posting VALUES"
    " ('ent_9', 1, 'equity:rounds', 5), ('ent_9', 2, 'liability:operator_fee', -5)",
    "solidarity to the bank": "INSERT INTO posting VALUES"
    " ('ent_9', 1, 'equity:solidarity', 5), ('ent_9', 2, 'asset:bank', -5)",
}
ALLOWED = {
    "rounds to the reserve": "INSERT INTO posting VALUES"
    " ('ent_9', 1, 'equity:rounds', 5), ('ent_9', 2, 'equity:reserve', -5)",
    "solidarity to rounds": "INSERT INTO posting VALUES"
    " ('ent_9', 1, 'equity:solidarity', 5), ('ent_9', 2, 'equity:rounds', -5)",
}
SEAL = "UPDATE journal_entry SET is_sealed = 1 WHERE id = 'ent_9'"
OPEN = (
    "INSERT INTO journal_entry (id, key, kind, ref, currency, effective_us)"
    " VALUES ('ent_9', 'k', 'x', 'x', 'EUR', 1)"
)


@pytest.fixture(scope="module")
def db() -> Iterator[SqliteDatabase]:
    """Books with a round that was run and a payout that was paid."""
    db = open_sqlite(":memory:")
    books = StoredBooks(db)
    books.rounds.add(A_ROUND)
    books.rounds.give(given())
    books.rounds.run(FAILED)
    owing(books, 100)
    books.payouts.add(a_file("MSG-1", 40))
    books.payouts.end("MSG-1-0", OrderState.PAID, at_us=8)
    with db.transaction() as tx:
        tx.run(OPEN)
    yield db
    db.close()


@pytest.mark.parametrize("what", FORBIDDEN)
def test_the_store_itself_refuses(db: SqliteDatabase, what: str) -> None:
    def ask() -> None:
        with db.transaction() as tx:
            tx.run(FORBIDDEN[what])
            tx.run(SEAL)

    with pytest.raises(Conflict):
        ask()


@pytest.mark.parametrize("what", ALLOWED)
def test_its_neighbour_is_allowed(db: SqliteDatabase, what: str) -> None:
    class Undone(Exception):
        """Leaves nothing behind."""

    def ask() -> None:
        with db.transaction() as tx:
            tx.run(ALLOWED[what])
            tx.run(SEAL)
            raise Undone

    with pytest.raises(Undone):
        ask()
