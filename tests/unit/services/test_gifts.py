"""Gifts and donations: two books, and a memo that steers nothing."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.billing.bank import Direction, Movement, UsedFor
from gateway.fund.accounts import (
    BANK,
    DONATION,
    LABOUR_RESERVE,
    OPERATOR_FEE,
    RESERVE,
    UNMATCHED,
    gift,
)
from gateway.fund.gift_bookings import given as given_to
from gateway.fund.journal import Entry, Posting
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.review import Review, Verdict
from gateway.services.gifts import Gifts, Told
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import Office, a_party

TEN = Money(1_000, "EUR")


class Commons:
    def __init__(self) -> None:
        self.office = Office(MemoryBooks(), a_party(1), a_party(2), a_party(3))
        self.books = self.office.memory
        self.gifts = Gifts(
            self.books,
            receipts=self.office.fund_receipts,
            parties=self.office.parties,
            clock=self.office.clock,
            ids=self.office.ids,
        )

    def balance(self, account: str) -> int:
        return self.books.journal.balance(account, "EUR")

    def work(self, who: int, weight: int) -> None:
        now_us = self.office.clock.now_us()
        claim = Claim(
            id=self.office.ids.new("ctb"),
            party_id=f"pty_{who}",
            kind=Kind.CARE,
            title="Cooked",
            evidence="minutes",
            weight_hundredths=weight,
            claimed_us=now_us,
        )
        self.books.contributions.add_claim(claim)
        self.books.contributions.add_review(
            Review(
                self.office.ids.new("rev"),
                claim.id,
                "pty_1",
                verdict=Verdict.ACCEPT,
                reviewed_us=now_us,
            )
        )

    def arrived(self, amount: int, reference: str = "B1") -> str:
        moved = Movement(
            "DE1",
            reference,
            Money(amount, "EUR"),
            Direction.IN,
            9,
            end_to_end=reference,
        )
        (taken,) = self.office.bank_desk.take_in([moved])
        return taken.movement.id

    def returned(self, amount: int, of: str) -> None:
        back = Movement(
            "DE1",
            "R1",
            Money(amount, "EUR"),
            Direction.OUT,
            10,
            end_to_end=of,
            is_reversal=True,
        )
        self.office.bank_desk.take_in([back])


def test_a_donation_is_income_and_runs_through_the_waterfall() -> None:
    commons = Commons()

    commons.gifts.donate(TEN, Told("B1", memo="thanks"))

    assert commons.balance(DONATION) == -1_000
    assert commons.balance(BANK) == 1_000
    assert commons.balance(OPERATOR_FEE) == -100
    assert commons.balance(LABOUR_RESERVE) == -200
    assert commons.office.audit.run().ok


def test_a_gift_is_nobodys_income_and_reaches_who_was_named_whole() -> None:
    commons = Commons()
    made = commons.gifts.give(TEN, Told("B1"), to_party_id="pty_2")

    assert commons.balance(gift("pty_2")) == -1_000
    for pot in (DONATION, OPERATOR_FEE, LABOUR_RESERVE, RESERVE):
        assert commons.balance(pot) == 0
    (before,) = commons.gifts.list()
    commons.gifts.pass_on(made.id, reference="OUT-1")
    (after,) = commons.gifts.list()

    assert (before.is_passed_on, after.is_passed_on) == (False, True)
    assert commons.balance(gift("pty_2")) == commons.balance(BANK) == 0
    assert commons.gifts.pass_on("B1", reference="OUT-1").is_passed_on
    with pytest.raises(Conflict, match="passed on"):
        commons.gifts.pass_on(made.id, reference="OUT-2")


def test_a_gift_gives_no_vote_no_standing_and_no_match() -> None:
    commons = Commons()
    commons.work(2, 100)
    commons.gifts.give(TEN, Told("B1"), to_party_id="pty_3")
    commons.gifts.donate(TEN, Told("B2", from_party_id="pty_3"))

    (run,) = commons.office.fund.allocate("2026-11", "EUR")

    assert dict(run.weights) == {"pty_2": 100}
    assert dict(run.shares) == {"pty_2": run.amount.minor}


@settings(max_examples=25, deadline=None)
@given(
    amounts=st.lists(st.integers(1, 10_000), min_size=1, max_size=5),
    memos=st.lists(st.text(max_size=40), min_size=5, max_size=5),
    givers=st.lists(st.sampled_from(["", "pty_2", "pty_3"]), min_size=5, max_size=5),
)
def test_whatever_givers_write_and_whoever_they_are_it_is_divided_alike(
    amounts: list[int], memos: list[str], givers: list[str]
) -> None:
    def divided(said: list[str], by: list[str]) -> list[tuple[str, int]]:
        commons = Commons()
        commons.work(2, 300)
        commons.work(3, 100)
        for number, (minor, memo, who) in enumerate(
            zip(amounts, said, by, strict=False)
        ):
            told = Told(f"B{number}", from_party_id=who, memo=memo)
            commons.gifts.donate(Money(minor, "EUR"), told)
        runs = commons.office.fund.allocate("2026-11", "EUR")
        return [share for run in runs for share in run.shares]

    for_amina = ["for pty_2, only for pty_2"] * 5
    assert divided(memos, givers) == divided(for_amina, ["pty_2"] * 5)


def test_the_same_reference_is_one_gift() -> None:
    commons = Commons()
    first = commons.gifts.donate(TEN, Told("B1"))

    assert commons.gifts.donate(TEN, Told("B1")) == first
    assert commons.balance(DONATION) == -1_000
    with pytest.raises(Conflict, match="is recorded as"):
        commons.gifts.donate(Money(999, "EUR"), Told("B1"))
    with pytest.raises(Conflict):
        commons.gifts.give(TEN, Told("B1"), to_party_id="pty_2")


def test_a_gift_that_cannot_be_is_refused() -> None:
    commons = Commons()
    made = commons.gifts.donate(TEN, Told("B1"))

    with pytest.raises(NotFound):
        commons.gifts.give(TEN, Told("B2"), to_party_id="pty_9")
    with pytest.raises(NotFound):
        commons.gifts.donate(TEN, Told("B2", from_party_id="pty_9"))
    with pytest.raises(InvalidValue, match="nobody is named"):
        commons.gifts.pass_on(made.id, reference="OUT-1")
    for wrong in (Told(""), Told("B3", memo="x" * 501)):
        with pytest.raises(InvalidValue):
            commons.gifts.donate(TEN, wrong)
    with pytest.raises(NotFound):
        commons.gifts.pass_on("gif_x", reference="OUT-1")
    with pytest.raises(InvalidValue, match="has a reference"):
        commons.gifts.pass_on(made.id, reference=" ")


@pytest.mark.parametrize(
    ("account", "amount"), [(OPERATOR_FEE, -5), (LABOUR_RESERVE, -5), (gift("b"), -5)]
)
def test_no_entry_leads_a_gift_anywhere_else(account: str, amount: int) -> None:
    with pytest.raises(InvalidValue, match="passed on whole"):
        Entry(
            id="ent_1",
            key="k",
            kind="x",
            ref="y",
            currency="EUR",
            postings=(Posting(gift("pty_2"), 5), Posting(account, amount)),
            effective_us=1,
        )
    assert given_to("pty_2", 5)


# ── from a bank's statement ──────────────────────────────────────────────────
def test_money_that_waits_becomes_a_gift_or_a_donation() -> None:
    commons = Commons()
    movement = commons.arrived(1_500)

    with pytest.raises(Conflict, match="say which movement"):
        commons.gifts.donate(TEN, Told("B1"))
    commons.gifts.donate(TEN, Told("B1", movement_id=movement))
    commons.gifts.give(
        Money(500, "EUR"), Told("B1-2", movement_id=movement), to_party_id="pty_2"
    )

    assert commons.balance(UNMATCHED) == 0
    assert commons.balance(BANK) == 1_500
    uses = commons.books.bank.uses_of(movement)
    assert [use.used_for for use in uses] == [UsedFor.DONATION, UsedFor.GIFT]
    assert commons.office.audit.run().ok
    with pytest.raises(InvalidValue, match="left of"):
        commons.gifts.donate(TEN, Told("B2", movement_id=movement))
    with pytest.raises(NotFound):
        commons.gifts.donate(TEN, Told("B2", movement_id="mov_x"))


def test_what_was_recorded_by_hand_and_reported_later_lies_there_once() -> None:
    commons = Commons()
    commons.gifts.donate(TEN, Told("B1"))
    movement = commons.arrived(1_000)
    told = Told("B1", movement_id=movement)

    for _ in range(2):
        commons.gifts.donate(TEN, told)

    assert commons.balance(BANK) == 1_000
    assert commons.balance(UNMATCHED) == 0
    assert commons.balance(DONATION) == -1_000
    assert commons.office.audit.run().ok


@pytest.mark.parametrize("first", ["kept", "passed on"])
def test_a_gift_that_the_bank_takes_back_is_undone_once(first: str) -> None:
    commons = Commons()
    movement = commons.arrived(1_000)
    told = Told("B1", movement_id=movement)
    made = commons.gifts.give(TEN, told, to_party_id="pty_2")
    if first == "passed on":
        commons.gifts.pass_on(made.id, reference="OUT-1")
    commons.returned(1_000, of="B1")

    assert commons.balance(gift("pty_2")) == 0
    assert commons.balance(RESERVE) == (0 if first == "kept" else 1_000)
    assert commons.office.audit.run().ok
    with pytest.raises(Conflict):
        commons.gifts.pass_on(made.id, reference="OUT-9")


def test_a_donation_that_the_bank_takes_back_comes_out_of_the_reserve() -> None:
    commons = Commons()
    movement = commons.arrived(1_000)
    commons.gifts.donate(TEN, Told("B1", movement_id=movement))
    before = commons.balance(LABOUR_RESERVE)

    commons.returned(1_000, of="B1")

    assert commons.balance(DONATION) == commons.balance(BANK) == 0
    assert commons.balance(LABOUR_RESERVE) == before
    assert commons.balance(OPERATOR_FEE) == 0
    assert commons.balance(RESERVE) == 800
    (gone,) = commons.office.books.bases.given_back()
    assert (gone.owner, gone.net_minor) == ("unnamed", 1_000)
    assert commons.office.audit.run().ok
