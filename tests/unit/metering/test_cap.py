"""Caps: a hundred is a hundred, and no order of endings passes the limit."""

from __future__ import annotations

import random
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.licensing.tariff import Bracket, Metered, Tariff
from gateway.metering.cap import Cap, CapLimits, Hold, Position
from gateway.metering.charged import charge_of
from gateway.metering.quantity import NOTHING, Quantity

ONE = Hold(Quantity(1, 0))


def a_tariff(*brackets: Bracket) -> Tariff:
    return Tariff("t", 1, "EUR", Metered.BYTES, 10, "10 B", brackets)


RISING = a_tariff(Bracket(100, 0), Bracket(1_000, 7), Bracket(None, 90))


@given(seed=st.integers(0, 2**32))
@settings(max_examples=20)
def test_a_cap_of_100_under_2000_requests_admits_exactly_100(seed: int) -> None:
    chance = random.Random(seed)
    cap = Cap(CapLimits(requests=100))
    inside: list[str] = []
    settled = 0

    for number in range(2_000):
        if inside and chance.random() < 0.4:
            done = inside.pop(chance.randrange(len(inside)))
            cap.settle(done, Quantity(1, 0), is_priced=True)
            settled += 1
        if cap.reserve(f"req_{number}", ONE) is not None:
            inside.append(f"req_{number}")
        assert settled + len(inside) <= 100

    assert settled + len(inside) == 100


def test_what_is_released_can_be_taken_again() -> None:
    cap = Cap(CapLimits(requests=1))
    cap.reserve("a", ONE)

    assert cap.reserve("b", ONE) is None
    cap.release("a")

    assert cap.reserve("b", ONE) is not None


@pytest.mark.parametrize(
    "limits", [CapLimits(requests=2), CapLimits(body_bytes=25), CapLimits(micros=250)]
)
def test_every_limit_counts_by_itself(limits: CapLimits) -> None:
    cap = Cap(limits, charge=lambda _start, more, _floor: more.body_bytes * 10)
    hold = Hold(Quantity(1, 10))

    admitted = [cap.reserve(f"req_{number}", hold) for number in range(4)]

    assert admitted == [100, 100, None, None]


@given(
    limit=st.integers(0, 20_000),
    takes=st.lists(st.tuples(st.integers(0, 400), st.integers(0, 400)), max_size=30),
    seed=st.integers(0, 2**32),
)
def test_no_order_of_endings_charges_more_than_the_limit(
    limit: int, takes: list[tuple[int, int]], seed: int
) -> None:
    chance = random.Random(seed)
    cap = Cap(CapLimits(micros=limit), charge=charge_of(RISING, is_proven=True))
    open_takes: dict[str, int] = {}

    for number, (held, actual) in enumerate(takes):
        name = f"req_{number}"
        if cap.reserve(name, Hold(Quantity(1, held))) is not None:
            open_takes[name] = min(held, actual)
        if open_takes and chance.random() < 0.5:
            done = chance.choice(sorted(open_takes))
            cap.settle(done, Quantity(1, open_takes.pop(done)), is_priced=True)
    for done in sorted(open_takes, key=lambda _: chance.random()):
        cap.settle(done, Quantity(1, open_takes[done]), is_priced=True)

    assert cap.position.micros <= limit
    assert cap.position.micros == RISING.charge_micros(0, cap.position.taken.body_bytes)
    assert cap.held == NOTHING


def test_a_hold_is_priced_above_everything_settled_and_held() -> None:
    start = Position(taken=Quantity(3, 90))
    cap = Cap(CapLimits(), charge=charge_of(RISING, is_proven=True), position=start)

    first = cap.reserve("a", Hold(Quantity(1, 10)))
    second = cap.reserve("b", Hold(Quantity(1, 10)))

    assert (first, second) == (0, 7)


def test_money_set_aside_is_rounded_up() -> None:
    tariff = a_tariff(Bracket(None, 1))
    cap = Cap(CapLimits(), charge=charge_of(tariff, is_proven=True))

    assert cap.reserve("a", Hold(Quantity(1, 1))) == 1
    cap.settle("a", Quantity(1, 1), is_priced=True)
    assert cap.position.micros == Fraction(1, 10)


def test_an_unknown_length_is_held_in_steps_until_one_does_not_fit() -> None:
    cap = Cap(CapLimits(body_bytes=25))
    cap.reserve("a", Hold(Quantity(1, 10)))

    steps = [cap.extend("a", Quantity(0, 10)) for _ in range(3)]
    cap.settle("a", Quantity(1, 20), is_priced=True)

    assert steps == [0, None, None]
    assert cap.position.used == Quantity(1, 20)
    assert cap.held == NOTHING


def test_a_repeat_is_counted_and_costs_nothing() -> None:
    cap = Cap(CapLimits(), charge=lambda *_: 50)
    cap.reserve("a", Hold(Quantity(1, 10)))

    cap.settle("a", Quantity(1, 10), is_priced=False)

    assert cap.position == Position(used=Quantity(1, 10))


def test_what_meters_at_zero_holds_no_money() -> None:
    cap = Cap(CapLimits(micros=0), charge=lambda *_: 50)

    assert cap.reserve("free", Hold(Quantity(1, 10), is_priced=False)) == 0
    assert cap.reserve("priced", Hold(Quantity(1, 10))) is None


def test_a_floor_makes_a_hold_dearer() -> None:
    cap = Cap(CapLimits(micros=100), charge=charge_of(RISING, is_proven=True))

    assert cap.reserve("a", Hold(Quantity(1, 10), floor_bracket=2)) == 90
    assert cap.reserve("b", Hold(Quantity(1, 10), floor_bracket=2)) is None


def test_money_held_elsewhere_counts() -> None:
    cap = Cap(CapLimits(micros=100), charge=lambda *_: 60)
    cap.foreign_micros = 41

    assert cap.reserve("a", ONE) is None


def test_a_request_holds_once() -> None:
    cap = Cap(CapLimits())
    cap.reserve("a", ONE)

    with pytest.raises(Conflict):
        cap.reserve("a", ONE)
    with pytest.raises(NotFound):
        cap.extend("b", Quantity(1))
    with pytest.raises(NotFound):
        cap.release("b")


def test_open_holds_outlive_a_rebuilt_cap() -> None:
    old = Cap(CapLimits(requests=2))
    old.reserve("a", ONE)
    new = Cap(CapLimits(requests=2), position=Position(used=Quantity(1)))

    new.take_over(old)

    assert new.holds("a")
    assert new.open_holds == 1
    assert new.reserve("b", ONE) is None


def test_a_quantity_is_never_negative() -> None:
    with pytest.raises(InvalidValue):
        Quantity(1) - Quantity(2)


def test_a_tariff_counts_bytes_or_requests() -> None:
    quantity = Quantity(3, 700)

    assert quantity.units(Metered.BYTES) == 700
    assert quantity.units(Metered.REQUESTS) == 3
