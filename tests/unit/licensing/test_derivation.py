"""licensing.derivation: what a unit costs, from what was measured, exactly."""

from __future__ import annotations

from dataclasses import replace
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.licensing.derivation import Served, UnitCosts, cost_line
from gateway.licensing.publish_checks import cost_warning
from gateway.licensing.tariff import Metered, Tariff
from tests.unit.licensing.builders import a_tariff

COSTS = UnitCosts(40_000, 10_000, "EUR", "hoster's bill of 2026-10")
# An hour of CPU time served 50 GiB in 900,000 requests.
SERVED = Served(3_600_000_000, 50 * 2**30, 900_000, 24)
amounts = st.integers(0, 10**15)


def measured(tariff: Tariff) -> Tariff:
    return replace(tariff, derivation=(("cost", "measured"), ("reserve", "0.30")))


def test_a_gib_costs_its_part_of_the_cpu_time_and_its_egress() -> None:
    tariff = replace(measured(a_tariff()), per_units=2**30, metered=Metered.BYTES)

    line = cost_line(tariff, COSTS, SERVED)

    assert line.cpu_micros == Fraction(800)
    assert line.egress_micros == Fraction(10_000)
    assert line.micros == 10_800
    assert "hoster's bill" in line.because


def test_a_thousand_requests_cost_their_part_of_both() -> None:
    tariff = replace(measured(a_tariff()), per_units=1_000, metered=Metered.REQUESTS)

    line = cost_line(tariff, COSTS, SERVED)

    assert line.cpu_micros + line.egress_micros == Fraction(540_000, 900)


@pytest.mark.parametrize(
    ("costs", "served", "why"),
    [
        (None, SERVED, "no unit costs"),
        (replace(COSTS, currency="USD"), SERVED, "in USD, prices in EUR"),
        (COSTS, Served(0, 0, 0, 0), "nothing was measured"),
    ],
)
def test_a_cost_that_is_not_known_is_not_guessed(
    costs: UnitCosts | None, served: Served, why: str
) -> None:
    line = cost_line(measured(a_tariff()), costs, served)

    assert (line.is_known, line.micros) == (False, 0)
    assert why in line.because


def test_a_figure_that_the_tariff_states_is_taken() -> None:
    tariff = replace(a_tariff(), derivation=(("cost", "0.12"),))

    line = cost_line(tariff, None, Served(0, 0, 0, 0))

    assert (line.is_known, line.micros) == (True, 120_000)


def test_only_a_price_above_ten_times_the_measured_cost_is_warned_about() -> None:
    tariff = replace(measured(a_tariff()), per_units=2**30, metered=Metered.BYTES)
    micros = cost_line(tariff, COSTS, SERVED).micros
    highest = tariff.brackets[-1]

    fair = replace(tariff, brackets=(replace(highest, price_micros=10 * micros),))
    dear = replace(tariff, brackets=(replace(highest, price_micros=10 * micros + 1),))

    assert cost_warning(fair, micros) == ""
    assert "0.108001 EUR" in cost_warning(dear, micros)


@given(amounts, amounts.filter(bool), amounts.filter(bool))
def test_what_all_units_cost_together_is_what_serving_cost(
    cpu_us: int, egress_bytes: int, requests: int
) -> None:
    served = Served(cpu_us, egress_bytes, requests, 1)
    whole = Fraction(cpu_us * 40_000, 3_600_000_000) + Fraction(
        egress_bytes * 10_000, 2**30
    )

    for metered, units in ((Metered.BYTES, egress_bytes), (Metered.REQUESTS, requests)):
        tariff = replace(measured(a_tariff()), per_units=units, metered=metered)
        line = cost_line(tariff, COSTS, served)
        assert line.cpu_micros + line.egress_micros == whole
