"""gateway.fund.payer_rule: no payer dominates, and nothing is blocked for it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from itertools import permutations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.fund.accounts import BANK, ENDOWMENT, LABOUR_RESERVE, RESERVE, ROUNDS
from gateway.fund.basis import Basis
from gateway.fund.bookings import postings_of, released
from gateway.fund.given_back import NOBODY, parts_of
from gateway.fund.journal import Entry
from gateway.fund.payer_rule import PAYERS_MIN, PayerBasis, Receipt, payer_basis
from gateway.fund.waterfall import Shares, apportion
from gateway.kernel.errors import InvalidValue

JUNE = 2026 * 12 + 5
OTHERS = ("bee", "cee", "dee", "eff")
Paid = tuple[str, int]
amounts = st.integers(0, 10**9)
paid = st.lists(st.tuples(st.sampled_from(("big", *OTHERS)), amounts), max_size=12)


class Fund:
    """Receipts split one after the other, as the books do it."""

    def __init__(self, shares: Shares | None = None) -> None:
        self.booked: list[Receipt] = []
        self.pots: Counter[str] = Counter()
        self.shares = shares or Shares()

    def take(self, owner: str, net_minor: int, *, month: int = JUNE) -> Basis:
        number = len(self.booked) + 1
        basis = Basis(
            entry_id=f"ent_{number}",
            net_minor=net_minor,
            shares=self.shares,
            unpaid_bp=0,
            reserve_room_minor=None,
            payer=payer_basis(
                owner,
                net_minor=net_minor,
                month=month,
                number=number,
                booked=self.booked,
            ),
        )
        self.pots.update(basis.pots())
        self.booked.append(Receipt(owner, month, net_minor, basis.endowed_minor))
        return basis

    def take_all(self, receipts: Sequence[Paid]) -> Fund:
        for owner, net_minor in receipts:
            self.take(owner, net_minor)
        return self

    def endowed_by(self, owner: str) -> int:
        return sum(each.endowed_minor for each in self.booked if each.owner == owner)


def small_payers(amount: int = 100) -> list[Paid]:
    return [(owner, amount) for owner in OTHERS]


def test_the_excess_above_thirty_percent_is_set_apart() -> None:
    fund = Fund().take_all(small_payers())
    basis = fund.take("big", 600)
    assert basis.pots() == {
        "liability:operator_fee": 60,
        RESERVE: 60,
        ENDOWMENT: 600 - 300,  # 30 % of the 1,000 that came in
        LABOUR_RESERVE: 45,
        "equity:solidarity": 0,
        ROUNDS: 135,
    }


def test_exactly_thirty_percent_is_no_excess() -> None:
    fund = Fund().take_all(small_payers(175))
    assert fund.take("big", 300).endowed_minor == 0
    assert fund.take("big", 1).endowed_minor == 0  # 301 of 1,001: a third of a cent
    assert fund.take("big", 9).endowed_minor > 0


def test_the_first_payer_ever_fills_the_fund_like_anybody() -> None:
    fund = Fund()
    assert fund.take("big", 10_000).pots() == apportion(10_000, Shares())
    for number, owner in enumerate(OTHERS[: PAYERS_MIN - 2]):
        assert fund.take(owner, 10).endowed_minor == 0, number
    assert fund.take("big", 10_000).endowed_minor == 0, "four payers: still asleep"
    fund.take(OTHERS[-1], 10)
    assert fund.take("big", 10_000).endowed_minor == 7_000, "five: awake"


def test_what_was_paid_while_the_rule_slept_is_made_up_for_and_labour_still_fed() -> (
    None
):
    fund = Fund().take_all([("big", 10_000), *small_payers()])
    for _ in range(3):
        basis = fund.take("big", 1_000)
        assert basis.endowed_minor == 700
        assert basis.pots()[LABOUR_RESERVE] > 0


def test_what_was_paid_a_year_ago_weighs_no_more() -> None:
    fund = Fund().take_all(small_payers(1_000))
    later = [fund.take(owner, 100, month=JUNE + 12) for owner in (*OTHERS, "big")]
    assert later[-1].payer is not None
    assert later[-1].payer.income_minor == 500
    assert fund.take("big", 500, month=JUNE + 11).payer == PayerBasis(
        "big", 10, JUNE + 11, 500, 4_500, 5, 0
    ), "a receipt that is dated back knows its own twelve months only"


@given(receipts=paid, operator=st.integers(0, 1_000), reserve=st.integers(0, 9_000))
@settings(max_examples=60)
def test_no_unit_is_lost_and_nothing_is_blocked(
    receipts: list[Paid], operator: int, reserve: int
) -> None:
    fund = Fund(Shares(operator_bp=operator, reserve_bp=reserve))
    fund.take_all([*small_payers(), *receipts])
    assert sum(fund.pots.values()) == sum(each.net_minor for each in fund.booked)
    assert min(fund.pots.values(), default=0) >= 0
    for each in fund.booked:
        assert each.endowed_minor * 10 <= each.net_minor * 7


@given(receipts=paid)
@settings(max_examples=60)
def test_an_owner_never_gives_more_than_its_greatest_excess(
    receipts: list[Paid],
) -> None:
    fund = Fund().take_all(small_payers())
    greatest: Counter[str] = Counter()
    for owner, amount in receipts:
        payer = fund.take(owner, amount).payer
        assert payer is not None
        excess = payer.paid_minor - payer.income_minor * 3_000 // 10_000
        greatest[owner] = max(greatest[owner], excess)
        assert fund.endowed_by(owner) <= greatest[owner]


@given(
    parts=st.lists(st.integers(1, 10**6), min_size=10, max_size=10),
    whose=st.permutations(range(10)),
)
@settings(max_examples=40)
def test_ten_parties_of_one_owner_are_one_payer(
    parts: list[int], whose: list[int]
) -> None:
    """Whichever of its parties pays what: the books look through to the owner."""
    owner_of = dict.fromkeys(range(10), "big")
    one = Fund().take_all([*small_payers(), *(("big", part) for part in parts)])
    ten = Fund().take_all(
        [
            *small_payers(),
            *((owner_of[who], part) for who, part in zip(whose, parts, strict=True)),
        ]
    )
    assert one.pots == ten.pots


@given(parts=st.lists(st.integers(1, 10**6), min_size=1, max_size=10))
@settings(max_examples=40)
def test_a_payment_in_parts_gives_the_endowment_the_same(parts: list[int]) -> None:
    whole = Fund().take_all([*small_payers(), ("big", sum(parts))])
    split = Fund().take_all([*small_payers(), *(("big", part) for part in parts)])
    off_by = whole.endowed_by("big") - split.endowed_by("big")
    assert 0 <= off_by <= len(parts), "at most one unit each: 70 % is rounded down"


@given(receipts=paid, back=st.lists(amounts, max_size=4))
@settings(max_examples=60)
def test_what_goes_back_goes_once_and_takes_what_was_set_apart_along(
    receipts: list[Paid], back: list[int]
) -> None:
    stays = Fund().take_all([*small_payers(), *receipts]).booked
    before = sum(each.net_minor for each in stays if each.owner == "big")
    gone = 0
    for amount in back:
        parts = parts_of("big", amount, stays)
        gone += sum(each.net_minor for each in parts)
        stays = [*stays, *map(minus, parts)]
        assert all(part.owner == "big" and part.net_minor > 0 for part in parts)
    assert gone == min(before, sum(back))
    apart = sum(each.endowed_minor for each in stays if each.owner == "big")
    assert 0 <= apart * 10 <= (before - gone) * 7
    others = [each for each in stays if each.owner != "big"]
    assert others == [
        each
        for each in Fund().take_all([*small_payers(), *receipts]).booked
        if each.owner != "big"
    ]


def minus(part: Receipt) -> Receipt:
    return Receipt(part.owner, part.month, -part.net_minor, -part.endowed_minor)


def test_what_goes_back_is_taken_from_what_was_given_last() -> None:
    may, june = Receipt("big", JUNE - 1, 100, 70), Receipt("big", JUNE, 10, 3)
    assert parts_of("big", 20, [may, june]) == (
        Receipt("big", JUNE, 10, 3),
        Receipt("big", JUNE - 1, 10, 7),
    )
    assert parts_of("bee", 20, [may, june]) == parts_of(NOBODY, 20, [may, june]) == ()


def test_the_order_counts_only_while_others_still_pay() -> None:
    """The excess is known when it is booked, and nothing is sent back later."""
    own = [("big", 500), ("big", 400), ("big", 5_000)]
    target = 5_900 - 6_300 * 3_000 // 10_000
    last = {
        Fund().take_all([*small_payers(), *order]).endowed_by("big")
        for order in permutations(own)
    }
    assert last == {target}, "its own payments, in any order"
    mixed = {
        Fund().take_all([*order, own[-1]]).endowed_by("big")
        for order in permutations([*own[:-1], *small_payers()])
    }
    assert min(mixed) >= 3_500, "at least 70 % of the last one"
    assert max(mixed) <= target
    early = Fund().take_all([*small_payers(), ("big", 500), ("bee", 10_000)])
    late = Fund().take_all([*small_payers(), ("bee", 10_000), ("big", 500)])
    assert (early.endowed_by("big"), late.endowed_by("big")) == (230, 0)


def test_a_payer_is_never_allowed_more_than_thirty_percent() -> None:
    with pytest.raises(InvalidValue, match="30 %"):
        PayerBasis("big", 1, JUNE, 1, 1, 1, 0, limit_bp=3_001)


def an_entry(amounts: dict[str, int]) -> Entry:
    return Entry("ent_1", "key", "release", "dec_1", "EUR", postings_of(amounts), 1)


def test_the_endowment_goes_to_the_reserve_and_nowhere_else() -> None:
    told = Entry("ent_1", "key", "release", "dec_1", "EUR", released(5), 1)
    assert [each.account for each in told.postings] == [ENDOWMENT, RESERVE]
    for account in (ROUNDS, BANK, "liability:operator_fee", LABOUR_RESERVE):
        with pytest.raises(InvalidValue, match="endowment"):
            an_entry({ENDOWMENT: 5, account: -5})
