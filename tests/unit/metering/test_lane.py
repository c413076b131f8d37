"""Lanes: so many inside, so many waiting, and who is next."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.errors import InvalidValue
from gateway.metering.lane import LINGER_NS, Lane, Seat
from gateway.metering.relief.crowds import Manner
from gateway.metering.relief.pace import Pace
from gateway.metering.relief.turn import Claim, LaneName, Rank

NAME = LaneName("library", "expensive")
MANNER = Manner("library", "/search?q", from_here=False, is_fresh=True, family="none")


def claim(name: str, rank: Rank = Rank.FRESH, burden: tuple[int, ...] = (0,)) -> Claim:
    return Claim(name, NAME, rank, burden, (), MANNER, NS_PER_S)


def a_lane(*, slots: int = 1, seats: int = 4) -> Lane:
    return Lane(Pace(slots=slots, slots_max=slots), seats=seats)


def test_who_comes_waits_and_is_turned_away() -> None:
    lane = a_lane(seats=1)

    seats = [lane.enter(claim(name), now_ns=0)[0] for name in ("a", "b", "c")]

    assert seats == [Seat.INSIDE, Seat.WAITING, Seat.TURNED_AWAY]


def test_the_first_who_waits_comes_next() -> None:
    lane = a_lane()
    a, b, c = (claim(name) for name in "abc")
    for each in (a, b, c):
        lane.enter(each, now_ns=0)

    assert lane.leave(a, now_ns=1).called == (b,)
    assert lane.leave(b, now_ns=2).called == (c,)
    assert lane.leave(c, now_ns=3).called == ()


def test_whoever_has_a_history_is_called_before_whoever_came_first() -> None:
    lane = a_lane()
    inside, fresh = claim("inside"), claim("fresh")
    ticket = claim("ticket", Rank.TICKET)
    reader = claim("reader", Rank.HISTORY)
    for each in (inside, fresh, ticket, reader):
        lane.enter(each, now_ns=0)

    order = [lane.leave(each, now_ns=1).called[0] for each in (inside, reader, ticket)]

    assert order == [reader, ticket, fresh]


def test_nobody_waits_for_ever_behind_a_better_rank() -> None:
    lane = a_lane(seats=40)
    inside, paid = claim("inside"), claim("paid", Rank.PAID)
    readers = [claim(f"reader-{n}", Rank.HISTORY) for n in range(20)]
    for each in (inside, paid, *readers):
        lane.enter(each, now_ns=0)

    called, leaving = [], inside
    for _ in range(8):
        (leaving,) = lane.leave(leaving, now_ns=1).called
        called.append(leaving)

    assert called[7] is paid
    assert all(each.rank is Rank.HISTORY for each in called[:7])


def test_within_a_rank_whoever_had_least_goes_first_and_most_gives_way() -> None:
    lane = a_lane(seats=1)
    inside, much = claim("inside"), claim("much", burden=(9,))
    little = claim("little", burden=(1,))
    for each in (inside, much):
        lane.enter(each, now_ns=0)

    seat, moves = lane.enter(little, now_ns=0)

    assert (seat, moves.displaced) == (Seat.WAITING, (much,))
    assert lane.leave(inside, now_ns=1).called == (little,)


def test_who_gives_up_waiting_is_not_called() -> None:
    lane = a_lane()
    a, b, c = (claim(name) for name in "abc")
    for each in (a, b, c):
        lane.enter(each, now_ns=0)

    assert lane.leave(b, now_ns=1).called == ()
    assert lane.leave(a, now_ns=2).called == (c,)


def test_a_slow_reader_of_a_page_that_is_made_holds_no_place_for_long() -> None:
    lane = a_lane()
    slow, other = claim("slow"), claim("other")
    lane.enter(slow, now_ns=0)
    lane.headed(slow, now_ns=1)

    assert lane.enter(claim("early"), now_ns=2)[0] is Seat.WAITING
    _, moves = lane.enter(other, now_ns=LINGER_NS + 2)

    assert [each.id for each in moves.called] == ["early"]


def test_coming_twice_takes_one_place() -> None:
    lane = a_lane(seats=1)

    again = [lane.enter(claim(name), now_ns=0)[0] for name in ("a", "a", "b", "b")]

    assert again == [Seat.INSIDE, Seat.INSIDE, Seat.WAITING, Seat.WAITING]


@given(
    slots=st.integers(1, 4),
    seats=st.integers(0, 4),
    steps=st.lists(
        st.tuples(st.booleans(), st.integers(0, 12), st.sampled_from(Rank)),
        max_size=80,
    ),
)
def test_a_lane_is_never_overfull_and_never_idle_while_somebody_waits(
    slots: int, seats: int, steps: list[tuple[bool, int, Rank]]
) -> None:
    lane = a_lane(slots=slots, seats=seats)
    known: dict[int, Claim] = {}

    for now_ns, (comes, number, rank) in enumerate(steps):
        if comes:
            known.setdefault(number, claim(f"req_{number}", rank))
            lane.enter(known[number], now_ns=now_ns)
        elif number in known:
            lane.leave(known.pop(number), now_ns=now_ns)

        assert lane.inside <= slots
        assert lane.waiting <= seats * len(Rank)
        assert lane.inside == slots or not lane.waiting


def test_negative_seats_are_refused() -> None:
    with pytest.raises(InvalidValue, match="seats"):
        a_lane(seats=-1)
