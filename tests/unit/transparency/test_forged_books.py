"""Forgeries that agree with themselves: entry, row and all that follows are made anew.

Who forges one row forges those that rest on it. What follows from work, votes and
receipts is found all the same, and the first bad row is named.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from gateway.fund.accounts import LABOUR_RESERVE, OPERATOR_FEE, payable
from gateway.fund.allocation import proportional
from gateway.fund.bookings import apportioned
from gateway.kernel.money import Money
from gateway.transparency import kinds
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.recompute_entries import basis_in
from gateway.transparency.round_kinds import ROUND, ROUND_OPENED
from gateway.transparency.rows import Row
from tests.unit.transparency.whole_commons import whole

Rows = list[Row]


def place_of(rows: Rows, kind: str, **told: Any) -> int:
    """Where the first such row stands."""
    return next(
        place
        for place, row in enumerate(rows)
        if row.kind == kind and all(row.body[name] == told[name] for name in told)
    )


def with_body(rows: Rows, place: int, **body: Any) -> Row:
    rows[place] = replace(rows[place], body={**rows[place].body, **body})
    return rows[place]


def resplit(rows: Rows, place: int, **body: Any) -> int:
    """Another basis, and the entry that it gives."""
    row = with_body(rows, place, **body)
    entry = next(n for n, each in enumerate(rows) if each.key == row.key)
    made = apportioned(basis_in(row).pots())
    with_body(rows, entry, postings=[[e.account, e.amount_minor] for e in made])
    return place


def reallocated(rows: Rows, weights: list[list[Any]]) -> int:
    """The allocation between rounds by other weights, with its entry."""
    place = place_of(rows, kinds.ALLOCATION, run="2026-12")
    amount = Money(rows[place].body["amount_minor"], "EUR")
    placed = {f"{at:03d}": weight for at, (_, weight) in enumerate(weights)}
    parts = proportional(amount, placed).values()
    shares = [[who, part.minor] for (who, _), part in zip(weights, parts, strict=True)]
    with_body(rows, place, weights=weights, shares=shares)
    entry = place_of(rows, kinds.ENTRY, happening="allocation", ref="2026-12")
    owed = [[payable(who), -minor] for who, minor in shares]
    with_body(rows, entry, postings=[[LABOUR_RESERVE, amount.minor], *owed])
    return place


def leaves_one_out(rows: Rows) -> int:
    place = place_of(rows, kinds.ALLOCATION, run="2026-12")
    return reallocated(rows, rows[place].body["weights"][1:])


def leaves_one_out_without_a_word(rows: Rows) -> int:
    place = leaves_one_out(rows)
    del rows[place_of(rows, kinds.LEFT_OUT, run="2026-12")]
    return place


def weighs_a_friend(rows: Rows) -> int:
    place = place_of(rows, kinds.ALLOCATION, run="2026-12")
    friend = ["sha256:friend", 1_000]
    return reallocated(rows, [*rows[place].body["weights"], friend])


def says_less_is_unpaid(rows: Rows) -> int:
    place = place_of(rows, kinds.WATERFALL_AS_BOOKED, number=2)
    return resplit(rows, place, unpaid_bp=0)


def rests_on_nothing(rows: Rows) -> int:
    place = place_of(rows, kinds.WATERFALL_AS_BOOKED, number=6)
    key = rows.pop(place).key
    return next(each for each, row in enumerate(rows) if row.key == key)


def says_what_older_rows_did(rows: Rows) -> int:
    """Without the instant of booking no unpaid share can be derived."""
    place = place_of(rows, kinds.WATERFALL_AS_BOOKED, number=6)
    newer = {"booked_us", "unnumbered"}
    body = {name: told for name, told in rows[place].body.items() if name not in newer}
    rows[place] = replace(rows[place], kind=kinds.WATERFALL_BY_PAYER, body=body)
    return place


def was_booked_when_it_suited(rows: Rows) -> int:
    place = place_of(rows, kinds.WATERFALL_AS_BOOKED, number=4)
    return resplit(rows, place, booked_us=1, unpaid_bp=0)


def keeps_income_to_itself(rows: Rows) -> int:
    """A payment whose split and basis are left out, and later numbers closed up."""
    place = place_of(rows, kinds.WATERFALL_AS_BOOKED, number=6)
    split = rows[place]
    rows[:] = [row for row in rows if row.key != split.key]
    return next(each for each, row in enumerate(rows) if row.at_us == split.at_us)


def pays_the_operator_twice(rows: Rows) -> int:
    moved = [["equity:reserve", 50], [OPERATOR_FEE, -50]]
    body = {"happening": "bank-lost", "ref": "x", "currency": "EUR"}
    entry = {**body, "postings": moved, "reverses": ""}
    rows.append(Row(kinds.ENTRY, "ent_x", rows[-1].at_us, entry))
    return len(rows) - 1


def takes_back_what_was_allocated(rows: Rows) -> int:
    place = place_of(rows, kinds.ENTRY, happening="allocation", ref="2026-12")
    row = rows[place]
    back = [[account, -minor] for account, minor in row.body["postings"]]
    told = {"happening": "reversal", "postings": back, "reverses": row.key}
    rows.append(replace(row, key="ent_x", body={**row.body, **told}))
    return len(rows) - 1


def passes_the_tally_over(rows: Rows) -> int:
    """A round of one's own beside the one that the vote weighs."""
    opened = place_of(rows, ROUND_OPENED, vote=rows[place_of(rows, "tally")].key)
    body = {**rows[opened].body, "vote": "", "options": ["everything"]}
    rows.insert(opened, replace(rows[opened], key="sooner", body=body))
    return opened


def changes_the_rule_before_it_closes(rows: Rows) -> int:
    place = place_of(rows, ROUND, round="winter")
    with_body(rows, place_of(rows, ROUND_OPENED, rule="balanced"), rule="quadratic")
    return place


def credits_more(rows: Rows) -> int:
    note = place_of(rows, kinds.CREDIT_NOTE)
    with_body(rows, note, net_minor=rows[note].body["net_minor"] + 1)
    return place_of(rows, kinds.ENTRY, happening="credit")


def keeps_the_fee_of_what_went_back(rows: Rows) -> int:
    """The reserve bears it all; the operator has its part of a credited invoice."""
    place = place_of(rows, kinds.ENTRY, happening="given-back")
    moved = dict(rows[place].body["postings"])
    reserve = moved.pop("equity:reserve") + moved.pop(OPERATOR_FEE)
    with_body(rows, place, postings=[*moved.items(), ["equity:reserve", reserve]])
    return max(
        each
        for each, row in enumerate(rows)
        if OPERATOR_FEE in dict(row.body.get("postings", ()))
    )


def hides_an_invoice(rows: Rows) -> int:
    place = place_of(rows, kinds.INVOICE, number="INV-2026-0001")
    key = rows[place].key
    rows[:] = [row for row in rows if key not in {row.key, row.body.get("ref")}]
    return place_of(rows, kinds.INVOICE, number="INV-2026-0002")


def lets_strangers_vote(rows: Rows) -> int:
    place = place_of(rows, "vote", about="priorities")
    with_body(rows, place, electorate=[*rows[place].body["electorate"], "sha256:x"])
    return place


FORGERIES: dict[str, tuple[Callable[[Rows], int], str]] = {
    "one too few": (leaves_one_out, "is left out"),
    "one too few, unsaid": (leaves_one_out_without_a_word, "does not say whom"),
    "a friend": (weighs_a_friend, "accepted unpaid work 0"),
    "less unpaid work": (says_less_is_unpaid, "accepted work gives"),
    "a split on nothing": (rests_on_nothing, "rest on nothing"),
    "an older split": (says_what_older_rows_did, "when it was booked"),
    "booked long ago": (was_booked_when_it_suited, "before the receipt before it"),
    "income kept": (keeps_income_to_itself, "earned and not handed on"),
    "the operator again": (pays_the_operator_twice, "does not touch"),
    "taken back": (takes_back_what_was_allocated, "never undone"),
    "tally passed over": (passes_the_tally_over, "was passed over"),
    "another rule": (changes_the_rule_before_it_closes, "its rule is not"),
    "more credited": (credits_more, "what was credited"),
    "the fee of what went": (keeps_the_fee_of_what_went_back, "the operator keeps"),
    "no such invoice": (hides_an_invoice, "INV-2026-0001 is missing"),
    "strangers voting": (lets_strangers_vote, "more may vote"),
}


@pytest.mark.parametrize(("forge", "says"), FORGERIES.values(), ids=FORGERIES)
def test_a_forgery_that_agrees_with_itself_is_named(
    forge: Callable[[Rows], int], says: str
) -> None:
    rows = [*whole()]
    place = forge(rows)
    with pytest.raises(BadRow) as fault:
        recomputed(row.line for row in rows)
    assert says in fault.value.detail
    assert fault.value.number == place, fault.value.detail


def test_who_is_barred_is_left_out_by_name_and_nobody_else() -> None:
    """The neighbour of a forgery: what is said openly, and does not come back."""
    rows = [*whole()]
    place = leaves_one_out(rows)
    out = [*whole()][place].body["weights"][0][0]
    with_body(rows, place_of(rows, kinds.LEFT_OUT, run="2026-12"), parties=[out])
    assert recomputed(row.line for row in rows).unchecked == {}
