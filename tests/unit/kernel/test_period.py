"""gateway.kernel.period and clock: periods tile, instants are exact."""

from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.clock import from_us, iso, to_us
from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import Period, month, month_of, parse_period, year_of

years = st.integers(1971, 2199)
instants = st.integers(0, 7_000_000_000_000_000)


@given(years)
def test_twelve_months_tile_a_year(year: int) -> None:
    months = [month(year, number) for number in range(1, 13)]

    for earlier, later in pairwise(months):
        assert earlier.end_us == later.start_us
    assert Period(months[0].start_us, months[-1].end_us) == year_of(months[0].start_us)


@given(instants)
def test_every_instant_lies_in_exactly_its_month(instant_us: int) -> None:
    here = month_of(instant_us)

    assert instant_us in here
    assert here.end_us not in here
    assert month_of(here.end_us).start_us == here.end_us


@given(instants)
def test_an_instant_survives_the_way_through_a_datetime(instant_us: int) -> None:
    assert to_us(from_us(instant_us)) == instant_us


def test_a_datetime_without_zone_is_refused() -> None:
    with pytest.raises(InvalidValue, match="time zone"):
        to_us(datetime(2026, 11, 23))  # noqa: DTZ001  the refusal is the point


def test_an_instant_is_written_in_utc() -> None:
    instant = datetime(2026, 11, 23, 8, 5, tzinfo=UTC)

    assert iso(to_us(instant)) == "2026-11-23T08:05:00Z"


def test_a_month_and_a_year_can_be_named() -> None:
    assert str(parse_period("2026-11")) == "2026-11-01/2026-12-01"
    assert str(parse_period("2026")) == "2026-01-01/2027-01-01"


@pytest.mark.parametrize("text", ["", "2026-13", "Nov", "2026-11-23", "20x6"])
def test_anything_else_is_no_period(text: str) -> None:
    with pytest.raises(InvalidValue, match="no period"):
        parse_period(text)


def test_a_period_without_length_is_refused() -> None:
    with pytest.raises(InvalidValue, match="ends after"):
        Period(5, 5)
