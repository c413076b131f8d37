"""gateway.billing.rebate: openness pays less, on proof, and rounds once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.billing.invoice import LineKind
from gateway.billing.rating import RatedLine, rate
from gateway.billing.rebate import Rebate, open_over_time, rebates
from gateway.billing.tally import Context
from gateway.identity.party import Attribute, Party
from gateway.kernel.evidence import Level
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.tariff import Minimum
from tests.fakes.books import MemoryBooks
from tests.fakes.ledger import (
    NOVEMBER,
    Office,
    a_party,
    a_tariff,
    an_agreement,
    an_event,
)
from tests.fakes.said import said_of
from tests.fakes.taken import tallied

TARIFFS = {("ai-2026", 1): a_tariff(openness_percent=70)}
sizes = st.lists(st.integers(1, 30_000), min_size=1, max_size=6)


def rated(*events: tuple[int, int]) -> tuple[RatedLine, ...]:
    tariff = TARIFFS["ai-2026", 1]
    numbered = enumerate(events, start=1)
    pairs = [
        (
            an_event(number, size=size, party=party),
            Context(an_agreement(party), a_party(party), tariff),
        )
        for number, (size, party) in numbered
    ]
    return rate(tallied(pairs), tariffs=TARIFFS, reached={})


def of_all(lines: Sequence[RatedLine]) -> tuple[Rebate, ...]:
    return rebates(lines, TARIFFS, has_opened=lambda _party_id: True)


def net(lines: Sequence[RatedLine]) -> int:
    return sum(line.net_minor for line in lines)


@pytest.mark.parametrize(
    ("level", "proven"),
    [
        (Level.CLAIMED, False),
        (Level.VERIFIED, True),
        (Level.VOUCHED, True),
        (None, False),
    ],
)
def test_a_promise_opens_nothing(level: Level | None, proven: bool) -> None:  # noqa: FBT001
    assert is_open(a_party(openness=level)) is proven


def is_open(party: Party) -> bool:
    return open_over_time(party, said_of([(0, party)])).at(NOVEMBER.start_us)


def test_open_weights_alone_are_not_enough() -> None:
    party = a_party()
    attributes = {"openness": Attribute("weights", Level.VOUCHED, "model card")}

    assert not is_open(replace(party, attributes=attributes))


def test_only_the_open_pay_less() -> None:
    lines = rated((12_000, 1), (12_000, 2))

    found = rebates(lines, TARIFFS, has_opened=lambda share: share.party_id == "pty_2")

    assert [each.agreement_id for each in found] == ["agr_2"]


@given(sizes)
def test_a_rebate_is_its_percentage_of_use_rounded_once(taken: Sequence[int]) -> None:
    lines = rated(*((size, 1) for size in taken))

    less = sum(each.net_minor for each in of_all(lines))

    assert abs(100 * less - 70 * net(lines)) <= 50
    assert 0 <= less <= net(lines)


@given(sizes, st.integers(1, 10_000))
def test_taking_more_never_costs_less_after_the_rebate(
    taken: Sequence[int], more: int
) -> None:
    few, many = [(size, 1) for size in taken], [(taken[0] + more, 1)]
    many += few[1:]
    low, high = rated(*few), rated(*many)

    paid = net(low) - sum(each.net_minor for each in of_all(low))
    assert paid <= net(high) - sum(each.net_minor for each in of_all(high))


@pytest.mark.parametrize("level", [None, Level.CLAIMED, Level.VOUCHED])
def test_a_rebate_is_a_line_of_its_own_and_leaves_the_minimum(
    level: Level | None,
) -> None:
    office = Office(MemoryBooks(), a_party(openness=level))
    minimum = Minimum(BracketsOver.MONTH, 10_000)
    tariff = a_tariff(minimum=minimum, openness_percent=70)
    office.books.tariffs.publish(tariff, at_us=1)
    starts_us = NOVEMBER.start_us
    office.books.agreements.add(replace(an_agreement(), starts_us=starts_us))
    office.memory.add_events(an_event(size=5_000))

    (invoice,) = office.billing.run(NOVEMBER).invoices

    by_kind = {line.kind: line.net_minor for line in invoice.lines}
    is_proven = level is Level.VOUCHED
    assert by_kind.get(LineKind.REBATE, 0) == (-560 if is_proven else 0)
    assert by_kind[LineKind.MINIMUM] == 9_200
    assert invoice.net_minor == 10_000 - 560 * is_proven
    assert office.audit.run().ok
