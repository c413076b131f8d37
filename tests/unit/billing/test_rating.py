"""gateway.billing.rating: quantity first, price once, and nobody gains by splitting."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.billing.rating import RatedLine, rate
from gateway.billing.taking import Taken
from gateway.billing.tally import Cell, Context, Excluded, Ladder
from gateway.identity.party import Party
from gateway.kernel.errors import NotFound
from gateway.kernel.evidence import Level
from gateway.kernel.money import minor_from_micros, rounded_half_up
from gateway.kernel.period import month, year_of
from gateway.licensing.agreement import Settling
from gateway.metering.usage_event import UsageEvent
from tests.fakes.ledger import (
    IN_NOVEMBER,
    NOVEMBER,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
)
from tests.fakes.taken import passed, usage_terms
from tests.fakes.taken import tallied as units_of

TARIFFS = {("ai-2026", 1): a_tariff(1), ("ai-2026", 2): a_tariff(2)}
DEARER = a_tariff(2, brackets=((1_000, 0), (10_000, 3_000_000), (None, 9_000_000)))
YEAR = year_of(IN_NOVEMBER)
NO_REACH: Mapping[Ladder, int] = {}
sizes = st.lists(st.integers(0, 30_000), min_size=1, max_size=8)


def tallied(
    events: Sequence[UsageEvent], parties: Mapping[str, Party] | None = None
) -> Counter[Cell]:
    pairs: list[tuple[UsageEvent, Context]] = []
    for event in events:
        number = int(event.party_id.removeprefix("pty_"))
        party = (parties or {}).get(event.party_id) or a_party(number)
        tariff = TARIFFS[event.tariff, event.tariff_version]
        pairs.append((event, Context(an_agreement(number), party, tariff)))
    return units_of(pairs)


def rated(
    events: Sequence[UsageEvent],
    parties: Mapping[str, Party] | None = None,
    *,
    reached: Mapping[Ladder, int] = NO_REACH,
) -> tuple[RatedLine, ...]:
    return rate(tallied(events, parties), tariffs=TARIFFS, reached=reached)


def charge(lines: Sequence[RatedLine]) -> int:
    return sum(line.net_minor for line in lines)


def test_each_unit_is_priced_by_the_bracket_it_falls_in() -> None:
    lines = rated([an_event(size=12_000)])

    assert [(line.bracket, line.quantity, line.net_minor) for line in lines] == [
        (0, 1_000, 0),
        (1, 9_000, 1_800),
        (2, 2_000, 800),
    ]


def test_quantities_are_added_before_they_are_priced() -> None:
    many = [an_event(number, size=1) for number in range(1, 1_006)]

    assert charge(rated(many)) == 1  # 5 bytes at 2.00 per 1,000, rounded once


def test_a_party_nobody_verified_pays_the_last_price_from_the_first_unit_on() -> None:
    unproven = {"pty_1": a_party(level=Level.CLAIMED)}

    lines = rated([an_event(size=500)], unproven)

    assert [(line.bracket, line.net_minor) for line in lines] == [(2, 200)]


def test_a_verified_neighbour_has_a_free_bracket() -> None:
    assert charge(rated([an_event(size=500)])) == 0


def test_the_position_reached_earlier_in_the_year_counts() -> None:
    ladder = Ladder("pty_1", "ai-2026", YEAR)

    lines = rated([an_event(size=1_000)], reached={ladder: 10_000})

    assert [(line.bracket, line.net_minor) for line in lines] == [(2, 400)]


def test_the_position_counts_over_all_collections() -> None:
    events = [
        an_event(1, size=10_000, collection="letters"),
        an_event(2, size=10_000, collection="registers"),
    ]

    assert charge(rated(events)) == charge(rated([an_event(size=20_000)]))


def test_each_collection_has_lines_of_its_own_that_hold_its_quantity() -> None:
    lines = rated(
        [
            an_event(1, size=7_000, collection="letters"),
            an_event(2, size=13_000, collection="registers"),
        ]
    )

    by_collection = {
        name: sum(one.quantity for one in lines if one.share.collection == name)
        for name in ("letters", "registers")
    }
    assert by_collection == {"letters": 7_000, "registers": 13_000}


def test_two_versions_accumulate_and_each_part_has_its_own_price(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(TARIFFS, ("ai-2026", 2), DEARER)
    events = [
        an_event(1, size=5_000),
        an_event(2, size=6_000, tariff_version=2),
    ]

    lines = rated(events)

    assert [(one.tariff_version, one.bracket, one.quantity) for one in lines] == [
        (1, 0, 1_000),
        (1, 1, 4_000),
        (2, 1, 5_000),
        (2, 2, 1_000),
    ]
    assert charge(lines) == 800 + 1_500 + 900


def test_a_floor_bracket_is_honoured() -> None:
    lines = rated([an_event(size=500, floor_bracket=2)])

    assert [(line.bracket, line.net_minor) for line in lines] == [(2, 200)]


def test_usage_of_another_year_climbs_its_own_ladder() -> None:
    january = month(2027, 1).start_us
    events = [
        an_event(1, size=10_000),
        an_event(2, size=1_000, occurred_us=january),
    ]

    lines = rated(events)

    spans = {line.ladder.span for line in lines}
    assert spans == {YEAR, year_of(january)}
    assert charge(lines) == 1_800


def test_late_usage_says_its_month() -> None:
    october = month(2026, 10).start_us

    lines = rated([an_event(1, size=500), an_event(2, size=500, occurred_us=october)])

    assert {line.share.month for line in lines} == {NOVEMBER, month(2026, 10)}


@pytest.mark.parametrize(
    ("event", "settling", "reason"),
    [
        (an_event(is_test=True), Settling.INVOICED, Excluded.TEST),
        (an_event(), Settling.TEST, Excluded.TEST),
        (an_event(is_repeat=True), Settling.INVOICED, Excluded.REPEAT),
        (an_event(priced_at_zero=True), Settling.INVOICED, Excluded.PRICED_AT_ZERO),
        (an_event(size=0), Settling.INVOICED, Excluded.NOT_BILLABLE),
    ],
    ids=["test key", "test agreement", "repeat", "priced at zero", "nothing passed"],
)
def test_what_is_not_billed_says_why(
    event: UsageEvent, settling: Settling, reason: Excluded
) -> None:
    agreement = an_agreement(settling=settling)
    taken = Taken(usage_terms(event), agreement, TARIFFS["ai-2026", 1])

    taken.take(passed(event))

    assert not taken.units()
    assert (taken.rated, taken.excluded) == (0, {reason: 1})


def test_a_version_that_was_never_published_is_not_guessed() -> None:
    with pytest.raises(NotFound):
        rate(tallied([an_event()]), tariffs={}, reached={})


@given(sizes=sizes, order=st.randoms(use_true_random=False))
def test_the_order_of_events_never_matters(sizes: list[int], order: Random) -> None:
    events = [
        an_event(n, size=size, party=1 + n % 3, collection=f"c{n % 2}")
        for n, size in enumerate(sizes)
    ]
    shuffled = list(events)
    order.shuffle(shuffled)

    assert rated(events) == rated(shuffled)


@given(sizes=sizes, more=st.integers(0, 30_000))
def test_taking_more_never_costs_less(sizes: list[int], more: int) -> None:
    events = [an_event(n, size=size) for n, size in enumerate(sizes, start=1)]

    assert charge(rated([*events, an_event(0, size=more)])) >= charge(rated(events))


@given(sizes=st.lists(st.integers(0, 9_000), min_size=10, max_size=10))
def test_ten_parties_of_one_owner_pay_what_one_would(sizes: list[int]) -> None:
    owned = {f"pty_{n}": a_party(n, owner_id="pty_1") for n in range(1, 11)}
    split = [an_event(n, size=size, party=n) for n, size in enumerate(sizes, start=1)]
    alone = [an_event(n, size=size) for n, size in enumerate(sizes, start=1)]

    assert charge(rated(split, owned)) == charge(rated(alone))


@given(sizes=sizes)
def test_proof_never_makes_it_dearer(sizes: list[int]) -> None:
    events = [an_event(n, size=size) for n, size in enumerate(sizes, start=1)]
    unproven = {"pty_1": a_party(level=Level.CLAIMED)}

    assert charge(rated(events)) <= charge(rated(events, unproven))


@given(
    usage=st.lists(
        st.tuples(
            st.integers(1, 5),
            st.integers(0, 9_000),
            st.sampled_from([1, 2]),
            st.sampled_from([0, 1, 2]),
        ),
        min_size=1,
        max_size=12,
    ),
    start=st.integers(0, 20_000),
)
def test_every_unit_stands_on_exactly_one_line(
    usage: list[tuple[int, int, int, int]], start: int
) -> None:
    parties = {
        f"pty_{n}": a_party(n, owner_id="pty_1", level=Level(1 + n % 2))
        for n in range(1, 6)
    }
    events = [
        an_event(n, size=size, party=p, tariff_version=version, floor_bracket=floor)
        for n, (p, size, version, floor) in enumerate(usage)
    ]
    ladder = Ladder("pty_1", "ai-2026", YEAR)

    lines = rated(events, parties, reached={ladder: start})

    for party in parties:
        took = sum(one.billable_bytes for one in events if one.party_id == party)
        assert took == sum(one.quantity for one in lines if one.share.party_id == party)


@given(sizes=sizes)
def test_a_line_of_one_party_is_quantity_times_price(sizes: list[int]) -> None:
    for line in rated([an_event(n, size=size) for n, size in enumerate(sizes)]):
        exact = minor_from_micros(
            Fraction(line.quantity * line.price_micros, line.per_units), line.currency
        )
        assert line.net_minor == rounded_half_up(exact)
