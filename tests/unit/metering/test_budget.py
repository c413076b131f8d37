"""Budgets: never more than burst + rate × time, exactly, whatever the order."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.errors import InvalidValue
from gateway.licensing.collection import BudgetTerms
from gateway.metering.budget import FULL, BudgetBook, BudgetState, spend

KEY = b"sixteen bytes ok"


def terms(
    cost: int = 600, *, window_s: int = 3600, burst: int = 300, pressure: bool = False
) -> BudgetTerms:
    return BudgetTerms("anonymous", cost, window_s, burst, only_under_pressure=pressure)


rates = st.builds(
    BudgetTerms,
    name=st.just("any"),
    cost=st.integers(1, 1_000),
    window_s=st.integers(1, 5_000),
    burst=st.integers(1, 100),
)
asks = st.lists(
    st.tuples(st.integers(0, 10 * NS_PER_S), st.integers(0, 30)), max_size=60
)


@given(terms=rates, asks=asks)
def test_no_span_admits_more_than_burst_plus_rate_times_time(
    terms: BudgetTerms, asks: list[tuple[int, int]]
) -> None:
    now_ns, state = 0, FULL
    passed: list[tuple[int, int]] = []

    for pause_ns, cost in asks:
        now_ns += pause_ns
        state, spending = spend(terms, state, cost, now_ns=now_ns)
        if spending.is_within:
            passed.append((now_ns, min(cost, terms.burst)))

    unit = terms.window_s * NS_PER_S
    for start, (began_ns, _) in enumerate(passed):
        spent = 0
        for ended_ns, cost in passed[start:]:
            spent += cost
            refilled = (ended_ns - began_ns) * terms.cost
            assert spent * unit <= terms.burst * unit + refilled


@given(terms=rates, asks=asks, cost=st.integers(1, 30))
def test_coming_back_when_told_succeeds(
    terms: BudgetTerms, asks: list[tuple[int, int]], cost: int
) -> None:
    now_ns, state = 0, FULL
    for pause_ns, earlier in asks:
        now_ns += pause_ns
        state, _ = spend(terms, state, earlier, now_ns=now_ns)

    after, first = spend(terms, state, cost, now_ns=now_ns)
    later_ns = now_ns + first.retry_after_s * NS_PER_S
    _, second = spend(terms, after, cost, now_ns=later_ns)

    assert first.is_within or second.is_within


@given(terms=rates, asks=asks, must_fit=st.booleans())
def test_the_book_spends_as_the_budget_reckons(
    terms: BudgetTerms, asks: list[tuple[int, int]], *, must_fit: bool
) -> None:
    book, drawn = BudgetBook(key=KEY), BudgetBook(key=KEY)
    now_ns, state = 0, FULL
    for pause_ns, cost in asks:
        now_ns += pause_ns
        state, expected = spend(terms, state, cost, now_ns=now_ns, must_fit=must_fit)

        said = book.spend(terms, "a", cost, now_ns=now_ns, must_fit=must_fit)
        purse, wanted, after = drawn.draw(
            terms, "a", cost, now_ns=now_ns, must_fit=must_fit
        )

        assert (said.is_within, said.wanted, said.after) == (
            expected.is_within,
            expected.wanted,
            expected.after,
        )
        assert (wanted <= purse.depth, after) == (said.is_within, said.after)
        if not said.is_within and must_fit:
            again = drawn.spend(terms, "a", cost, now_ns=now_ns)
            assert again.retry_after_s == said.retry_after_s


def test_a_fresh_budget_gives_its_burst_and_then_refuses() -> None:
    state, first = spend(terms(burst=3), FULL, 3, now_ns=0)
    _, second = spend(terms(burst=3), state, 1, now_ns=0)

    assert (first.is_within, first.remaining) == (True, 0)
    assert (second.is_within, second.retry_after_s) == (False, 6)
    assert second.full_in_s == 18


def test_a_refusal_costs_nothing() -> None:
    state, _ = spend(terms(burst=3), FULL, 2, now_ns=0)

    after, refused = spend(terms(burst=3), state, 2, now_ns=0)

    assert not refused.is_within
    assert after == state
    assert refused.remaining == 1


def test_a_page_dearer_than_the_burst_takes_all_of_a_full_budget() -> None:
    state, first = spend(terms(burst=3), FULL, 50, now_ns=0)
    _, second = spend(terms(burst=3), state, 50, now_ns=0)

    assert first.is_within
    assert not second.is_within


def test_a_budget_that_need_not_fit_empties_and_no_more() -> None:
    state, _ = spend(terms(burst=3), FULL, 3, now_ns=0, must_fit=False)

    after, over = spend(terms(burst=3), state, 3, now_ns=0, must_fit=False)

    assert not over.is_within
    assert after == state


@pytest.mark.parametrize("bad", [terms(0), terms(window_s=0), terms(burst=0)])
def test_a_budget_that_never_refills_cannot_exist(bad: BudgetTerms) -> None:
    with pytest.raises(InvalidValue, match="anonymous"):
        spend(bad, FULL, 1, now_ns=0)


def test_a_negative_cost_cannot_exist() -> None:
    with pytest.raises(InvalidValue):
        spend(terms(), BudgetState(0), -1, now_ns=0)


def test_each_subject_has_a_budget_of_its_own() -> None:
    book = BudgetBook(key=KEY)

    book.spend(terms(burst=1), "198.51.100.0", 1, now_ns=0)

    assert not book.spend(terms(burst=1), "198.51.100.0", 1, now_ns=0).is_within
    assert book.spend(terms(burst=1), "203.0.113.0", 1, now_ns=0).is_within


def test_new_terms_start_a_new_budget() -> None:
    book = BudgetBook(key=KEY)
    book.spend(terms(burst=1), "a", 1, now_ns=0)

    assert book.spend(terms(burst=2), "a", 1, now_ns=0).is_within


def test_looking_spends_and_remembers_nothing() -> None:
    book = BudgetBook(key=KEY)

    seen = book.look(terms(burst=5), "a", now_ns=0)

    assert (seen.remaining, len(book)) == (5, 0)


def test_the_book_forgets_whom_it_saw_longest_ago() -> None:
    book = BudgetBook(key=KEY, entries_max=2)
    for subject in ("a", "b", "a", "c"):
        book.spend(terms(burst=2), subject, 1, now_ns=0)

    assert len(book) == 2
    assert book.look(terms(burst=2), "a", now_ns=0).remaining == 0
    assert book.look(terms(burst=2), "b", now_ns=0).remaining == 2


def test_the_book_holds_no_address() -> None:
    book = BudgetBook(key=KEY)

    book.spend(terms(), "198.51.100.7", 1, now_ns=0)

    assert all(b"198.51" not in entry for entry in book._states)


def test_a_short_key_is_refused() -> None:
    with pytest.raises(InvalidValue):
        BudgetBook(key=b"short")
