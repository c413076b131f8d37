"""A split is measured by what was known when it was booked, and a bank dates back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.fund.basis import Basis
from gateway.fund.bookings import paid_out
from gateway.fund.journal import reversal
from gateway.fund.waterfall import Shares
from gateway.kernel.clock import US_PER_DAY
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.review import Review, Verdict
from gateway.transparency.booked import entry_row
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.rows import Row
from gateway.transparency.unpaid_share import Split, off
from tests.unit.transparency.books import an_entry, called, story

DAY = US_PER_DAY


def a_claim(number: int, *, paid_by: str) -> Claim:
    return Claim(
        id=f"ctb_{number}",
        party_id=f"pty_{number}",
        kind=Kind.CARE,
        title="Cooked",
        evidence="minutes",
        weight_hundredths=100,
        claimed_us=number,
        paid_by=paid_by,
    )


CLAIMS = {
    each.id: each for each in (a_claim(1, paid_by="none"), a_claim(2, paid_by="x"))
}
ACCEPTED = Review("rev_1", "ctb_1", "pty_9", Verdict.ACCEPT, DAY)
PAID = Review("rev_2", "ctb_2", "pty_9", Verdict.ACCEPT, DAY)
REVERSED = Review("rev_3", "ctb_2", "pty_9", Verdict.REVERSE, 9 * DAY, reason="no")
REVIEWS = (ACCEPTED, PAID, REVERSED)


def a_split(unpaid_bp: int, *, received_us: int, booked_us: int) -> Split:
    basis = Basis("ent_1", 100, Shares(), unpaid_bp, reserve_room_minor=None)
    return Split(7, received_us, booked_us, basis)


@pytest.mark.parametrize(
    ("received", "booked", "right"),
    [(0, 2, 0), (1, 1, 5_000), (2, 3, 5_000), (2, 10, 10_000), (10, 10, 10_000)],
    ids=["before-work", "that-day", "soon", "dated-back", "after-reversal"],
)
def test_the_share_is_that_of_the_receipts_day_as_it_was_known_at_booking(
    received: int, booked: int, right: int
) -> None:
    """A reversal that came after the receipt and before its booking counts."""
    dates = {"received_us": received * DAY + 1, "booked_us": booked * DAY + 1}
    assert [*off([a_split(right, **dates)], CLAIMS, REVIEWS)] == []
    ((row, why),) = off([a_split(right + 1, **dates)], CLAIMS, REVIEWS)
    assert (row, str(right) in why) == (7, True)


def test_what_happens_in_the_instant_of_booking_may_come_before_or_after() -> None:
    for unpaid_bp in (5_000, 10_000):
        split = a_split(unpaid_bp, received_us=2 * DAY, booked_us=9 * DAY)
        assert [*off([split], CLAIMS, REVIEWS)] == []
    later = a_split(5_000, received_us=2 * DAY, booked_us=9 * DAY + 1)
    assert [*off([later], CLAIMS, REVIEWS)] != []


def a_payout_sent_back() -> tuple[Row, Row]:
    entry = an_entry(80, "payout", "pty_b", paid_out("pty_b", 7))
    back = reversal(entry, entry_id="ent_81", effective_us=79)
    return entry_row(entry, called), entry_row(back, called)


def test_a_bank_may_date_what_it_sent_back_before_the_payout() -> None:
    paid, back = a_payout_sent_back()
    plain = recomputed(row.line for row in story())
    for more in ([paid, back], [back, paid]):
        made = recomputed(row.line for row in [*story(), *more])
        assert made.balances == plain.balances


def test_a_reversal_undoes_one_entry_once() -> None:
    paid, back = a_payout_sent_back()
    again = replace(back, key="ent_82")
    for rows, says in (
        ([*story(), back], "no entry that it reverses"),
        ([*story(), paid, back, again], "was reversed before"),
    ):
        with pytest.raises(BadRow, match=says) as fault:
            recomputed(row.line for row in rows)
        assert fault.value.number == len(rows) - 1
