"""The fund is computed again from rows; what does not come to the unit is named."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.fund.accounts import (
    BANK,
    DEFERRED,
    LABOUR_RESERVE,
    OPERATOR_FEE,
    RECEIVABLE,
    RESERVE,
    payable,
)
from gateway.fund.bookings import postings_of
from gateway.kernel.errors import InvalidValue
from gateway.transparency.booked import entry_row
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.rows import Row, row_in
from tests.unit.transparency.books import an_entry, called, story, work

LINES = [each.line for each in story()]
INVOICE, WATERFALL_ENTRY, WATERFALL, ALLOCATION_ENTRY, ALLOCATION = 1, 3, 4, 5, 6


def changed(number: int, **body: Any) -> list[str]:
    rows = story()
    rows[number] = replace(rows[number], body={**rows[number].body, **body})
    return [each.line for each in rows]


def renamed(number: int, run: str) -> list[str]:
    rows = story()
    key = rows[number].key.replace(rows[number].body["run"], run)
    body = {**rows[number].body, "run": run}
    rows[number] = replace(rows[number], key=key, body=body)
    return [each.line for each in rows]


def refused(lines: list[str]) -> BadRow:
    with pytest.raises(BadRow) as fault:
        recomputed(lines)
    return fault.value


def test_a_row_reads_back_as_it_was_written() -> None:
    assert [row_in(line) for line in LINES] == story()


def test_every_balance_comes_out_to_the_unit() -> None:
    books = recomputed(LINES)
    assert sum(books.balances.values()) == 0
    assert books.balances[BANK, "EUR"] == 11_901 - 100
    assert (LABOUR_RESERVE, "EUR") not in books.balances
    assert books.without_basis == 0
    owed = -books.balances[payable(called("pty_b")), "EUR"]
    assert -books.balances[payable(called("pty_a")), "EUR"] in {
        owed - 100,
        owed - 100 + 1,
    }


def test_nothing_comes_of_nothing() -> None:
    assert recomputed([]).balances == {}


def test_no_party_and_no_word_of_a_bank_stands_in_a_row() -> None:
    text = "\n".join(LINES)
    assert "pty_" not in text
    assert "bank's words" not in text


@pytest.mark.parametrize(
    ("make", "number", "says"),
    [
        (lambda: changed(0, postings=[[BANK, 5], ["asset:receivable", -4]]), 0, "off"),
        (lambda: changed(INVOICE, net_minor=1), 1, "not what the invoice gives"),
        (lambda: changed(WATERFALL, operator_bp=900), 4, "the waterfall's rule"),
        (lambda: changed(WATERFALL, operator_bp=1_001), 4, "at most 10 %"),
        (lambda: changed(WATERFALL, unpaid_bp=10_000), 4, "the waterfall's rule"),
        (lambda: changed(ALLOCATION, amount_minor=7), 6, "the rule gives"),
        (lambda: changed(ALLOCATION, rule="by-favour"), 6, "by-favour"),
        (lambda: changed(ALLOCATION, run="2026-12"), 6, "its key is not"),
        (lambda: renamed(ALLOCATION, "2026-12"), 6, "no entry booked"),
        (lambda: [*LINES, LINES[0]], 8, "twice"),
        (lambda: [*LINES, "{}"], 8, "fields of a row"),
        (lambda: [*LINES, "?"], 8, "no JSON"),
        (lambda: [line for line in LINES if '"allocation"}' not in line], 5, "behind"),
    ],
    ids=[
        "unbalanced",
        "invoice",
        "split",
        "greedy-settings",
        "unpaid-share",
        "amount",
        "rule",
        "run",
        "another-run",
        "twice",
        "empty",
        "letters",
        "allocation-gone",
    ],
)
def test_what_does_not_come_to_the_unit_is_named(
    make: Callable[[], list[str]], number: int, says: str
) -> None:
    fault = refused(make())
    assert fault.number == number
    assert says in fault.detail


def test_an_operator_above_ten_percent_is_named_without_any_basis() -> None:
    postings = [
        ["equity:apportioned", 100],
        [OPERATOR_FEE, -11],
        ["equity:rounds", -89],
    ]
    lines = changed(WATERFALL_ENTRY, postings=postings)
    assert "above 10 %" in refused(lines).detail


def test_a_split_from_before_its_basis_was_kept_is_counted() -> None:
    lines = [line for number, line in enumerate(LINES) if number != WATERFALL]
    assert recomputed(lines).without_basis == 1


def test_one_share_too_many_for_a_friend_is_named() -> None:
    shares = [list(each) for each in story()[ALLOCATION].body["shares"]]
    shares[0][1] += 1
    shares[1][1] -= 1
    fault = refused(changed(ALLOCATION, shares=shares))
    assert fault.number == ALLOCATION
    assert called("pty_a") in fault.detail


def test_more_than_was_owed_is_never_paid_out() -> None:
    account = payable(called("pty_a"))
    lines = changed(7, postings=[[account, 10**6], [BANK, -(10**6)]])
    assert "overdrawn" in refused(lines).detail


@pytest.mark.parametrize(
    ("field", "value"),
    [("currency", "euro"), ("postings", [["asset:bank", "5"]]), ("ref", 7)],
)
def test_a_body_has_the_shapes_of_its_kind(field: str, value: object) -> None:
    fault = refused(changed(0, **{field: value}) if field else [])
    assert field in fault.detail


@pytest.mark.parametrize(
    "change",
    [
        lambda line: line.replace(",", ", ", 1),
        lambda line: line.replace("{", '{"at_us":7,', 1),
        lambda line: line.replace("EUR", "EU\\u0052", 1),
        lambda _: "[" * 100_000,
        lambda line: " " * 5_000_000 + line,
    ],
    ids=["spaced", "a-key-twice", "escaped", "nested", "long"],
)
def test_a_row_has_one_spelling(change: Callable[[str], str]) -> None:
    with pytest.raises(InvalidValue):
        row_in(change(LINES[0]))


def test_a_hostile_row_does_not_write_on_a_terminal() -> None:
    fault = refused([*LINES, Row("policy", "\x1b[2J\x9b", 1, {"version": ""}).line] * 2)
    assert fault.detail.isprintable()


def test_a_kind_that_nobody_knows_is_refused() -> None:
    with pytest.raises(InvalidValue, match="gossip"):
        row_in(Row("gossip", "1", 1, {}).line)


def an_extra(number: int, happening: str, ref: str, **moved: int) -> Row:
    """An entry that nobody's rules made."""
    names = {
        "labour": LABOUR_RESERVE,
        "friend": payable("pty_friend"),
        "operator": OPERATOR_FEE,
        "reserve": RESERVE,
        "owed": RECEIVABLE,
        "deferred": DEFERRED,
    }
    amounts = {names[each]: minor for each, minor in moved.items()}
    return entry_row(an_entry(number, happening, ref, postings_of(amounts)), called)


@pytest.mark.parametrize(
    ("place", "extra", "says"),
    [
        (5, an_extra(90, "allocation", "2026-11", labour=5, friend=-5), "same before"),
        (0, an_extra(91, "invoice", "inv_1", owed=9, deferred=-9), "same before"),
        (7, an_extra(92, "thanks", "x", labour=5, friend=-5), "no happening 'thanks'"),
        (7, an_extra(93, "round-rest", "x", labour=5, friend=-5), "does not touch"),
        (7, an_extra(94, "payout", "x", reserve=5, friend=-5), "does not touch"),
        (7, an_extra(95, "bank-lost", "x", reserve=5, operator=-5), "does not touch"),
        (7, an_extra(96, "waterfall", "x", reserve=5, operator=-5), "from no pot"),
        (7, an_extra(97, "given-back", "x", reserve=5, operator=-5), "pays the oper"),
        (7, an_extra(98, "fee-borne", "x", reserve=5, operator=-5), "pays the oper"),
    ],
    ids=[
        *("allocated-twice", "invoiced-twice", "invented"),
        *("labour", "owed", "operator", "split", "given-back", "fee-borne"),
    ],
)
def test_an_entry_that_no_row_stands_behind_moves_nothing_of_contributors(
    place: int, extra: Row, says: str
) -> None:
    """It balances, so only what may move what tells it from a right one."""
    assert says in refused([*LINES[:place], extra.line, *LINES[place:]]).detail


@pytest.mark.parametrize(
    ("source", "says"),
    [("equity:rounds", "accepted unpaid work"), (RESERVE, "does not touch")],
)
def test_no_pot_is_divided_past_rounds_and_accepted_work(
    source: str, says: str
) -> None:
    """A row that its own entry bears out, for somebody who did nothing."""
    who = called("pty_friend")
    moved = postings_of({source: 5, payable("pty_friend"): -5})
    body = {
        **story()[ALLOCATION].body,
        "run": "thanks",
        "source": source,
        "amount_minor": 5,
        "weights": [[who, 1]],
        "shares": [[who, 5]],
    }
    entry = entry_row(an_entry(90, "allocation", "thanks", moved), called)
    row = Row("allocation", f"thanks/{source}/EUR", 90, body)
    told = [*story(), *work(), entry, row]
    assert says in refused([each.line for each in told]).detail
