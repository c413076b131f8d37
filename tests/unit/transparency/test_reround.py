"""A round's row: whichever figure is turned, the row is named."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from gateway.fund.accounts import LABOUR_RESERVE, payable
from gateway.fund.allocation import proportional
from gateway.fund.rounds.division import divided
from gateway.fund.rounds.inputs import inputs_in
from gateway.fund.rounds.terms import Terms
from gateway.fund.voting.tally import Tally
from gateway.kernel.money import Money
from gateway.services.rounds import Opening
from gateway.transparency.recompute import BadRow, Recomputation, recomputed
from gateway.transparency.round_kinds import ROUND, ROUND_OPENED, ROUNDS
from gateway.transparency.rounded import outcome_told
from gateway.transparency.rows import Row
from tests.fakes.books import MemoryBooks
from tests.fakes.commons import Commons


def rows_of(rule: str = "quadratic") -> list[Row]:
    """Two rounds: one caps cut, and one that makes up for the first."""
    commons = Commons(MemoryBooks())
    commons.earn(10_000, labour=804)
    terms = Terms(rule, cap_share=Fraction(1, 9))
    commons.rounds.open(Opening("autumn", "EUR", 9_001, terms))
    commons.everybody_speaks()
    commons.runs.run("autumn")
    commons.earn(7_000)
    commons.clock.forward(s=86_400)
    commons.rounds.open(Opening("winter", "EUR", 5_003, Terms("balanced")))
    for giver in range(1, 9):
        pair = commons.member(giver), commons.member(giver % 8 + 1)
        commons.rounds.voice("winter", *pair, hundredths=100 * giver)
    commons.clock.forward(s=1)
    commons.runs.run("winter")
    commons.open_books.grow()
    return commons.log.rows


ROWS = rows_of()
PLACES = [number for number, row in enumerate(ROWS) if row.kind == ROUND]


def refused(rows: list[Row]) -> BadRow:
    with pytest.raises(BadRow) as fault:
        recomputed(row.line for row in rows)
    return fault.value


def turned(value: Any) -> Iterator[Any]:
    """The same value with one figure or word in it turned, wherever one stands."""
    if isinstance(value, bool):
        return
    if isinstance(value, int):
        yield value + 1
    elif isinstance(value, str):
        yield f"{value}0" if value else "x"
    elif isinstance(value, list):
        for place, each in enumerate(value):
            for other in turned(each):
                yield [*value[:place], other, *value[place + 1 :]]


def with_body(place: int, **body: Any) -> list[Row]:
    row = ROWS[place]
    new = replace(row, body={**row.body, **body})
    return [*ROWS[:place], new, *ROWS[place + 1 :]]


def test_two_rounds_come_out_to_the_unit() -> None:
    made = recomputed(row.line for row in ROWS)
    assert made.rows[ROUND] == 2
    assert sum(made.balances.values()) == 0


@pytest.mark.parametrize("name", sorted(ROUNDS[ROUND]))
def test_no_figure_of_a_round_can_be_turned(name: str) -> None:
    """Each on its own, in both rounds; the row is named, or one that rests on it."""
    books = Recomputation()
    lines = [row.line for row in ROWS]
    for place in PLACES:
        for value in turned(ROWS[place].body[name]):
            fault = refused(with_body(place, **{name: value}))
            assert fault.number is not None
            assert fault.number <= place, (name, value)
    assert books.result().rows == {}
    assert recomputed(lines).rows[ROUND] == 2


@pytest.mark.parametrize(
    "drop",
    [
        lambda row: row.kind == ROUND,
        lambda row: row.kind == "allocation",
        lambda row: row.kind == "entry" and row.body["happening"] == "allocation",
        lambda row: row.kind == "entry" and row.body["happening"] == "round-rest",
    ],
    ids=["rounds", "allocations", "entries", "rest"],
)
def test_nothing_that_a_round_booked_can_be_left_out(
    drop: Callable[[Row], bool],
) -> None:
    assert refused([row for row in ROWS if not drop(row)]).number is not None


def test_what_a_round_left_over_is_booked_once_and_in_its_own_currency() -> None:
    place, rest = next(
        (place, row)
        for place, row in enumerate(ROWS)
        if row.body.get("happening") == "round-rest"
    )
    more = [["equity:rounds", 7], ["equity:reserve", -7]]
    twice = replace(rest, key="ent_x", body={**rest.body, "postings": more})
    fault = refused([*ROWS[:place], twice, *ROWS[place:]])
    assert "was booked before" in fault.detail
    abroad = [
        replace(row, body={**row.body, "currency": "USD"})
        if row.kind not in ROUNDS and "currency" in row.body
        else row
        for row in ROWS
    ]
    keys = [
        replace(row, key=row.key.replace("EUR", "USD"))
        if row.kind in {"allocation", "left-out"}
        else row
        for row in abroad
    ]
    assert "what was allocated" in refused(keys).detail


def test_a_round_stands_there_once_and_rests_on_a_vote_that_stands_there() -> None:
    again = replace(ROWS[PLACES[0]], key="autumn/2")
    body = {**again.body, "number": 2, "again_by": "dec_1"}
    fault = refused([*ROWS, replace(again, body=body)])
    assert "only a round that failed" in fault.detail
    fault = refused(with_body(PLACES[0], vote="vot_1"))
    assert "no tally of vot_1" in fault.detail


def test_credit_that_no_accepted_work_bears_out_is_found() -> None:
    """Whoever forges a purse forges what follows from it as well."""
    row = ROWS[PLACES[0]]
    people = [[*each[:2], each[2] * 9, each[3]] for each in row.body["people"]]
    body = {**row.body, "people": people}
    inputs = inputs_in(body)
    fault = refused(
        with_body(PLACES[0], **body | outcome_told(inputs, divided(inputs), str))
    )
    assert fault.number == PLACES[0]
    assert "accepted work 1000" in fault.detail


def test_a_contributor_who_is_left_out_of_the_labour_reserve_is_found() -> None:
    """The forger divides by the rule, among one too few."""
    rows = list(ROWS)
    place = next(
        place
        for place, row in enumerate(rows)
        if row.kind == "allocation" and row.body["source"] == LABOUR_RESERVE
    )
    body = rows[place].body
    weights, amount = body["weights"][1:], Money(body["amount_minor"], "EUR")
    placed = {f"{at:03d}": weight for at, (_, weight) in enumerate(weights)}
    parts = proportional(amount, placed).values()
    named = zip(weights, parts, strict=True)
    shares = [[who, part.minor] for (who, _), part in named]
    rows[place] = replace(
        rows[place], body={**body, "weights": weights, "shares": shares}
    )
    for number, row in enumerate(rows):
        drawn = [account for account, *_ in row.body.get("postings", ())]
        if drawn[:1] == [LABOUR_RESERVE]:
            owed = [[payable(who), -minor] for who, minor in shares]
            postings = [row.body["postings"][0], *owed]
            rows[number] = replace(row, body={**row.body, "postings": postings})
    fault = refused(rows)
    assert fault.number == place
    assert f"{body['weights'][0][0]} is left out" in fault.detail


def test_a_contributor_without_voice_is_not_left_out_of_a_round() -> None:
    paid = {"party": "sha256:new", "is_unpaid": False}
    more = [
        replace(each, key=f"{each.key}x", body={**each.body, **paid})
        for each in ROWS
        if each.kind == "claim"
    ][:1]
    aged = [replace(each, at_us=each.at_us - 31 * 86_400_000_000) for each in more]
    fault = refused([*ROWS, *aged])
    assert "sha256:new is left out, accepted work 1000" in fault.detail
    assert fault.number in PLACES


def test_no_person_stands_in_a_rounds_row() -> None:
    text = json.dumps([ROWS[place].body for place in PLACES])
    assert "pty_" not in text
    assert "Member" not in text
    assert text.count("sha256:") >= 16


def test_a_failed_round_is_told_and_nothing_may_stand_behind_it() -> None:
    commons = Commons(MemoryBooks())
    commons.earn(10_000)
    commons.open()
    commons.everybody_speaks()
    for number in range(2, 9):
        commons.voice(number, 1, 600)
    commons.runs.run("autumn")
    made = commons.recomputed()
    work = {"claim": 8, "review": 8}
    assert made.rows == {"entry": 2, "policy": 1, ROUND: 1, ROUND_OPENED: 1, **work}
    (row,) = [row for row in commons.log.rows if row.kind == ROUND]
    assert (row.body["outcome"], row.body["gate"]) == ("failed", "fail")
    assert dict(row.body["figures"])["top_share_max"] == "1/4"


def test_weights_are_those_of_the_vote() -> None:
    books = Recomputation()
    row = ROWS[PLACES[0]]
    body = {**row.body, "vote": "vot_1"}
    tally = Tally("vot_1", "quadratic", (("everything", 2),), 5, 9, 1)  # type: ignore[arg-type]
    books.votes.tallies["vot_1"] = tally
    lines = [each.line for each in ROWS[: PLACES[0]]]
    for number, line in enumerate(lines):
        books.look(number, line)
    with pytest.raises(BadRow, match="not those of its vote"):
        books.look(PLACES[0], replace(row, body=body).line)
