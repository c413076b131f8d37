"""gateway.metering.footprint: what serving took adds up, and its model is stated."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.metering.effort import Effort
from gateway.metering.footprint import UNMETERED, EnergyModel, footprints

MODEL = EnergyModel()
counts = st.integers(0, 10**9)
groups = st.dictionaries(
    st.sampled_from(("maps", "registers", "scans")), st.tuples(counts, counts)
)


def test_an_hour_of_a_busy_core_is_what_the_model_says() -> None:
    assert MODEL.energy_mwh(cpu_us=3_600_000_000, body_bytes=0) == 5_460
    assert MODEL.energy_mwh(cpu_us=0, body_bytes=10**9) == 59_000
    assert MODEL.energy_mwh(cpu_us=0, body_bytes=0) == 0


def test_half_a_unit_is_rounded_up_once() -> None:
    model = EnergyModel(core_mw=0, network_mwh_per_gb=500_000_000)
    assert model.energy_mwh(cpu_us=0, body_bytes=1) == 1
    almost = EnergyModel(core_mw=0, network_mwh_per_gb=499_999_999)
    assert almost.energy_mwh(cpu_us=0, body_bytes=1) == 0


def test_cpu_time_follows_requests_and_the_rest_was_not_metered() -> None:
    effort = Effort(cpu_us=1_001, egress_bytes=1_000, requests=10)
    made = footprints({"maps": (3, 600), "scans": (2, 100)}, effort, MODEL)
    assert [(one.group, one.requests, one.body_bytes) for one in made] == [
        (UNMETERED, 5, 300),
        ("maps", 3, 600),
        ("scans", 2, 100),
    ]
    assert [one.cpu_us for one in made] == [501, 300, 200]


def test_what_a_front_server_delivered_leaves_nothing_unmetered() -> None:
    made = footprints({"maps": (3, 600)}, Effort(), MODEL)
    assert [(one.group, one.cpu_us, one.body_bytes) for one in made] == [
        ("maps", 0, 600)
    ]


@given(metered=groups, cpu_us=counts, sent=counts, requests=counts)
@settings(max_examples=60)
def test_nothing_that_was_measured_is_lost(
    metered: dict[str, tuple[int, int]], cpu_us: int, sent: int, requests: int
) -> None:
    made = footprints(metered, Effort(cpu_us, sent, requests), MODEL)
    asked = sum(one.requests for one in made)
    assert asked == max(requests, sum(each for each, _ in metered.values()))
    assert sum(one.cpu_us for one in made) == (cpu_us if asked else 0)
    whole = MODEL.energy_mwh(
        cpu_us=sum(one.cpu_us for one in made),
        body_bytes=sum(one.body_bytes for one in made),
    )
    off_by = abs(sum(one.energy_mwh for one in made) - whole)
    assert off_by <= Fraction(len(made) + 1, 2)


def test_a_building_that_gives_energy_back_is_refused() -> None:
    with pytest.raises(InvalidValue, match=r"1\.00"):
        EnergyModel(pue_hundredths=99)
    for core_mw, network_mwh_per_gb in ((-1, 0), (0, -1)):
        with pytest.raises(InvalidValue, match="gives energy back"):
            EnergyModel(core_mw=core_mw, network_mwh_per_gb=network_mwh_per_gb)
