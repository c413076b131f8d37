"""Sums for the public pages: what the database adds up is what the entries say."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from gateway.fund.accounts import LABOUR_RESERVE, OPERATOR_FEE, PAYABLE_PREFIX
from gateway.fund.payout import Payout
from gateway.kernel.money import Money
from gateway.kernel.period import Period
from gateway.reciprocity.contribution import Kind
from gateway.reciprocity.review import Verdict
from gateway.services.contributions import Contributions
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    AFTER_NOVEMBER,
    NOVEMBER,
    Office,
    a_party,
    an_agreement,
    an_event,
    put_events,
)

EVENTS = (
    an_event(1, size=6_000),
    an_event(2, size=4_000, collection="maps"),
    an_event(3, size=9_000, party=2),
    an_event(4, size=5_000, party=2, is_test=True),
)
PARTIES = (a_party(1), a_party(2), a_party(3))
EVER = Period(0, AFTER_NOVEMBER * 2)


@pytest.fixture(params=["memory", "sqlite"])
def office(request: pytest.FixtureRequest) -> Iterator[Office]:
    if request.param == "memory":
        memory = MemoryBooks()
        memory.add_events(*EVENTS)
        yield lived_in(Office(memory, *PARTIES))
        return
    db = open_sqlite(":memory:")
    put_events(db, *EVENTS)
    yield lived_in(Office(StoredBooks(db), *PARTIES))
    db.close()


def lived_in(office: Office) -> Office:
    """Two invoices: one paid, one half paid and credited in part."""
    office.agree(an_agreement(1), an_agreement(2))
    first, second = office.billing.run(NOVEMBER).invoices
    pay(office, first.number, first.gross_minor)
    pay(office, second.number, second.gross_minor // 2)
    position = second.lines[-1].position
    office.invoices.credit(second.number, reason="Damaged.", wanted={position: 100})
    work = Contributions(
        office.books.contributions,
        parties=office.parties,
        clock=office.clock,
        ids=office.ids,
    )
    claim = work.claim(
        "pty_3", Kind.CARE, title="Cooked", evidence="minutes", weight_hundredths=150
    )
    work.review(claim.id, Verdict.ACCEPT, reviewer_id="pty_1")
    office.fund.allocate("first", "EUR")
    payout = Payout("pty_3", Money(7, "EUR"), "sepa-1", office.clock.now_us())
    office.fund.pay_out(payout)
    return office


def pay(office: Office, number: str, minor: int) -> None:
    money = Money(minor, "EUR")
    office.payments.record(money, [number], reference=f"RF-{number}-{minor}")


def test_income_is_what_came_in_for_each_invoice(office: Office) -> None:
    rows = office.books.public.income(since_us=0)

    assert [each.party_id for each in rows] == ["pty_1", "pty_2"]
    balance = office.books.journal.balance("income:access", "EUR")
    assert sum(each.received_minor for each in rows) == -balance
    assert [each.lately_minor for each in rows] == [
        each.received_minor for each in rows
    ]
    later = office.books.public.income(since_us=AFTER_NOVEMBER * 2)
    assert {each.lately_minor for each in later} == {0}
    assert [each.received_minor for each in later] == [
        each.received_minor for each in rows
    ]


def test_lines_are_told_less_what_was_credited_of_them(office: Office) -> None:
    lines = [*office.books.public.charged()]

    charged: dict[str, int] = {}
    for each in lines:
        charged[each.invoice_id] = charged.get(each.invoice_id, 0) + each.net_minor
    expected = {
        invoice.id: invoice.net_minor
        - sum(note.net_minor for note in office.books.invoices.notes_on(invoice.id))
        for invoice in office.books.invoices.all()
    }
    assert charged == expected
    assert [each.invoice_id for each in lines] == sorted(
        each.invoice_id for each in lines
    )


def test_each_pot_tells_what_came_and_what_went(office: Office) -> None:
    flows = {each.account: each for each in office.books.public.flows()}
    journal = office.books.journal

    for account in (OPERATOR_FEE, LABOUR_RESERVE):
        assert flows[account].held_minor == -journal.balance(account, "EUR")
    contributors = flows[PAYABLE_PREFIX[:-1]]
    assert contributors.out_minor == 7
    assert contributors.in_minor == flows[LABOUR_RESERVE].out_minor
    waterfall = office.fund.waterfall()[0].pots
    assert {each: flows[each].poured_minor for each in flows if each in waterfall} == {
        account: minor for account, minor in waterfall.items() if account in flows
    }


def test_what_was_taken_is_counted_by_party_without_tests(office: Office) -> None:
    rows = office.books.public.taken(EVER)

    assert [(each.party_id, each.requests, each.body_bytes) for each in rows] == [
        ("pty_1", 2, 10_000),
        ("pty_2", 1, 9_000),
    ]
    assert office.books.public.taken(Period(0, 1)) == ()


def test_the_stamp_changes_with_the_books_and_not_without(office: Office) -> None:
    before = office.books.public.stamp()

    assert office.books.public.stamp() == before
    invoice = office.books.invoices.all()[1]
    pay(office, invoice.number, 1)
    assert office.books.public.stamp() != before
