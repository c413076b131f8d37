"""What every store of tallies and decisions promises, in memory and in SQLite."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.tally import Method, Tally, in_force
from gateway.kernel.errors import Conflict, GatewayError
from gateway.storage.books import StoredBooks
from tests.fakes.books import MemoryBooks

AnyBooks = MemoryBooks | StoredBooks
WEIGHTS = (("records", 7), ("care", 12), ("mirrors", 0))


def a_tally(vote_id: str = "vot_1", *, closed_us: int = 10) -> Tally:
    return Tally(vote_id, Method.QUADRATIC, WEIGHTS, 5, 9, closed_us)


def a_decision(number: int = 1, *, yes: int = 3, no: int = 1, at: int = 1) -> Decision:
    return Decision(
        id=f"dec_{number}",
        kind=Kind.RATIFY_TARIFF,
        subject="ai-2026@3",
        digest="a" * 64,
        vote_id=f"vot_{number}",
        yes=yes,
        no=no,
        abstain=1,
        entitled=9,
        quorum_bp=3_000,
        decided_us=at,
    )


def test_a_tally_is_found_as_it_was_kept_and_the_one_that_closed_last_is_latest(
    books: AnyBooks,
) -> None:
    assert books.tallies.latest() is None
    last, first = a_tally("vot_1", closed_us=20), a_tally("vot_2", closed_us=10)
    for each in (last, first):
        books.tallies.add(each)
    assert books.tallies.find("vot_1") == last
    assert books.tallies.find("vot_3") is None
    assert books.tallies.latest() == last
    assert books.tallies.all() == (first, last)


def test_a_vote_has_one_tally(books: AnyBooks) -> None:
    books.tallies.add(a_tally())
    with pytest.raises(Conflict):
        books.tallies.add(replace(a_tally(), voters=6))
    assert books.tallies.all() == (a_tally(),)


def test_a_decision_is_found_as_it_was_kept_with_the_weights_it_sets(
    books: AnyBooks,
) -> None:
    ratifying = a_decision(at=2)
    overriding = replace(
        a_decision(2), kind=Kind.OVERRIDE_WEIGHTS, subject="vot_9", weights=WEIGHTS
    )
    for each in (ratifying, overriding):
        books.decisions.add(each)
    assert books.decisions.find("dec_2") == overriding
    assert books.decisions.find("dec_3") is None
    assert books.decisions.all() == (overriding, ratifying)


@pytest.mark.parametrize(
    "again", [a_decision(1), replace(a_decision(2), vote_id="vot_1")]
)
def test_an_id_is_taken_once_and_a_vote_decides_once(
    books: AnyBooks, again: Decision
) -> None:
    books.decisions.add(a_decision())
    with pytest.raises(Conflict):
        books.decisions.add(again)


def test_what_was_accepted_last_is_ratified_and_nothing_else(books: AnyBooks) -> None:
    def found() -> Decision | None:
        return books.decisions.ratified(Kind.RATIFY_TARIFF, "ai-2026@3")

    assert found() is None
    books.decisions.add(a_decision(1, at=1))
    assert found() == a_decision(1, at=1)
    books.decisions.add(a_decision(2, yes=0, no=1, at=2))  # nobody came
    assert found() == a_decision(1, at=1)
    books.decisions.add(a_decision(3, yes=1, no=4, at=3))
    assert found() is None
    books.decisions.add(a_decision(4, at=4))
    assert found() == a_decision(4, at=4)
    assert books.decisions.ratified(Kind.RATIFY_POLICY, "ai-2026@3") is None
    assert books.decisions.ratified(Kind.RATIFY_TARIFF, "ai-2026@4") is None


def test_what_is_kept_with_a_transaction_that_fails_is_not_kept(
    books: AnyBooks,
) -> None:
    def add_twice() -> None:
        with books.together() as within:
            within.tallies.add(a_tally())
            within.decisions.add(a_decision())
            within.decisions.add(a_decision())

    with pytest.raises(GatewayError):
        add_twice()
    assert (books.tallies.all(), books.decisions.all()) == ((), ())


def test_the_weights_in_force_are_the_tally_s_until_members_override_it(
    books: AnyBooks,
) -> None:
    books.tallies.add(a_tally())
    kept = books.tallies.latest()
    assert kept is not None
    assert in_force(kept, books.decisions.all()).weights == WEIGHTS
    others = (("records", 1), ("care", 1), ("mirrors", 1))
    override = replace(
        a_decision(2), kind=Kind.OVERRIDE_WEIGHTS, subject="vot_1", weights=others
    )
    books.decisions.add(replace(override, id="dec_3", vote_id="vot_3", yes=1, no=2))
    assert in_force(kept, books.decisions.all()).decision_id == ""
    books.decisions.add(override)
    taken = in_force(kept, books.decisions.all())
    assert (taken.weights, taken.decision_id) == (others, "dec_2")
