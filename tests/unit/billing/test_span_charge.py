"""gateway.billing.span_charge: what a span costs beside its use, and never twice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.billing.span_charge import (
    ChargedFor,
    Declaration,
    SpanCharge,
    Taker,
    covered,
    is_bound,
    left_open,
    minimum_minor,
    royalties_due,
    stretches,
)
from gateway.kernel.clock import US_PER_DAY, to_us
from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import Period, month, year_of
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.royalties import Royalties, RoyaltyBracket
from gateway.licensing.tariff import Minimum
from tests.fakes.ledger import DECEMBER, NOVEMBER, an_agreement

OCTOBER = month(2026, 10)
ROYALTIES = Royalties(
    BracketsOver.YEAR,
    (
        RoyaltyBracket(100_000, 0),
        RoyaltyBracket(1_000_000, 50),
        RoyaltyBracket(None, 125),
    ),
)
RATES = {1: ROYALTIES}
overs = st.sampled_from(BracketsOver)
# Agreements that begin on the days calendars stumble over.
anchors = st.sampled_from(
    [(2024, 2, 29), (2025, 1, 29), (2025, 1, 30), (2025, 1, 31), (2025, 12, 31)]
)
turnovers = st.lists(st.integers(0, 3_000_000), min_size=1, max_size=6)


def a_taker(number: int = 1, *, owner: int = 1, unproven: bool = False) -> Taker:
    return Taker(f"agr_{number}", f"pty_{owner}", 1, is_unproven=unproven)


def a_step(net_minor: int, *, due_minor: int = 0, agreement: int = 1) -> SpanCharge:
    return SpanCharge(
        ChargedFor.MINIMUM,
        f"agr_{agreement}",
        f"pty_{agreement}",
        tariff="ai-2026",
        tariff_version=1,
        span=NOVEMBER,
        currency="EUR",
        basis_minor=0,
        due_minor=due_minor or max(0, net_minor),
        net_minor=net_minor,
    )


@given(anchors, st.integers(1, 900), overs)
def test_the_spans_of_an_agreement_tile_its_time(
    anchor: tuple[int, int, int], days: int, over: BracketsOver
) -> None:
    starts_us = to_us(datetime(*anchor, 13, 30, tzinfo=UTC))
    ends_us = starts_us + days * US_PER_DAY + 1
    agreement = replace(an_agreement(), starts_us=starts_us, ends_us=ends_us)

    found = [*stretches(agreement, over, from_us=starts_us, upto_us=ends_us)]

    assert (found[0].start_us, found[-1].end_us) == (starts_us, ends_us)
    assert all(a.end_us == b.start_us for a, b in pairwise(found))
    assert all(over.span_of(each.start_us).end_us >= each.end_us for each in found)


def test_a_span_that_is_not_over_is_left_for_later() -> None:
    agreement = replace(an_agreement(), starts_us=OCTOBER.start_us)
    upto_us = DECEMBER.end_us - 1

    found = stretches(
        agreement, BracketsOver.MONTH, from_us=OCTOBER.start_us, upto_us=upto_us
    )

    assert [*found] == [OCTOBER, NOVEMBER]


def test_a_minimum_is_owed_from_the_first_priced_use_on() -> None:
    assert not is_bound(OCTOBER, {NOVEMBER}, frozenset())
    assert is_bound(NOVEMBER, {NOVEMBER}, frozenset())
    assert is_bound(DECEMBER, {NOVEMBER}, frozenset())


def test_where_the_latest_use_was_priced_at_zero_a_minimum_rests() -> None:
    assert not is_bound(DECEMBER, {OCTOBER}, {NOVEMBER})
    assert not is_bound(DECEMBER, set(), {NOVEMBER})
    assert is_bound(DECEMBER, {DECEMBER}, {NOVEMBER})
    assert is_bound(NOVEMBER, {NOVEMBER}, {NOVEMBER})


@given(st.integers(0, 10**9), st.integers(1, 364))
def test_the_parts_of_a_minimum_are_the_whole_one_but_for_a_cent(
    minor: int, days: int
) -> None:
    year = year_of(NOVEMBER.start_us)
    cut = year.start_us + days * US_PER_DAY
    minimum = Minimum(BracketsOver.YEAR, minor)
    parts = [Period(year.start_us, cut), Period(cut, year.end_us)]

    assert minimum_minor(minimum, year) == minor
    assert abs(sum(minimum_minor(minimum, part) for part in parts) - minor) <= 1


@given(st.integers(0, 10**6), st.integers(0, 10**6), st.integers(0, 10**6))
def test_use_and_minimum_together_never_fall_with_use(
    minor: int, used: int, more: int
) -> None:
    minimum = Minimum(BracketsOver.MONTH, minor)

    low = used + left_open(minimum, NOVEMBER, used)
    high = used + more + left_open(minimum, NOVEMBER, used + more)

    assert low == max(minor, used)
    assert low <= high


def test_each_part_of_a_turnover_has_the_rate_of_its_bracket() -> None:
    due = royalties_due({a_taker(): 1_200_000}, RATES)

    assert due == {a_taker(): 4_500 + 2_500}


@given(turnovers, st.randoms(use_true_random=False))
def test_the_order_of_declarations_never_matters(
    amounts: Sequence[int], order: Random
) -> None:
    pairs = [(a_taker(number), minor) for number, minor in enumerate(amounts)]
    shuffled = order.sample(pairs, len(pairs))

    assert royalties_due(dict(pairs), RATES) == royalties_due(dict(shuffled), RATES)


@given(turnovers)
def test_ten_parties_of_one_owner_owe_what_one_would(amounts: Sequence[int]) -> None:
    parts = {a_taker(number): minor for number, minor in enumerate(amounts)}

    whole = royalties_due({a_taker(): sum(amounts)}, RATES)

    assert sum(royalties_due(parts, RATES).values()) == sum(whole.values())


@given(turnovers, st.integers(0, 10**6))
def test_more_turnover_never_owes_less(amounts: Sequence[int], more: int) -> None:
    parts = {a_taker(number): minor for number, minor in enumerate(amounts)}
    grown = parts | {a_taker(0): parts[a_taker(0)] + more}

    before, after = royalties_due(parts, RATES), royalties_due(grown, RATES)

    assert sum(before.values()) <= sum(after.values())


@given(st.integers(0, 5_000_000), st.integers(2, 10))
def test_unverified_parts_never_owe_less_than_one_verified_whole(
    minor: int, parts: int
) -> None:
    each, rest = divmod(minor, parts)
    split = {
        a_taker(number, owner=number, unproven=True): each + (rest if not number else 0)
        for number in range(parts)
    }

    whole = royalties_due({a_taker(): minor}, RATES)
    apart = royalties_due(split, RATES)

    # Each of at most ten parts is rounded by itself, by half a cent at most.
    assert sum(apart.values()) + parts >= sum(whole.values())


def test_a_neighbour_declares_for_itself_alone() -> None:
    mine, theirs = a_taker(1, owner=1), a_taker(2, owner=2)

    due = royalties_due({mine: 90_000, theirs: 90_000}, RATES)

    assert due == {mine: 0, theirs: 0}


@given(st.lists(st.integers(-500, 500).filter(bool), max_size=6), st.integers(0, 600))
def test_no_draft_falls_below_zero_and_nothing_is_lost(
    nets: Sequence[int], used: int
) -> None:
    steps = [a_step(net, due_minor=max(net, 1_000 + net)) for net in nets]

    given_now = [*covered(steps, {"agr_1": used})]

    total = used + sum(step.net_minor for step in given_now)
    assert total == max(0, used + sum(nets))
    assert all(step.net_minor for step in given_now)


def test_what_one_agreement_is_given_back_never_comes_from_another() -> None:
    steps = [a_step(-300, due_minor=700), a_step(500, agreement=2)]

    given_now = [*covered(steps, {"agr_1": 100})]

    assert [step.net_minor for step in given_now] == [-100, 500]
    assert given_now[0].due_minor == 900


@pytest.mark.parametrize(
    ("change", "value"),
    [("turnover_minor", -1), ("evidence", " "), ("declared_by", "")],
)
def test_a_turnover_without_evidence_or_below_zero_is_refused(
    change: str, value: Any
) -> None:
    sound = Declaration(
        id="dec_1",
        agreement_id="agr_1",
        span=NOVEMBER,
        currency="EUR",
        turnover_minor=0,
        evidence="signed letter",
        declared_on="2026-12-01",
        declared_by="A. Treasurer",
        recorded_us=1,
    )

    with pytest.raises(InvalidValue):
        replace(sound, **{change: value})
