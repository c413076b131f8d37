"""Lanes: so many inside, so many waiting, first come first."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.metering.lane import Lane, Seat


def test_who_comes_waits_and_is_turned_away() -> None:
    lane = Lane(slots=1, seats=1)

    seats = [lane.enter(name) for name in ("a", "b", "c")]

    assert seats == [Seat.INSIDE, Seat.WAITING, Seat.TURNED_AWAY]


def test_the_first_who_waits_comes_next() -> None:
    lane = Lane(slots=1, seats=2)
    for name in ("a", "b", "c"):
        lane.enter(name)

    assert lane.leave("a") == ("b",)
    assert lane.leave("b") == ("c",)
    assert lane.leave("c") == ()


def test_who_gives_up_waiting_is_not_called() -> None:
    lane = Lane(slots=1, seats=2)
    for name in ("a", "b", "c"):
        lane.enter(name)

    assert lane.leave("b") == ()
    assert lane.leave("a") == ("c",)


def test_coming_twice_takes_one_place() -> None:
    lane = Lane(slots=1, seats=1)

    again = [lane.enter(name) for name in ("a", "a", "b", "b")]

    assert again == [Seat.INSIDE, Seat.INSIDE, Seat.WAITING, Seat.WAITING]


@given(
    slots=st.integers(1, 4),
    seats=st.integers(0, 4),
    steps=st.lists(st.tuples(st.booleans(), st.integers(0, 12)), max_size=80),
)
def test_a_lane_is_never_overfull_and_never_idle_while_somebody_waits(
    slots: int, seats: int, steps: list[tuple[bool, int]]
) -> None:
    lane = Lane(slots=slots, seats=seats)

    for comes, number in steps:
        if comes:
            lane.enter(f"req_{number}")
        else:
            lane.leave(f"req_{number}")

        assert lane.inside <= slots
        assert lane.waiting <= seats
        assert lane.inside == slots or lane.waiting == 0


def test_a_lane_without_slots_cannot_exist() -> None:
    with pytest.raises(InvalidValue):
        Lane(slots=0, seats=1)
