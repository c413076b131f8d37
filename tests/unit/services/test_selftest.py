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
from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.office import Term
from gateway.fund.voting.vote import ANSWERS, Entitled, Matter, Option, Vote
from gateway.kernel.clock import US_PER_DAY
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

    def barred(self, named: frozenset[str], at_us: int) -> frozenset[str]:
        """The host always, and who is steward then."""
        return named & ({HOST} | self.archive.office.fund.barred(at_us=at_us))

    def answers(self) -> dict[str, Finding]:
        test = Selftest(
            self.books,
            self.archive.office.parties,
            barred=self.barred,
            leaves=self.leaves,
            published=self.published,
        )
        return {one.check: one for one in test.run()}

    def book(self, kind: str, amounts: dict[str, int]) -> None:
        ids = self.archive.office.ids
        entry_id = ids.new("ent")
        now_us = self.archive.office.clock.now_us()
        told = (entry_id, entry_id, kind, "r", "EUR", postings_of(amounts), now_us)
        entry = Entry(*told)
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


@pytest.mark.parametrize(("days_before", "wrong"), [(1, {LABOUR}), (-1, set())])
def test_who_was_steward_when_they_were_paid_is_found_and_who_became_it_is_not(
    commons: Commons, days_before: int, wrong: set[str]
) -> None:
    commons.give("pty_2")
    paid_us = commons.archive.office.clock.now_us()
    starts_us = paid_us - days_before * US_PER_DAY
    commons.archive.office.clock.forward(s=2 * 86_400)
    commons.books.offices.begin(
        Term("trm_1", "r", "pty_2", "pty_3", starts_us, starts_us + 90 * US_PER_DAY)
    )
    assert failing(commons) == wrong


def test_a_member_who_was_released_later_was_right_to_vote(commons: Commons) -> None:
    """What members decide afterwards does not make an earlier vote wrong."""
    now_us = commons.archive.office.clock.now_us()

    def decided(number: int, kind: Kind) -> None:
        made = Decision(
            id=f"dec_{number}",
            kind=kind,
            subject="pty_1",
            digest="",
            vote_id=f"vot_d{number}",
            yes=1,
            no=0,
            abstain=0,
            entitled=1,
            quorum_bp=0,
            decided_us=now_us + number,
        )
        commons.books.decisions.add(made)

    decided(0, Kind.ADMIT_MEMBER)
    vote = Vote(
        id="vot_1",
        title="The prices",
        matter=Matter(Kind.RATIFY_TARIFF, "ai@1"),
        options=tuple(Option(each, each) for each in ANSWERS),
        credits=1,
        quorum_bp=0,
        opened_us=now_us + 1,
        closes_us=now_us + 2,
    )
    commons.books.votes.add(vote, [Entitled("pty_1", "pty_1", "sha256:1")])
    assert failing(commons) == set()
    decided(3, Kind.RELEASE_MEMBER)
    assert failing(commons) == set()
    late = replace(vote, id="vot_2", opened_us=now_us + 4, closes_us=now_us + 5)
    commons.books.votes.add(late, [Entitled("pty_1", "pty_1", "sha256:2")])
    assert failing(commons) == {VOTES}


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
