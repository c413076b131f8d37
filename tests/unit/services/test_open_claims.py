"""Claims, reviews and harms in the open books: weights public, people hidden."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.money import Money
from gateway.reciprocity.appeal import Appeal
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.harm import Harm, HarmKind, Outcome, Ruling
from gateway.reciprocity.review import Review, Verdict
from gateway.services.gifts import Gifts, Told
from gateway.transparency import claim_kinds as kinds
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.rows import Row, row_in
from tests.unit.services.test_open_books import Archive

WORDS = ("Named 12 people", "https://archive.example/12", "They were wrong", "pty_")


def claim(number: int, who: int, weight: int, at_us: int, **more: str) -> Claim:
    return Claim(
        id=f"ctb_{number}",
        party_id=f"pty_{who}",
        kind=Kind.CORRECTIONS,
        title="Named 12 people",
        evidence="https://archive.example/12",
        weight_hundredths=weight,
        claimed_us=at_us,
        done_us=at_us - US_PER_DAY,
        **more,
    )


def review(number: int, of: int, by: int, verdict: Verdict, at_us: int) -> Review:
    return Review(
        f"rev_{number}",
        f"ctb_{of}",
        f"pty_{by}",
        verdict=verdict,
        reviewed_us=at_us,
        reason="They were wrong",
    )


def lived_in() -> Archive:
    """Two claims, one reversed, appealed and accepted; a harm, appealed and upheld."""
    archive = Archive()
    archive.earn(1_190)
    store = archive.office.memory.contributions
    now_us = archive.office.clock.now_us()
    store.add_claim(claim(1, 2, 300, now_us))
    store.add_claim(claim(2, 3, 100, now_us))
    store.add_claim(claim(3, 3, 900, now_us, paid_by="Coop"))
    archive.office.clock.forward(s=5)
    store.add_review(review(1, 1, 1, Verdict.ACCEPT, now_us + 1))
    store.add_review(review(2, 2, 1, Verdict.REVERSE, now_us + 2))
    store.add_appeal(Appeal("apc_1", "rev_2", "pty_3", "They were wrong", now_us + 3))
    store.add_review(review(3, 2, 2, Verdict.ACCEPT, now_us + 4))
    store.add_review(review(4, 3, 1, Verdict.ACCEPT, now_us + 4))
    harms = archive.office.memory.harms
    harms.add(Harm("hrm_1", "pty_1", HarmKind.SPAM, 7, WORDS[1], "pty_2", now_us + 5))
    store.add_appeal(Appeal("apc_2", "hrm_1", "pty_1", "They were wrong", now_us + 6))
    harms.rule(Ruling("hrm_1", Outcome.UPHELD, "pty_3", "They were wrong", now_us + 7))
    archive.office.fund.allocate("2026-11", "EUR")
    archive.open_books.grow()
    return archive


def rows_of(archive: Archive) -> list[Row]:
    return [row_in(line) for line in archive.log.lines()]


def test_weights_are_open_and_people_and_their_words_are_not() -> None:
    archive = lived_in()
    by = {(row.kind, row.key): row for row in rows_of(archive)}

    one = by[kinds.CLAIM, "ctb_1"].body
    assert (one["work"], one["action"], one["weight_hundredths"]) == (
        *("corrections", "work", 300),
    )
    assert one["is_unpaid"] is True
    assert by[kinds.CLAIM, "ctb_3"].body["is_unpaid"] is False
    assert by[kinds.REVIEW, "rev_2"].body["verdict"] == "reverse"
    assert by[kinds.HARM, "hrm_1"].body["units"] == 7
    assert by[kinds.RULING, "hrm_1"].body["outcome"] == "upheld"
    text = "\n".join(archive.log.lines())
    assert [word for word in WORDS if word in text] == []


def test_a_stranger_judges_every_claim_again() -> None:
    archive = lived_in()

    counted = archive.recomputed().rows

    assert {kind: counted[kind] for kind in ("claim", "review", "appeal")} == {
        "claim": 3,
        "review": 4,
        "appeal": 2,
    }
    assert (counted["harm"], counted["ruling"]) == (1, 1)


def test_an_erasure_changes_no_row_of_work() -> None:
    archive = lived_in()
    before = [*archive.log.lines()]
    archive.salts.erased.update(("pty_2", "pty_3"))

    assert archive.open_books.grow().added == 0
    assert [*archive.log.lines()] == before


def changed(kind: str, key: str, **body: object) -> Callable[[list[Row]], list[Row]]:
    def change(rows: list[Row]) -> list[Row]:
        return [
            replace(row, body={**row.body, **body})
            if (row.kind, row.key) == (kind, key)
            else row
            for row in rows
        ]

    return change


def without(kind: str, key: str) -> Callable[[list[Row]], list[Row]]:
    return lambda rows: [row for row in rows if (row.kind, row.key) != (kind, key)]


def reviewer_is_claimant(rows: list[Row]) -> list[Row]:
    own = next(row for row in rows if row.key == "ctb_1").body["party"]
    return changed(kinds.REVIEW, "rev_1", reviewer=own)(rows)


def heard_by_the_same(rows: list[Row]) -> list[Row]:
    first = next(row for row in rows if row.key == "rev_2").body["reviewer"]
    return changed(kinds.REVIEW, "rev_3", reviewer=first)(rows)


def ruled_by_the_same(rows: list[Row]) -> list[Row]:
    first = next(row for row in rows if row.kind == kinds.HARM).body["by"]
    return changed(kinds.RULING, "hrm_1", by=first)(rows)


FORGED = {
    "a heavier claim": (changed("claim", "ctb_1", weight_hundredths=301), "allocation"),
    "paid work as unpaid": (changed("claim", "ctb_3", is_unpaid=True), "allocation"),
    "a claim that is gone": (without("claim", "ctb_2"), "review rev_2"),
    "work of no kind": (changed("claim", "ctb_1", work="prayer"), "claim ctb_1"),
    "another action": (changed("claim", "ctb_1", action="copy"), "claim ctb_1"),
    "a weight of nothing": (changed("claim", "ctb_1", weight_hundredths=0), "ctb_1"),
    "one's own review": (reviewer_is_claimant, "review rev_1"),
    "a hearing by who reversed": (heard_by_the_same, "review rev_3"),
    "a hearing nobody asked for": (without("appeal", "apc_1"), "review rev_3"),
    "a verdict that is none": (changed("review", "rev_1", verdict="maybe"), "rev_1"),
    "an appeal of nothing": (changed("appeal", "apc_2", about="hrm_9"), "appeal"),
    "a ruling by the same": (ruled_by_the_same, "ruling hrm_1"),
    "harm of no kind": (changed("harm", "hrm_1", harm="envy"), "harm hrm_1"),
}


@pytest.mark.parametrize(("forge", "named"), FORGED.values(), ids=FORGED)
def test_a_forged_row_of_work_is_named(
    forge: Callable[[list[Row]], list[Row]], named: str
) -> None:
    rows = forge(rows_of(lived_in()))

    with pytest.raises(BadRow, match=named) as bad:
        recomputed(row.line for row in rows)
    assert bad.value.number is not None


def test_books_from_before_claims_were_logged_still_come_out() -> None:
    of_work = {kinds.CLAIM, kinds.REVIEW, kinds.APPEAL, kinds.HARM, kinds.RULING}
    newer = {"booked_us", "unnumbered"}
    rows = [
        replace(
            row,
            kind=row.kind.replace("as-booked", "by-payer"),
            body={name: row.body[name] for name in row.body if name not in newer},
        )
        for row in rows_of(lived_in())
        if row.kind not in {*of_work, "left-out"}
    ]

    made = recomputed(row.line for row in rows)
    assert made.rows["allocation"] == 1
    assert made.unchecked == {
        "splits_without_booking": 1,
        "allocations_without_claims": 1,
        "allocations_without_left_out": 1,
    }


def test_a_gift_is_committed_to_and_never_overdrawn() -> None:
    archive = Archive()
    office = archive.office
    gifts = Gifts(
        office.books,
        receipts=office.fund_receipts,
        parties=office.parties,
        clock=office.clock,
        ids=office.ids,
    )
    made = gifts.give(Money(70, "EUR"), Told("B1"), to_party_id="pty_2")
    gifts.pass_on(made.id, reference="OUT-1")
    gifts.donate(Money(50, "EUR"), Told("B2", memo="for pty_2"))
    archive.open_books.grow()

    text = "\n".join(archive.log.lines())
    assert "pty_" not in text
    assert "B1" not in text
    assert archive.recomputed().balances["income:donation", "EUR"] == -50
    forged = [row for row in rows_of(archive) if row.body.get("happening") != "gift"]
    with pytest.raises(BadRow, match=r"gift:\S+ is overdrawn by 70"):
        recomputed(row.line for row in forged)
