"""The endowment gives the reserve what members decided, once, and anybody can check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest

from gateway.fund.accounts import ENDOWMENT, RESERVE, STRIPE
from gateway.fund.bookings import apportioned, released
from gateway.fund.gift_bookings import donated
from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.vote import Matter
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.money import Money
from gateway.services.bookkeeping import book
from gateway.services.endowment import Endowment, endowment
from gateway.storage.books import StoredBooks
from gateway.storage.sqlite.engine import open_sqlite
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.rows import Row, row_in
from tests.fakes.books import MemoryBooks
from tests.fakes.voters import WEEK_US, Assembly, assembly
from tests.unit.transparency.test_votes_in_the_books import Told


@pytest.fixture(params=["memory", "sqlite"])
def made(request: pytest.FixtureRequest) -> Iterator[Assembly]:
    """Six people, and an endowment of 80 EUR."""
    if request.param == "memory":
        yield endowed(assembly(6, books=MemoryBooks()))
        return
    db = open_sqlite(":memory:")
    yield endowed(assembly(6, books=StoredBooks(db)))
    db.close()


def endowed(made: Assembly) -> Assembly:
    booked(made, donated(8_000, from_=STRIPE), "donation", "start")
    booked(made, apportioned({ENDOWMENT: 8_000}), "waterfall", "start")
    return made


def booked(made: Assembly, postings: object, kind: str, ref: str) -> None:
    with made.books.together() as books:
        book(
            books,
            made.ids,
            postings,  # type: ignore[arg-type]
            key=f"{kind}:{ref}:{made.ids.new('key')}",
            kind=kind,
            ref=ref,
            currency="EUR",
            at_us=made.clock.now_us(),
        )


def decided(made: Assembly, subject: str, *, yes: int = 5) -> Decision:
    """What six members say; *yes* of them yes."""
    matter = Matter(Kind.RESOLVE, subject)
    vote = made.votes.open_matter("How much?", matter, lasts_us=WEEK_US).vote
    for number in range(1, 7):
        answer = "yes" if number <= yes else "no"
        made.box.cast(vote.id, f"pty_{number}", {answer: 1})
    decision = made.votes.close(vote.id).decision
    assert decision is not None
    made.clock.forward(s=1)
    return decision


def desk(made: Assembly) -> Endowment:
    return Endowment(made.books, clock=made.clock, ids=made.ids)


def test_what_members_decided_goes_to_the_reserve_once(made: Assembly) -> None:
    decision = decided(made, "endowment:50.00 EUR")

    assert desk(made).release(decision.id) == (Money(5_000, "EUR"), True)
    assert desk(made).release(decision.id) == (Money(5_000, "EUR"), False)

    assert made.books.journal.balance(ENDOWMENT, "EUR") == -3_000
    assert made.books.journal.balance(RESERVE, "EUR") == -5_000
    assert [*endowment(made.books)] == []
    result = recomputed(Told(made).grow())
    assert result.balances[ENDOWMENT, "EUR"] == -3_000


@pytest.mark.parametrize(
    ("subject", "yes", "why"),
    [
        ("endowment:50.00 EUR", 2, "no accepted decision about the endowment"),
        ("roof", 6, "no accepted decision about the endowment"),
        ("endowment:a lot", 6, "no accepted decision about the endowment"),
        ("endowment:0.00 EUR", 6, "no accepted decision about the endowment"),
        ("endowment:80.01 EUR", 6, "the endowment holds 80.00 EUR"),
        ("endowment:1.00 CHF", 6, "the endowment holds 0.00 CHF"),
    ],
)
def test_nothing_else_releases_a_cent(subject: str, yes: int, why: str) -> None:
    made = endowed(assembly(6))
    decision = decided(made, subject, yes=yes)

    with pytest.raises(Conflict, match=why):
        desk(made).release(decision.id)
    with pytest.raises(NotFound, match="decision list"):
        desk(made).release("dec_9")

    assert made.books.journal.balance(ENDOWMENT, "EUR") == -8_000


def test_an_entry_that_nobody_decided_is_found_by_the_audit_and_by_strangers() -> None:
    made = endowed(assembly(6))
    decision = decided(made, "endowment:50.00 EUR")
    desk(made).release(decision.id)
    lines = Told(made).grow()
    place, entry = next(
        (place, row)
        for place, row in enumerate(map(row_in, lines))
        if row.body.get("happening") == "release"
    )

    def found(other: Row, *, again: bool = False) -> str:
        changed = [*lines[: place + again], other.line, *lines[place + 1 :]]
        with pytest.raises(BadRow) as fault:
            recomputed(changed)
        assert fault.value.number == place + again
        return fault.value.detail

    def but(**body: object) -> Row:
        return replace(entry, body={**entry.body, **body})

    nobody = "no decision of the members releases it"
    smaller = [[ENDOWMENT, 4_999], [RESERVE, -4_999]]
    assert nobody in found(but(ref="dec_9"))
    assert nobody in found(but(postings=smaller))
    assert nobody in found(replace(entry, at_us=decision.decided_us - 1))
    assert nobody in found(replace(entry, key="ent_twice"), again=True)
    assert "does not touch" in found(but(happening="gift-borne"))

    booked(made, released(100), "release", decision.id)
    booked(made, released(100), "repair", "roof")
    assert [one.split(" ", 1)[1] for one in endowment(made.books)] == [
        "takes 1.00 EUR from the endowment, and nobody decided so"
    ] * 2
