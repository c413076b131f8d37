"""Payments through the books: what one owner pays too much of is set apart."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.fund.accounts import ENDOWMENT, LABOUR_RESERVE
from gateway.fund.basis import Basis
from gateway.fund.given_back import GivenBack
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
    grow(office, log)
    return list(log.lines())


def grow(office: Office, log: MemoryLog) -> None:
    OpenBooks(
        office.books,
        log,
        usage=MemoryBatches(),
        salts=Salts(),
        policy_version=lambda: "f00d",
        clock=office.clock,
        ids=office.ids,
    ).grow()


def is_return(line: str) -> bool:
    return row_in(line).kind == kinds.INCOME_GIVEN_BACK


def by_number(basis: Basis) -> int:
    return basis.payer.number if basis.payer else 0


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


def test_who_takes_the_money_back_was_no_payer() -> None:
    """Four shells would wake the rule, and dilute the one who pays everything."""
    office = an_office()
    numbers = billed(office)
    for shell in (3, 4, 5, 6):
        pay(office, numbers[shell])
        office.invoices.credit(numbers[shell], reason="they want it back")
    pay(office, numbers[1])
    last = max(office.books.bases.all(), key=by_number)
    assert last.payer is not None
    assert last.payer.income_minor == last.payer.paid_minor == last.net_minor
    assert last.payer.payers == 1
    assert last.endowed_minor == 0, "one payer: the rule is asleep"
    assert office.audit.run().ok


def test_who_takes_a_part_back_is_a_payer_of_the_rest() -> None:
    office = an_office()
    numbers = billed(office)
    for number in (3, 4, 5, 6):
        pay(office, numbers[number])
    before = office.books.bases.all()
    office.invoices.credit(numbers[6], reason="half of it", wanted={2: 100})
    pay(office, numbers[1])
    last = max(office.books.bases.all(), key=by_number)
    assert last.payer is not None
    assert last.payer.payers == 5
    received = sum(each.net_minor for each in before) + last.net_minor
    assert last.payer.income_minor == received - 100
    assert last.endowed_minor > 0


def test_what_went_back_counts_as_set_apart_no_more() -> None:
    """Else whoever pays, takes it back and pays again would have made up for it."""
    office = an_office()
    numbers = billed(office)
    for number in (3, 4, 5, 6, 1):
        pay(office, numbers[number])
    first = max(office.books.bases.all(), key=by_number)
    assert first.endowed_minor > 0
    office.invoices.credit(numbers[1], reason="all of it")
    pay(office, numbers[2])
    again = max(office.books.bases.all(), key=by_number)
    assert again.payer is not None
    assert again.payer.endowed_minor == 0
    assert (again.net_minor, again.endowed_minor) == (
        first.net_minor,
        first.endowed_minor,
    )


@pytest.fixture
def lines_with_returns() -> list[str]:
    """The rows of an office of which three took their money back, one at the end."""
    office, log = an_office(), MemoryLog()
    numbers = billed(office)
    for number in (3, 4, 5, 6, 1):
        pay(office, numbers[number])
        if number in (4, 6):
            office.invoices.credit(numbers[number], reason="they want it back")
    office.invoices.credit(numbers[3], reason="they do, too")
    grow(office, log)
    return list(log.lines())


def test_a_stranger_derives_what_stays(lines_with_returns: list[str]) -> None:
    lines = lines_with_returns
    made = recomputed(lines)
    assert made.rows[kinds.INCOME_GIVEN_BACK] == 3
    assert "given_back_without_payer" not in made.unchecked
    places = [n for n, each in enumerate(lines) if is_return(each)]
    first, _, last = places
    body = row_in(lines[last]).body
    for place, change, says in (
        (first, {"payer": "somebody else"}, "is off"),
        (last, {"net_minor": body["net_minor"] - 1}, "its entry says"),
        (last, {"number": 4}, "missing"),
        (last, {"number": 1}, "twice"),
        (last, {"after": 9}, "never booked before"),
        (last, {"unnumbered": 1}, "changed"),
    ):
        with pytest.raises(BadRow, match=says):
            recomputed(changed(lines, place, **change))
    with pytest.raises(BadRow, match="is off"):
        recomputed([*lines[:first], *lines[first + 1 :]])
    with pytest.raises(BadRow, match="nobody says whose"):
        recomputed([*lines[:last], *lines[last + 1 :]])


def test_books_from_before_it_was_told_whose_it_was_read_as_they_did() -> None:
    office, log = an_office(), MemoryLog()
    numbers = billed(office)
    for number in (3, 4, 5, 6):
        pay(office, numbers[number])
    office.invoices.credit(numbers[6], reason="they want it back")
    forgotten: dict[str, GivenBack] = office.memory.bases.back
    forgotten.clear()
    office.invoices.credit(numbers[5], reason="they too")
    pay(office, numbers[1])
    last = max(office.books.bases.all(), key=by_number)
    assert last.payer is not None
    assert last.payer.payers == 4, "the old one is counted as ever"
    grow(office, log)
    assert recomputed(log.lines()).unchecked == {"given_back_without_payer": 1}
