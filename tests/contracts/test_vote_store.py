"""What every store of votes and of terms promises, in memory and in SQLite."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.fund.voting.ballot import commitment_of
from gateway.fund.voting.box import Cast, closed
from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.office import Act, Term
from gateway.fund.voting.vote import ANSWERS, Entitled, Matter, Option, Vote
from gateway.kernel.errors import Conflict, GatewayError
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from tests.fakes.books import MemoryBooks

AnyBooks = MemoryBooks | StoredBooks
VOTERS = tuple(Entitled(f"pty_{n}", f"pty_{n}", f"mark-{n}") for n in (1, 2, 3))


def a_vote(vote_id: str = "vot_1", *, at_us: int = 1) -> Vote:
    options = (Option("care", "Care"), Option("roof", "A roof"))
    return Vote(vote_id, "What first?", None, options, 99, 0, at_us, at_us + 10)


def a_matter() -> Vote:
    weights = (("care", 2), ("roof", 0))
    return replace(
        a_vote("vot_2", at_us=2),
        matter=Matter(Kind.OVERRIDE_WEIGHTS, "vot_1", "", weights),
        options=tuple(Option(each, each) for each in ANSWERS),
        credits=1,
    )


def a_cast(number: int, owner: int, vote_id: str = "vot_1") -> Cast:
    ballot = (("care", number), ("roof", 1)) if number else ()
    nonce = f"{number:032x}"
    commitment = commitment_of(vote_id, ballot, nonce=nonce)
    return Cast(commitment, vote_id, f"pty_{owner}", nonce, ballot, 5)


def test_votes_are_found_as_they_were_kept(books: AnyBooks) -> None:
    books.votes.add(a_matter(), VOTERS[:1])
    books.votes.add(a_vote(), VOTERS[:0:-1])
    assert books.votes.all() == (a_vote(), a_matter())
    assert books.votes.find("vot_2") == a_matter()
    assert books.votes.find("vot_3") is None
    assert books.votes.entitled("vot_1") == VOTERS[1:]
    assert books.votes.voted("vot_1") == frozenset()


def test_an_id_is_taken_once_and_an_owner_votes_once(books: AnyBooks) -> None:
    books.votes.add(a_vote(), VOTERS)
    with pytest.raises(Conflict):
        books.votes.add(a_vote(), ())
    twice = (VOTERS[0], replace(VOTERS[0], mark="another"))
    with pytest.raises(Conflict):
        books.votes.add(a_vote("vot_9"), twice)


def test_ballots_lie_in_the_box_in_their_order_until_the_vote_closes(
    books: AnyBooks,
) -> None:
    books.votes.add(a_vote(), VOTERS)
    casts = (a_cast(9, 1), a_cast(0, 2), a_cast(3, 1))
    for each in casts:
        books.votes.cast(each)
    assert books.votes.casts("vot_1") == casts
    assert books.votes.voted("vot_1") == {"mark-1", "mark-2"}
    kept = closed(casts)
    books.votes.close("vot_1", kept, at_us=11)
    assert books.votes.find("vot_1") == replace(a_vote(), closed_us=11)
    assert books.votes.casts("vot_1") == ()
    assert books.votes.kept("vot_1") == kept
    assert sum(each.is_counted for each in kept) == 2
    assert books.votes.voted("vot_1") == {"mark-1", "mark-2"}


def test_who_may_not_vote_casts_nothing_and_nothing_is_cast_twice_or_too_late(
    books: AnyBooks,
) -> None:
    books.votes.add(a_vote(), VOTERS)
    with pytest.raises(Conflict):
        books.votes.cast(a_cast(1, 4))
    books.votes.cast(a_cast(1, 1))
    with pytest.raises(Conflict):
        books.votes.cast(a_cast(1, 2))
    books.votes.close("vot_1", closed(books.votes.casts("vot_1")), at_us=11)
    with pytest.raises(Conflict):
        books.votes.cast(a_cast(2, 2))


def test_a_vote_closes_once_and_with_all_its_ballots(books: AnyBooks) -> None:
    books.votes.add(a_vote(), VOTERS)
    for each in (a_cast(1, 1), a_cast(2, 2)):
        books.votes.cast(each)
    kept = closed(books.votes.casts("vot_1"))
    with pytest.raises(Conflict):
        books.votes.close("vot_1", kept[:1], at_us=11)
    strange = closed([a_cast(7, 3)])
    with pytest.raises(Conflict):
        books.votes.close("vot_1", strange, at_us=11)
    assert len(books.votes.casts("vot_1")) == 2
    assert books.votes.kept("vot_1") == ()
    books.votes.close("vot_1", kept, at_us=11)
    with pytest.raises(Conflict):
        books.votes.close("vot_1", (), at_us=12)


def test_once_it_is_closed_nothing_in_the_store_says_whose_a_ballot_is() -> None:
    db = open_sqlite(":memory:")
    books = StoredBooks(db)
    books.votes.add(a_vote(), VOTERS)
    books.votes.cast(a_cast(4, 2))
    with pytest.raises(GatewayError), db.transaction() as tx:
        tx.run("DELETE FROM ballot_cast")
    with pytest.raises(GatewayError), db.transaction() as tx:
        tx.run("UPDATE ballot_cast SET owner_id = 'pty_1'")
    books.votes.close("vot_1", closed(books.votes.casts("vot_1")), at_us=11)
    assert db.rows("SELECT * FROM ballot_cast") == []
    columns = db.rows("SELECT name FROM pragma_table_info('ballot_kept')")
    assert {row["name"] for row in columns} == {
        *("commitment", "vote_id", "is_counted", "nonce", "ballot"),
    }
    db.close()


def a_term(number: int = 1, decision_id: str = "") -> Term:
    return Term(f"trm_{number}", "registers", "pty_1", "pty_2", number, 99, decision_id)


def test_terms_and_acts_are_told_in_their_order_and_stay(books: AnyBooks) -> None:
    decision = Decision(
        "dec_1", Kind.APPOINT_STEWARD, "registers/pty_1", "", "vot_1", 1, 0, 0, 1, 0, 1
    )
    books.decisions.add(decision)
    second, first = a_term(2, "dec_1"), a_term(1)
    for term in (second, first):
        books.offices.begin(term)
    assert books.offices.terms() == (first, second)
    acts = (
        Act("act_1", "pty_1", "check-in", "", 5),
        Act("act_2", "pty_2", "x", "y", 4),
    )
    for act in acts:
        books.offices.note(act)
    assert books.offices.acts() == (acts[1], acts[0])
    with pytest.raises(Conflict):
        books.offices.note(acts[0])
    for again in (first, replace(a_term(3, "dec_1"), id="trm_3")):
        with pytest.raises(Conflict):
            books.offices.begin(again)
