"""gateway.fund.journal: what does not balance cannot exist."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.fund import bookings
from gateway.fund.accounts import (
    APPORTIONED,
    BANK,
    FIXED,
    LABOUR_RESERVE,
    OPERATOR_FEE,
    RESERVE,
    payable,
    prepaid,
)
from gateway.fund.journal import Entry, Posting, balances, reversal
from gateway.kernel.errors import InvalidValue

ACCOUNTS = [*sorted(FIXED), payable("pty_1"), prepaid("agr_1")]
amounts = st.integers(-(10**9), 10**9).filter(bool)


def an_entry(*postings: Posting, currency: str = "EUR") -> Entry:
    return Entry(
        id="ent_1",
        key="key",
        kind="test",
        ref="ref",
        currency=currency,
        postings=postings,
        effective_us=1,
    )


def test_an_entry_that_balances_exists() -> None:
    entry = an_entry(Posting(BANK, 5), Posting(prepaid("agr_1"), -5))

    assert sum(balances([entry]).values()) == 0


@given(st.lists(st.tuples(st.sampled_from(ACCOUNTS), amounts), max_size=6))
def test_no_entry_exists_that_does_not_balance(sides: list[tuple[str, int]]) -> None:
    postings = [Posting(account, minor) for account, minor in sides]

    try:
        entry = an_entry(*postings)
    except InvalidValue:
        return
    assert sum(posting.amount_minor for posting in entry.postings) == 0


@given(st.lists(st.tuples(st.sampled_from(ACCOUNTS), amounts), min_size=1, max_size=5))
def test_nothing_leaves_the_labour_reserve_but_to_contributors(
    sides: list[tuple[str, int]],
) -> None:
    postings = [Posting(account, minor) for account, minor in sides]
    drawn = Posting(LABOUR_RESERVE, 7)
    missing = -sum(posting.amount_minor for posting in postings) - 7
    if missing:
        postings.append(Posting(payable("pty_2"), missing))

    try:
        entry = an_entry(drawn, *postings)
    except InvalidValue:
        return
    reached = {one.account for one in entry.postings if one.amount_minor < 0}
    assert all(account.startswith("liability:payable:") for account in reached)


@pytest.mark.parametrize(
    "account", [OPERATOR_FEE, BANK, RESERVE, APPORTIONED, prepaid("agr_1")]
)
def test_the_labour_reserve_never_reaches(account: str) -> None:
    with pytest.raises(InvalidValue):
        an_entry(Posting(LABOUR_RESERVE, 5), Posting(account, -5))


def test_what_is_owed_to_a_contributor_never_turns_to_the_operator() -> None:
    with pytest.raises(InvalidValue):
        an_entry(Posting(payable("pty_1"), 5), Posting(OPERATOR_FEE, -5))


def test_a_contributor_is_paid_from_the_bank() -> None:
    assert an_entry(Posting(payable("pty_1"), 5), Posting(BANK, -5)).digest


def test_a_reversal_mirrors_its_entry() -> None:
    entry = an_entry(Posting(BANK, 5), Posting(prepaid("agr_1"), -5))

    undone = reversal(entry, entry_id="ent_2", effective_us=2)

    assert undone.mirrors(entry)
    assert not any(balances([entry, undone]).values())


@pytest.mark.parametrize(
    ("account", "minor"), [("asset:shoebox", 1), ("liability:payable:", 1), (BANK, 0)]
)
def test_an_impossible_posting_is_refused(account: str, minor: int) -> None:
    with pytest.raises(InvalidValue):
        Posting(account, minor)


def test_an_unknown_currency_is_refused() -> None:
    with pytest.raises(InvalidValue):
        an_entry(Posting(BANK, 5), Posting(RESERVE, -5), currency="XXX")


@given(
    net=st.integers(1, 10**6),
    tax=st.integers(0, 10**6),
    fee=st.integers(0, 100),
)
def test_every_booking_balances(net: int, tax: int, fee: int) -> None:
    gross = net + tax + 100

    for postings in (
        bookings.invoiced(net, tax),
        bookings.received(gross, net_minor=net, fee_minor=fee),
        bookings.drawn("agr_1", gross, net_minor=net),
        bookings.topped_up("agr_1", gross),
        bookings.credited(tax_minor=tax, from_deferred=net, from_income=fee),
        bookings.given_back(net),
        bookings.recognised(net),
        bookings.allocated(LABOUR_RESERVE, {"pty_1": net, "pty_2": fee}),
        bookings.paid_out("pty_1", net),
    ):
        assert an_entry(*postings).digest
