"""Are we a false commons? Each question has a commons that fails it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.fund.accounts import (
    APPORTIONED,
    LABOUR_RESERVE,
    OPERATOR_FEE,
    ROUNDS,
)
from gateway.fund.bookings import allocated, postings_of
from gateway.fund.journal import Entry
from gateway.fund.payout import Allocation
from gateway.fund.voting.vote import Entitled, Option, Vote
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money
from gateway.services.selftest import (
    BOOKS,
    EXIT,
    FEE,
    LABOUR,
    PAYMENT,
    VOTES,
    Finding,
    Selftest,
    Trial,
    Tried,
)
from tests.unit.services.test_open_books import Archive

HOST = "pty_9"


def went_well() -> Tried:
    return Tried(holds=True, evidence="tried")


class Commons:
    """A commons that earned, paid for work and allocated."""

    def __init__(self) -> None:
        self.archive = Archive()
        self.archive.earn(1_190)
        self.archive.work("pty_2", 300)
        self.archive.work("pty_3", 100)
        self.books = self.archive.office.memory
        self.leaves: Trial = went_well
        self.published: Trial = went_well

    def answers(self) -> dict[str, Finding]:
        test = Selftest(
            self.books,
            self.archive.office.parties,
            barred=lambda named: named & {HOST},
            leaves=self.leaves,
            published=self.published,
        )
        return {one.check: one for one in test.run()}

    def book(self, kind: str, amounts: dict[str, int]) -> None:
        ids = self.archive.office.ids
        entry_id = ids.new("ent")
        entry = Entry(entry_id, entry_id, kind, "r", "EUR", postings_of(amounts), 1)
        self.books.journal.post(entry)

    def give(self, who: str, source: str = LABOUR_RESERVE) -> None:
        now_us = self.archive.office.clock.now_us()
        made = Allocation(
            "by-hand", source, Money(5, "EUR"), ((who, 1),), ((who, 5),), now_us
        )
        self.books.allocations.add(made)
        self.book(
            "allocation",
            {each.account: each.amount_minor for each in allocated(source, {who: 5})},
        )


@pytest.fixture
def commons() -> Commons:
    return Commons()


def failing(commons: Commons) -> set[str]:
    return {check for check, one in commons.answers().items() if not one.holds}


def test_a_commons_that_keeps_its_word_fails_no_question(commons: Commons) -> None:
    commons.archive.office.fund.allocate("2026-11", "EUR")
    answers = commons.answers()
    assert failing(commons) == set()
    assert list(answers) == [FEE, LABOUR, VOTES, PAYMENT, EXIT, BOOKS]
    assert "1 splits gave at most" in answers[FEE].evidence
    assert "2 contributors" in answers[LABOUR].evidence


def test_an_operator_that_took_eleven_percent_is_found(commons: Commons) -> None:
    commons.book("waterfall", {APPORTIONED: 100, OPERATOR_FEE: -11, ROUNDS: -89})
    assert failing(commons) == {FEE}


def test_ten_percent_are_the_operators(commons: Commons) -> None:
    commons.book("waterfall", {APPORTIONED: 100, OPERATOR_FEE: -10, ROUNDS: -90})
    assert failing(commons) == set()


def test_a_host_that_was_paid_from_the_labour_reserve_is_found(
    commons: Commons,
) -> None:
    commons.archive.work(HOST, 900)
    commons.give(HOST)
    assert failing(commons) == {LABOUR}


def test_a_share_for_somebody_who_gave_no_work_is_found(commons: Commons) -> None:
    commons.give("pty_7")
    assert failing(commons) == {PAYMENT}


def test_a_share_from_rounds_for_paid_work_is_right(commons: Commons) -> None:
    commons.give("pty_2", source=ROUNDS)
    assert failing(commons) == set()


def test_a_voter_who_gave_nothing_is_found(commons: Commons) -> None:
    now_us = commons.archive.office.clock.now_us()
    vote = Vote(
        id="vot_1",
        title="What comes first?",
        matter=None,
        options=(Option("records", "Records"), Option("care", "Care")),
        credits=100,
        quorum_bp=0,
        opened_us=now_us,
        closes_us=now_us + 1,
    )
    voters = [Entitled("pty_2", "pty_2", "sha256:2")]
    commons.books.votes.add(vote, voters)
    assert failing(commons) == set()
    bought = Entitled("pty_8", "pty_8", "sha256:8")
    commons.books.votes.add(replace(vote, id="vot_2"), [*voters, bought])
    assert failing(commons) == {VOTES}


def test_whoever_cannot_leave_or_recompute_is_found(commons: Commons) -> None:
    def refused() -> Tried:
        raise InvalidValue("row 7 does not come out")

    commons.leaves = lambda: Tried(holds=False, evidence="a key still opens")
    commons.published = refused
    answers = commons.answers()
    assert failing(commons) == {EXIT, BOOKS}
    assert answers[BOOKS].evidence == "row 7 does not come out"
