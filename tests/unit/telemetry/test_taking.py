"""gateway.telemetry.taking: who takes now, in memory that does not grow."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.clock import NS_PER_S
from gateway.telemetry.taking import (
    AMOUNTS,
    HALF_LIFE_S,
    SHOWN_MAX,
    Amounts,
    Taking,
    together,
)

ONE: Amounts = (1, 2, 1_000, 0)
LONG_S = 20 * HALF_LIFE_S


def heard(
    taking: Taking, at_s: float, amounts: Amounts = ONE, network: str = "192.0.2.0/24"
) -> None:
    taking.hear(
        round(at_s * NS_PER_S),
        amounts,
        client=("ai-crawler", "openai"),
        network=(network,),
        page=("registers", "/registers/*"),
    )


def rates_at(taking: Taking, at_s: float) -> dict[str, Any]:
    return taking.rates(round(at_s * NS_PER_S))


@pytest.mark.parametrize("seconds", [4, LONG_S], ids=["just begun", "long after"])
def test_a_steady_rate_is_told_as_it_is(seconds: int) -> None:
    taking = Taking(0)
    for tenth in range(seconds * 10):
        heard(taking, tenth / 10)

    row = rates_at(taking, seconds)["clients"][0]

    assert (row["kind"], row["operator"]) == ("ai-crawler", "openai")
    assert row["requests_per_s"] == pytest.approx(10, rel=0.05)
    assert row["cost_per_s"] == pytest.approx(20, rel=0.05)
    assert row["bytes_per_s"] == pytest.approx(10_000, rel=0.05)


def test_what_is_one_half_life_old_counts_half() -> None:
    taking = Taking(0)
    heard(taking, LONG_S)

    now = rates_at(taking, LONG_S)["totals"]["requests_per_s"]
    later = rates_at(taking, LONG_S + HALF_LIFE_S)["totals"]["requests_per_s"]

    assert later == pytest.approx(now / 2, rel=0.05)


def test_a_night_later_nothing_is_left_of_it() -> None:
    taking = Taking(0)
    heard(taking, 1)

    assert rates_at(taking, 40_000)["totals"]["requests_per_s"] == 0
    heard(taking, 40_000)
    assert rates_at(taking, 40_000)["totals"]["requests_per_s"] > 0


def test_whoever_is_refused_does_not_weigh_on_the_archive() -> None:
    taking = Taking(0)
    heard(taking, LONG_S, (1, 0, 0, 1), network="198.51.100.0/24")
    heard(taking, LONG_S, (1, 5, 0, 0))

    first, second = rates_at(taking, LONG_S)["networks"]

    assert first["network"] == "192.0.2.0/24"
    assert (second["cost_per_s"], second["refused_per_s"]) == (
        0,
        second["requests_per_s"],
    )


def test_a_flood_of_names_leaves_the_one_who_comes_again_and_again() -> None:
    taking = Taking(0, names_max=64)
    for number in range(5_000):
        at_s = LONG_S + number / 1_000
        heard(taking, at_s, network=f"10.{number >> 8}.{number & 255}.0/24")
        if number % 10 == 0:
            heard(taking, at_s)

    rows = rates_at(taking, LONG_S + 5)["networks"]

    assert len(rows) <= SHOWN_MAX
    assert rows[0]["network"] == "192.0.2.0/24"


times = st.lists(st.integers(0, LONG_S), min_size=1, max_size=40)


@given(ours=times, theirs=times)
def test_two_workers_together_are_one_that_heard_everything(
    ours: list[int], theirs: list[int]
) -> None:
    one, other, both = Taking(0), Taking(0), Taking(0)
    for at_s in sorted(ours):
        heard(one, at_s)
    for at_s in sorted(theirs):
        heard(other, at_s)
    for at_s in sorted([*ours, *theirs]):
        heard(both, at_s)

    summed = together([rates_at(one, LONG_S), rates_at(other, LONG_S)])

    whole = rates_at(both, LONG_S)
    for table in ("clients", "networks", "pages"):
        for name in AMOUNTS:
            found = summed[table][0][name]
            assert found == pytest.approx(whole[table][0][name], abs=0.003)
