"""gateway.services.pressure: busy or slow now, and forgotten at once."""

from dataclasses import dataclass

from gateway.services.pressure import NS_PER_MS, Comfort, Pressure


@dataclass
class Hands:
    """A clock that a test turns by hand."""

    ticks: int = 0

    def now_us(self) -> int:
        return self.ticks // 1_000

    def ticks_ns(self) -> int:
        return self.ticks


def test_an_upstream_nobody_asked_is_not_under_pressure() -> None:
    assert not Pressure(Hands()).is_on("archive")


def test_more_requests_at_once_than_is_comfortable_is_pressure() -> None:
    pressure = Pressure(Hands(), Comfort(in_flight_max=2))

    for _ in range(2):
        pressure.enter("archive")
    assert not pressure.is_on("archive")
    pressure.enter("archive")

    assert pressure.is_on("archive")
    assert not pressure.is_on("another")


def test_pressure_ends_with_the_requests_that_made_it() -> None:
    pressure = Pressure(Hands(), Comfort(in_flight_max=0))
    pressure.enter("archive")

    pressure.leave("archive")
    pressure.leave("archive")

    assert not pressure.is_on("archive")


def test_one_slow_answer_is_no_pressure_but_many_are() -> None:
    pressure = Pressure(Hands(), Comfort(first_byte_ms_max=100))
    pressure.answered("archive", 300 * NS_PER_MS)
    assert not pressure.is_on("archive")

    for _ in range(10):
        pressure.answered("archive", 300 * NS_PER_MS)

    assert pressure.is_on("archive")


def test_a_slow_spell_without_traffic_is_forgotten() -> None:
    hands = Hands()
    pressure = Pressure(hands, Comfort(first_byte_ms_max=0))
    pressure.answered("archive", 900 * NS_PER_MS)
    assert pressure.is_on("archive")

    hands.ticks += pressure.forget_after_ns

    assert not pressure.is_on("archive")
