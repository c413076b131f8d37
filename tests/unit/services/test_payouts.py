"""Payouts: what is owed goes into one file, once, and comes back if it must."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fund.accounts import BANK
from gateway.fund.payout import Payout
from gateway.fund.payout_order import Order, OrderState, Owed, PayoutFile
from gateway.fund.waterfall import FundTerms
from gateway.identity.party import Attribute, Party
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.evidence import Level
from gateway.kernel.money import Money
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from tests.fakes.books import MemoryBooks
from tests.fakes.commons import Commons, a_member

DAY = "2026-12-01"


@pytest.fixture(params=["memory", "sqlite"])
def commons(request: pytest.FixtureRequest) -> Iterator[Commons]:
    if request.param == "memory":
        yield owing(Commons(MemoryBooks()))
        return
    db = open_sqlite(":memory:")
    yield owing(Commons(StoredBooks(db)))
    db.close()


def owing(commons: Commons, minor: int = 8_000) -> Commons:
    """Everybody is owed the same."""
    commons.earn(minor)
    commons.open()
    commons.everybody_speaks()
    commons.runs.run("autumn")
    return commons


def made(commons: Commons) -> PayoutFile:
    """The file of everything that is ready."""
    found = commons.payouts.make(DAY, commons.drawer)
    assert found is not None
    return found


def order_of(commons: Commons, number: int) -> Order:
    """The last order for a member."""
    files = commons.payouts.files()
    orders = [one for file in files for one in file.orders]
    return [one for one in orders if one.contributor_id == f"pty_{number}"][-1]


def test_what_is_owed_goes_into_one_file_and_into_no_second(commons: Commons) -> None:
    file = made(commons)
    assert (len(file.orders), file.total) == (8, Money(8_000, "EUR"))
    assert commons.drawer.named == commons.drawer.laid
    assert commons.payouts.make(DAY, commons.drawer) is None
    assert {one.why for one in commons.payouts.due()} == {Owed.IN_FLIGHT}
    assert all(one.state is OrderState.IN_FLIGHT for one in file.orders)


def test_the_banks_statement_books_a_payout_once(commons: Commons) -> None:
    file = made(commons)
    order = order_of(commons, 1)
    commons.bank(order.end_to_end, 999)
    assert commons.owed(1) == 1_000
    commons.bank(order.end_to_end, 1_000, number=2)
    commons.bank(order.end_to_end, 1_000, number=2)
    commons.bank(order.end_to_end, 1_000, number=3)
    assert commons.owed(1) == 0
    assert commons.books.journal.balance(BANK, "EUR") == -1_000
    assert order_of(commons, 1).state is OrderState.PAID
    with pytest.raises(Conflict, match="paid"):
        commons.payouts.cancel(file.id)
    assert commons.office.audit.run().ok
    commons.recomputed()


def test_what_a_bank_sent_back_is_owed_again_and_paid_again(commons: Commons) -> None:
    made(commons)
    first = order_of(commons, 1)
    commons.bank(first.end_to_end, 1_000)
    commons.bank(first.end_to_end, 1_000, number=2, is_in=True)
    assert order_of(commons, 1).state is OrderState.RETURNED
    assert commons.owed(1) == 1_000
    assert commons.books.journal.balance(BANK, "EUR") == 0
    assert commons.office.audit.run().ok
    again = made(commons)
    assert [one.contributor_id for one in again.orders] == ["pty_1"]
    assert again.orders[0].end_to_end != first.end_to_end
    commons.bank(again.orders[0].end_to_end, 1_000, number=3)
    assert commons.owed(1) == 0
    commons.recomputed()


def test_a_file_that_was_never_sent_is_cancelled_and_its_amounts_are_free(
    commons: Commons,
) -> None:
    file = made(commons)
    gone = commons.payouts.cancel(file.id)
    assert {one.state for one in gone.orders} == {OrderState.CANCELLED}
    assert commons.payouts.cancel(file.id) == gone
    assert made(commons).total == file.total
    with pytest.raises(NotFound, match="fund payouts"):
        commons.payouts.cancel("MSG-9")


def test_a_cancelled_payout_that_the_bank_paid_all_the_same_is_booked() -> None:
    commons = owing(Commons(MemoryBooks()))
    file = made(commons)
    commons.payouts.cancel(file.id)
    commons.bank(file.orders[0].end_to_end, 1_000)
    assert order_of(commons, 1).state is OrderState.PAID
    assert made(commons).total == Money(7_000, "EUR")


def test_the_audit_warns_where_a_cancelled_file_was_paid_and_another_is_in_flight() -> (
    None
):
    commons = owing(Commons(MemoryBooks()))
    first = made(commons)
    commons.payouts.cancel(first.id)
    second = made(commons)
    assert commons.office.audit.run().ok
    commons.bank(first.orders[0].end_to_end, 1_000)
    (said,) = commons.office.audit.run().findings["payouts_are_owed"]
    too_much = first.orders[0].contributor_id
    (order,) = [one for one in second.orders if one.contributor_id == too_much]
    assert said == (
        f"10.00 EUR is in flight to {too_much}, 0.00 EUR is owed: have your bank stop"
        f" {order.end_to_end} of {second.id}, then"
        f" `copyfair fund payouts --stop {order.end_to_end}`"
    )
    other = next(one for one in second.orders if one != order)
    commons.bank(other.end_to_end, 1_000, number=2)
    with pytest.raises(Conflict, match="paid"):
        commons.payouts.cancel(second.id)

    assert commons.payouts.stop(order.end_to_end).state is OrderState.CANCELLED
    assert commons.payouts.stop(order.end_to_end).state is OrderState.CANCELLED

    assert commons.office.audit.run().ok
    assert commons.payouts.make(DAY, commons.drawer) is None, "the rest stays in flight"
    with pytest.raises(Conflict, match="ask for the money back"):
        commons.payouts.stop(other.end_to_end)
    with pytest.raises(NotFound, match="fund payouts"):
        commons.payouts.stop("PYO-9")


def test_who_has_no_account_too_little_or_is_gone_stays_owed_and_is_listed() -> None:
    members = (a_member(1, iban=""), *map(a_member, range(2, 9)))
    terms = FundTerms(payout_from_minor=1_001)
    commons = owing(Commons(MemoryBooks(), *members, terms=terms))
    commons.erase(2)
    why = {one.contributor_id: one.why for one in commons.payouts.due()}
    assert why["pty_1"] is Owed.NO_ACCOUNT
    assert why["pty_2"] is Owed.ERASED
    assert why["pty_3"] is Owed.TOO_LITTLE
    assert commons.payouts.make(DAY, commons.drawer) is None
    assert (commons.owed(1), commons.owed(2)) == (1_000, 1_000)
    commons.earn(8_000)
    with commons.books.together() as books:
        commons.fund.divide(
            books,
            "more",
            source="equity:rounds",
            amount=Money(1, "EUR"),
            weights={"pty_3": 1},
            at_us=commons.clock.now_us(),
        )
    assert [one.amount.minor for one in made(commons).orders] == [1_001]


MUTUAL_IBAN = "DE02120300000000202051"


def paid_through(mutual: Party, *, terms: FundTerms | None = None) -> Commons:
    """The first member is paid through a mutual, with an account of their own too."""
    through = {"paid_through": Attribute(mutual.id, Level.VOUCHED, "steward")}
    member = a_member(1)
    member = replace(member, attributes={**member.attributes, **through})
    return owing(
        Commons(
            MemoryBooks(),
            *(member, *map(a_member, range(2, 9)), mutual),
            terms=terms,
        )
    )


def a_mutual(**changes: Attribute | None) -> Party:
    said = {
        "entity": Attribute("coop-other", Level.VOUCHED, "steward"),
        "iban": Attribute(MUTUAL_IBAN, Level.VOUCHED, "steward"),
        **changes,
    }
    known = {name: one for name, one in said.items() if one is not None}
    return Party("pty_mutual", "Mutuelle des Archives", known)


def test_who_is_paid_through_a_mutual_is_owed_and_the_mutual_is_paid() -> None:
    commons = paid_through(a_mutual())
    file = made(commons)
    order = next(one for one in file.orders if one.contributor_id == "pty_1")
    lines = commons.drawer.laid[-1].decode().splitlines()
    assert f"{order.end_to_end} {MUTUAL_IBAN} 10.00 EUR" in lines
    assert sum(MUTUAL_IBAN in line for line in lines) == 1
    commons.bank(order.end_to_end, 1_000)
    assert commons.owed(1) == 0
    assert commons.office.audit.run().ok
    commons.recomputed()


def test_who_names_the_account_of_another_is_named_and_paid_all_the_same() -> None:
    own = [a_member(n, iban=f"DE0{n}120300000000202051") for n in range(1, 7)]
    same = a_member(7, iban="DE05 1203 0000 0000 2020 51"), a_member(8, iban="")
    commons = owing(Commons(MemoryBooks(), *own, *same))
    due = commons.payouts.due()
    assert commons.payouts.sharing(due) == (("pty_5", "pty_7"),)
    assert commons.payouts.sharing(due[:4]) == ()
    assert {"pty_5", "pty_7"} <= {one.contributor_id for one in made(commons).orders}
    commons.erase(7)
    assert commons.payouts.sharing(due) == ()


def test_members_of_one_mutual_share_no_account_of_their_own() -> None:
    commons = paid_through(a_mutual())
    (group,) = commons.payouts.sharing(commons.payouts.due())
    assert "pty_1" not in group


@pytest.mark.parametrize(
    "what", ["company", "only claimed", "no account", "barred", "erased", "gone"]
)
def test_what_cannot_be_a_mutual_takes_nothing_and_it_stays_owed(what: str) -> None:
    mutual = {
        "company": a_mutual(entity=Attribute("company", Level.VOUCHED, "steward")),
        "only claimed": a_mutual(
            entity=Attribute("coop-other", Level.CLAIMED, "self-declared")
        ),
        "no account": a_mutual(iban=None),
        "erased": replace(a_mutual(), erased_us=1),
    }.get(what, a_mutual())
    barred = FundTerms(barred=frozenset({"pty_mutual"})) if what == "barred" else None
    commons = paid_through(mutual, terms=barred)
    if what == "gone":
        del commons.parties.known["pty_mutual"]
    why = {one.contributor_id: one.why for one in commons.payouts.due()}
    assert (why["pty_1"], why["pty_2"]) == (Owed.NO_MUTUAL, Owed.READY)
    assert "pty_1" not in {one.contributor_id for one in made(commons).orders}
    assert commons.owed(1) == 1_000


def test_what_is_in_flight_is_not_paid_out_by_hand(commons: Commons) -> None:
    made(commons)
    payout = Payout("pty_1", Money(1, "EUR"), "by hand", paid_us=1)
    with pytest.raises(InvalidValue, match="in flight"):
        commons.fund.pay_out(payout)


def test_a_crash_before_its_orders_are_kept_leaves_a_file_without_a_name() -> None:
    def dying(_made: PayoutFile) -> None:
        raise KeyboardInterrupt

    books = MemoryBooks()
    commons, kept = owing(Commons(books)), books.payouts.add
    vars(books.payouts)["add"] = dying
    with pytest.raises(KeyboardInterrupt):
        commons.payouts.make(DAY, commons.drawer)
    assert (len(commons.drawer.laid), commons.drawer.named) == (1, [])
    vars(books.payouts)["add"] = kept
    assert commons.payouts.files() == ()
    assert made(commons).total == Money(8_000, "EUR")


def test_the_store_refuses_an_order_of_more_than_is_owed(commons: Commons) -> None:
    def orders(name: str, *amounts: int) -> PayoutFile:
        listed = (
            Order(f"{name}-{place}", name, "pty_1", Money(minor, "EUR"))
            for place, minor in enumerate(amounts)
        )
        return PayoutFile(name, DAY, 1, tuple(listed))

    with pytest.raises(Conflict):
        commons.books.payouts.add(orders("MSG-1", 1_001))
    commons.books.payouts.add(orders("MSG-2", 400))
    with pytest.raises(Conflict):
        commons.books.payouts.add(orders("MSG-3", 601))
    commons.books.payouts.add(orders("MSG-4", 600))


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["make", "cancel", "paid", "wrong", "back", "earn"]),
        st.integers(0, 9),
    ),
    max_size=14,
)


@settings(max_examples=30, deadline=None)
@given(STEPS)
def test_nothing_is_paid_twice_and_nothing_is_lost_whatever_happens(
    steps: list[tuple[str, int]],
) -> None:
    commons = owing(Commons(MemoryBooks()))
    earned, sent = 8_000, Counter[str]()
    is_late = False  # a bank paid what a steward had cancelled
    for number, (step, pick) in enumerate(steps, start=1):
        orders = [one for file in commons.payouts.files() for one in file.orders]
        chosen = orders[pick % len(orders)] if orders else None
        if step == "make":
            commons.payouts.make(DAY, commons.drawer)
        elif step == "earn":
            earned += 100
            commons.earn(0, labour=100)
            commons.fund.allocate(f"run {number}", "EUR")
        elif chosen is not None and step == "cancel":
            with suppress(Conflict):  # the bank paid some of it
                commons.payouts.cancel(chosen.file_id)
        elif chosen is not None and step in {"paid", "wrong"}:
            amount = chosen.amount.minor + (step == "wrong")
            before = commons.books.journal.balance(BANK, "EUR")
            commons.bank(chosen.end_to_end, amount, number=number)
            if commons.books.journal.balance(BANK, "EUR") != before:
                sent[chosen.end_to_end] += 1
                is_late = is_late or chosen.state is OrderState.CANCELLED
        elif chosen is not None and chosen.state is OrderState.PAID:
            amount = chosen.amount.minor
            commons.bank(chosen.end_to_end, amount, number=number, is_in=True)
    owed = sum(one.owed.minor for one in commons.payouts.due())
    assert owed - commons.books.journal.balance(BANK, "EUR") == earned
    assert all(times == 1 for times in sent.values())
    found = commons.office.audit.run().findings
    asked_too_much = found.pop("payouts_are_owed")
    assert not any(found.values())
    assert is_late or not asked_too_much
    assert is_late or all(one.rest.minor >= 0 for one in commons.payouts.due())
