"""A stranger counts every vote again, and cannot tell whose a ballot was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fund.voting.decision import Kind
from gateway.fund.voting.vote import Matter
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.services.ballot_box import Receipt
from gateway.services.open_books import OpenBooks
from gateway.services.vote_document import receipt_document
from gateway.transparency import vote_kinds as kinds
from gateway.transparency.counted import Fate, fate_of
from gateway.transparency.recompute import (
    BadRow,
    LookAtVotes,
    Recomputation,
    recomputed,
)
from gateway.transparency.recount import Recount
from gateway.transparency.rows import Row, row_in
from tests.fakes.log import MemoryBatches, MemoryLog
from tests.fakes.voters import WEEK_US, Assembly, assembly


class Told:
    """An assembly whose books are open."""

    def __init__(self, made: Assembly) -> None:
        self.made, self.log = made, MemoryLog()
        self.open_books = OpenBooks(
            made.books,
            self.log,
            usage=MemoryBatches(),
            salts=made.salts,
            policy_version=lambda: "f00d",
            clock=made.clock,
            ids=made.ids,
        )

    def grow(self) -> list[str]:
        self.open_books.grow()
        return list(self.log.lines())

    def of(self, kind: str) -> list[Row]:
        return [row for row in map(row_in, self.grow()) if row.kind == kind]


def recount(lines: list[str]) -> Recount:
    made = Recomputation()
    for number, line in enumerate(lines):
        made.look(number, line)
    made.result()
    return made.votes


@pytest.fixture(scope="module")
def lines() -> list[str]:
    """A vote on priorities with a mind that changed, and a steward's second term."""
    told = Told(assembly(7))
    made = told.made
    made.stewards.begin("registers", "pty_1", "pty_2", days=365)
    vote_id = made.ask(by="pty_1")
    for number in range(1, 7):
        made.box.cast(vote_id, f"pty_{number}", {"records": number, "care": 2})
    made.box.cast(vote_id, "pty_1", {"mirrors": 5})
    made.week_later()
    made.votes.close(vote_id, by="pty_1")
    told.grow()
    matter = Matter(Kind.APPOINT_STEWARD, "registers/pty_1")
    vote = made.votes.open_matter("Again?", matter, lasts_us=WEEK_US, by="pty_1").vote
    for number in range(1, 6):
        made.box.cast(vote.id, f"pty_{number}", {"yes": 1})
    made.week_later()
    made.votes.close(vote.id, by="pty_1")
    decision = made.votes.decisions()[0]
    made.clock.forward(s=1)
    made.stewards.begin(
        "registers", "pty_1", "pty_2", days=365, decision_id=decision.id
    )
    return told.grow()


def test_the_published_ballots_give_the_published_tally(lines: list[str]) -> None:
    counts = recomputed(lines).rows
    assert (counts["vote"], counts["tally"], counts["decision"]) == (2, 2, 1)
    assert (counts["ballot"], counts["opened-ballot"], counts["term"]) == (12, 11, 2)
    (tally,) = recount(lines).tallies.values()
    assert dict(tally.weights) == {"records": 20, "care": 10, "mirrors": 5}
    (decision,) = recount(lines).decisions.values()
    assert (decision.yes, decision.entitled, decision.is_accepted) == (5, 7, True)


def test_votes_are_counted_again_also_where_nothing_else_is_asked_of_the_rows(
    lines: list[str],
) -> None:
    def looked_at(rows: list[str]) -> None:
        look = LookAtVotes()
        for number, line in enumerate(rows):
            look.look(number, line)
        look.assert_complete()

    looked_at(lines)
    number = next(n for n, line in enumerate(lines) if line.endswith('"tally"}'))
    lighter = lines[number].replace('["records",20]', '["records",21]')
    assert lighter != lines[number]
    with pytest.raises(BadRow, match="ballots come to records 20") as refused:
        looked_at([*lines[:number], lighter, *lines[number + 1 :]])
    assert refused.value.number == number
    with pytest.raises(BadRow, match="no tally is"):
        looked_at(lines[:number])


def changes(row: Row) -> list[tuple[str, Any]]:
    """Every field of a row, changed as little as it can be."""
    found: list[tuple[str, Any]] = []
    for name, value in row.body.items():
        if isinstance(value, int):
            found += [(name, value + 1)]
        elif isinstance(value, str):
            found += [(name, f"{'0' if value[:1] != '0' else '1'}{value[1:]}")]
        elif value:
            found += [(name, value[1:]), (name, [*value, value[0]])]
    return found


# What a stranger has to believe, because nothing else follows from it.
FREE = {
    *((kinds.VOTE, name) for name in ("subject", "digest", "closes_us", "quorum_bp")),
    *((kinds.VOTE, name) for name in ("credits", "weights")),
    *((kinds.OFFICER_ACT, name) for name in ("by", "what", "about")),
    *((kinds.TERM, name) for name in ("ends_us", "deputy", "steward", "collection")),
    *((kinds.TERM, name) for name in ("decision",)),
}


def test_whatever_is_changed_in_a_vote_the_first_row_that_does_not_fit_is_named(
    lines: list[str],
) -> None:
    looked_at = set()
    for number, line in enumerate(lines):
        row = row_in(line)
        if row.kind not in kinds.VOTING:
            continue
        for name, value in changes(row):
            if (row.kind, name) in FREE:
                continue
            other = Row(row.kind, row.key, row.at_us, {**row.body, name: value}).line
            with pytest.raises(BadRow) as refused:
                recomputed([*lines[:number], other, *lines[number + 1 :]])
            assert refused.value.number is not None
            assert refused.value.number >= number
            looked_at.add((row.kind, name))
    assert (kinds.TALLY, "weights") in looked_at
    assert (kinds.OPENED_BALLOT, "votes") in looked_at


def test_a_ballot_that_is_left_out_put_in_or_told_twice_is_found(
    lines: list[str],
) -> None:
    for number, line in enumerate(lines):
        row = row_in(line)
        if row.kind not in {kinds.BALLOT, kinds.OPENED_BALLOT, kinds.TALLY}:
            continue
        with pytest.raises(BadRow):
            recomputed([*lines[:number], *lines[number + 1 :]])
        with pytest.raises(BadRow):
            recomputed([*lines[:number], line, *lines[number:]])


def test_a_term_after_the_first_needs_its_decision_in_the_rows(
    lines: list[str],
) -> None:
    last = row_in(lines[-1])
    assert last.kind == kinds.TERM
    for changed in ({"decision": ""}, {"steward": "sha256:0"}, {"ends_us": 10**18}):
        other = Row(last.kind, last.key, last.at_us, {**last.body, **changed}).line
        with pytest.raises(BadRow):
            recomputed([*lines[:-1], other])
    third = Row(last.kind, "trm_3", last.at_us + 1, last.body).line
    with pytest.raises(BadRow, match="terms in a row"):
        recomputed([*lines, third])


WISHES = st.lists(
    st.dictionaries(st.sampled_from(("records", "care")), st.integers(0, 5)),
    min_size=6,
    max_size=6,
)


@settings(max_examples=15)
@given(WISHES, st.permutations(range(1, 7)), st.integers(0, 6))
def test_the_files_are_the_same_whoever_cast_which_ballot(
    wishes: list[Mapping[str, int]], voters: list[int], published_after: int
) -> None:
    """So they cannot say whose a ballot was, also if they grew between two ballots."""

    def told_by(order: list[int]) -> list[str]:
        told = Told(assembly(6))
        vote_id = told.made.ask()
        for place, (number, wish) in enumerate(zip(order, wishes, strict=True)):
            if place == published_after:
                told.grow()
            told.made.box.cast(vote_id, f"pty_{number}", wish)
        told.made.week_later()
        told.made.votes.close(vote_id)
        return told.grow()

    assert told_by(voters) == told_by(sorted(voters))


@settings(max_examples=15)
@given(WISHES, st.lists(st.integers(1, 6), max_size=6))
def test_what_a_stranger_counts_is_what_the_books_say(
    wishes: list[Mapping[str, int]], voters: list[int]
) -> None:
    told = Told(assembly(6))
    vote_id = told.made.ask()
    for number, wish in zip(voters, wishes, strict=False):
        told.made.box.cast(vote_id, f"pty_{number}", wish)
    told.made.week_later()
    made = told.made.votes.close(vote_id)
    assert recount(told.grow()).tallies == {vote_id: made.tally}


def test_rows_about_ballots_say_no_voter_and_no_hour() -> None:
    told = Told(assembly(12))
    vote_id = told.made.ask()
    opened_us = told.made.clock.now_us()
    for number in range(1, 13):
        told.made.clock.forward(s=3_600)
        told.made.box.cast(vote_id, f"pty_{number}", {"care": 1})
    ballots = told.of(kinds.BALLOT)
    assert len(ballots) == 7  # the five newest wait
    assert {row.at_us for row in ballots} == {opened_us}
    assert {frozenset(row.body) for row in ballots} == {frozenset(("vote",))}
    assert "pty_" not in "".join(told.grow())


def test_nothing_is_told_of_how_a_vote_stands_while_it_is_open() -> None:
    told = Told(assembly(12))
    vote_id = told.made.ask()
    for number in range(1, 13):
        told.made.box.cast(vote_id, f"pty_{number}", {"care": number % 9})
    told.grow()
    assert not told.of(kinds.OPENED_BALLOT)
    assert not told.of(kinds.TALLY)
    assert "care" not in "".join(row.line for row in told.of(kinds.BALLOT))


def fate(receipt: Receipt, lines: list[str], **changed: object) -> Fate:
    document = receipt_document(receipt)
    return fate_of(json.loads(json.dumps({**document, **changed})), recount(lines))


def test_a_voter_finds_out_what_became_of_each_ballot() -> None:
    told = Told(assembly(6))
    vote_id = told.made.ask()
    first = told.made.box.cast(vote_id, "pty_1", {"care": 3})
    last = told.made.box.cast(vote_id, "pty_1", {"care": 4})
    assert fate(last, told.grow()) is Fate.WAITING
    told.made.week_later()
    told.made.votes.close(vote_id)
    lines = told.grow()
    assert fate(first, lines) is Fate.SUPERSEDED
    assert fate(last, lines) is Fate.COUNTED
    assert fate(last, [line for line in lines if vote_id not in line]) is Fate.MISSING
    for forged in (
        {"votes": {"care": 9}},
        {"nonce": "0"},
        {"mark_salt": "0"},
        {"votes": 1},
    ):
        with pytest.raises(InvalidValue):
            fate(last, lines, **forged)


def test_a_ballot_the_host_threw_away_is_missed_by_its_voter_and_by_everybody() -> None:
    told = Told(assembly(6))
    vote_id = told.made.ask()
    receipts = [
        told.made.box.cast(vote_id, f"pty_{number}", {"care": number})
        for number in range(1, 7)
    ]
    told.made.week_later()
    told.made.votes.close(vote_id)
    rows = [row_in(line) for line in told.grow()]
    lost = receipts[2]
    kept = [row for row in rows if row.key != lost.commitment]
    tally = next(row for row in kept if row.kind == kinds.TALLY)
    weights = [["records", 0], ["care", 18], ["mirrors", 0]]
    place = kept.index(tally)
    lighter = Row(
        tally.kind, tally.key, tally.at_us, {**tally.body, "weights": weights}
    )
    with pytest.raises(BadRow, match="6 voted and 5 ballots count"):
        recomputed([row.line for row in [*kept[:place], lighter]])
    voted = [mark for mark in tally.body["voted"] if mark != lost.mark]
    quiet = Row(tally.kind, tally.key, tally.at_us, {**lighter.body, "voted": voted})
    lines = [row.line for row in [*kept[:place], quiet]]
    assert recomputed(lines).rows["opened-ballot"] == 5
    assert fate(lost, lines) is Fate.MISSING
    assert fate(receipts[0], lines) is Fate.COUNTED


def test_books_that_forget_a_vote_that_was_logged_are_not_published() -> None:
    told = Told(assembly(5))
    told.made.ask()
    told.grow()
    told.made.books.votes.rows = {}  # type: ignore[union-attr]
    with pytest.raises(Conflict, match="gone from the books"):
        told.grow()
