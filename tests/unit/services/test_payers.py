"""Payments through the books: what one owner pays too much of is set apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.fund.accounts import ENDOWMENT, LABOUR_RESERVE
from gateway.fund.basis import Basis
from gateway.fund.payer_rule import Receipt
from gateway.kernel.money import Money
from gateway.services.open_books import OpenBooks
from gateway.transparency import kinds
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.rows import Row, row_in
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import NOVEMBER, Office, a_party, an_agreement, an_event
from tests.fakes.log import MemoryBatches, MemoryLog
from tests.unit.services.test_open_books import Salts

PAYERS = range(1, 7)
BIG = (1, 2)  # two parties of one owner


def an_office() -> Office:
    parties = [a_party(number) for number in PAYERS]
    parties[1] = replace(parties[1], owner_id=parties[0].id)
    office = Office(MemoryBooks(), *parties)
    office.agree(
        *(replace(an_agreement(number), party_id=f"pty_{number}") for number in PAYERS)
    )
    return office


def billed(office: Office) -> dict[int, str]:
    """A big invoice for each party of the big owner, and a small one for others."""
    events = [
        replace(
            an_event(number, size=30_000 if number in BIG else 6_000),
            agreement_id=f"agr_{number}",
            party_id=f"pty_{number}",
        )
        for number in PAYERS
    ]
    office.memory.add_events(*events)
    run = office.billing.run(NOVEMBER)
    return {int(one.buyer.party_id[4:]): one.number for one in run.invoices}


def pay(office: Office, number: str) -> None:
    invoice = office.books.invoices.find(number)
    assert invoice is not None
    money = Money(invoice.gross_minor, "EUR")
    office.payments.record(money, [number], reference=f"IBAN-{number}")


def paid(office: Office, order: tuple[int, ...]) -> tuple[Basis, ...]:
    numbers = billed(office)
    for number in order:
        pay(office, numbers[number])
    return tuple(
        sorted(office.books.bases.all(), key=lambda one: one.payer.number)  # type: ignore[union-attr]
    )


def test_two_parties_of_one_owner_are_one_payer_and_nothing_is_blocked() -> None:
    office = an_office()
    *_, last_but_one, last = paid(office, (3, 4, 5, 6, 1, 2))
    assert last.payer is not None
    assert last.payer.owner == "pty_1"
    assert last.payer.paid_minor == last_but_one.net_minor + last.net_minor
    excess = last.payer.paid_minor - last.payer.income_minor * 3_000 // 10_000
    set_apart = last_but_one.endowed_minor + last.endowed_minor
    assert set_apart == -office.books.journal.balance(ENDOWMENT, "EUR")
    assert 0 < set_apart <= excess
    assert -office.books.journal.balance(LABOUR_RESERVE, "EUR") > 0


def test_the_first_four_payers_give_the_endowment_nothing() -> None:
    office = an_office()
    paid(office, (1, 2, 3, 4, 5))
    assert office.books.journal.balance(ENDOWMENT, "EUR") == 0


def test_what_is_kept_of_payers_is_what_was_received() -> None:
    office = an_office()
    bases = paid(office, (3, 4, 5, 6, 1, 2))
    month = bases[0].payer.month if bases[0].payer else 0
    received = office.books.bases.receipts("EUR", months=range(month, month + 1))
    big = [each for each in received if each.owner == "pty_1"]
    assert big == [
        Receipt(
            "pty_1",
            month,
            sum(each.net_minor for each in bases[-2:]),
            sum(each.endowed_minor for each in bases[-2:]),
        )
    ]
    assert office.books.bases.last_number("EUR") == len(bases)
    assert office.books.bases.last_number("CHF") == 0


@pytest.fixture
def lines() -> list[str]:
    """The rows of an office that is paid by six parties of five owners."""
    office, log = an_office(), MemoryLog()
    paid(office, (3, 4, 5, 6, 1, 2))
    OpenBooks(
        office.books,
        log,
        usage=MemoryBatches(),
        salts=Salts(),
        policy_version=lambda: "f00d",
        clock=office.clock,
        ids=office.ids,
    ).grow()
    return list(log.lines())


def changed(lines: list[str], place: int, **body: object) -> list[str]:
    row = row_in(lines[place])
    other = Row(row.kind, row.key, row.at_us, {**row.body, **body})
    return [*lines[:place], other.line, *lines[place + 1 :]]


def test_a_stranger_derives_every_payer_again(lines: list[str]) -> None:
    made = recomputed(lines)
    assert made.rows[kinds.WATERFALL_AS_BOOKED] == 6
    assert made.balances[ENDOWMENT, "EUR"] < 0
    assert not any("pty_" in line for line in lines)


def test_whoever_tells_something_else_of_a_payer_is_named(lines: list[str]) -> None:
    places = [
        place
        for place, line in enumerate(lines)
        if row_in(line).kind == kinds.WATERFALL_AS_BOOKED
    ]
    first, last = places[0], places[-1]
    body = row_in(lines[last]).body
    for place, change, says in (
        (last, {"payer": row_in(lines[first]).body["payer"]}, "is off"),
        (first, {"paid_minor": 1}, "paid_minor"),
        (first, {"payers": 4}, "payers is 4, it should be 1"),
        (last, {"payers": 4}, "waterfall's rule"),
        (last, {"income_minor": body["income_minor"] * 2}, "waterfall's rule"),
        (last, {"limit_bp": 3_001}, "30 %"),
        (first, {"month": body["month"] + 1}, "month"),
        (last, {"number": 9}, "missing before it"),
        (last, {"number": 1}, "twice"),
    ):
        with pytest.raises(BadRow, match=says) as fault:
            recomputed(changed(lines, place, **change))
        assert fault.value.number == place, change
