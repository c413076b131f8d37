"""metering.relief.pace: what a lane carries, and how soon a standstill is forgotten."""

from __future__ import annotations

from gateway.kernel.clock import NS_PER_S
from gateway.metering.relief.pace import SAMPLES, Pace

AT_NS, QUICK_NS, STUCK_NS = 100 * NS_PER_S, NS_PER_S // 5, 20 * NS_PER_S


def note(pace: Pace, took_ns: int, *, times: int, now_ns: int) -> int:
    """So many answers, one after the other at four places; the instant after them."""
    for _ in range(times):
        now_ns += took_ns // 4
        pace.note(took_ns, began_ns=now_ns - took_ns, now_ns=now_ns, is_full=True)
    return now_ns


def test_a_standstill_is_no_measure_of_what_the_lane_carries_after_it() -> None:
    pace = Pace(slots=4)
    now_ns = note(pace, QUICK_NS, times=SAMPLES, now_ns=AT_NS)
    assert pace.carries_milli_per_s >= 20_000

    now_ns = note(pace, STUCK_NS, times=4, now_ns=now_ns)
    now_ns = note(pace, QUICK_NS, times=SAMPLES - 4, now_ns=now_ns)
    assert pace.mean_ns > 10 * QUICK_NS

    assert pace.carries_milli_per_s >= pace.slots * 5_000


def test_a_lane_that_stays_slow_carries_little() -> None:
    pace = Pace(slots=4)
    now_ns = note(pace, QUICK_NS, times=SAMPLES, now_ns=AT_NS)

    note(pace, STUCK_NS, times=SAMPLES, now_ns=now_ns)

    assert pace.carries_milli_per_s <= 200


def test_a_few_quick_answers_among_slow_ones_change_nothing() -> None:
    pace = Pace(slots=4)
    now_ns = AT_NS
    for _ in range(SAMPLES // 2):
        now_ns = note(pace, NS_PER_S, times=1, now_ns=now_ns)
        now_ns = note(pace, NS_PER_S // 2, times=1, now_ns=now_ns)

    assert pace.carries_milli_per_s == 1_000 * pace.slots * NS_PER_S // pace.mean_ns
