"""A pool divided by score, with a cap and a minimum, to the unit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum
from fractions import Fraction
from math import lcm

from gateway.kernel.errors import InvalidValue


class Rounding(Enum):
    """What becomes of the units that no whole share takes."""

    LARGEST_REMAINDER = "largest-remainder"  # one each, ties to the lower id
    FLOOR = "floor"  # they go to the reserve


@dataclass(frozen=True, slots=True)
class Limits:
    """What one recipient may get.

    Attributes:
        cap_share: At most this share of the pool; above 0, up to 1.
        minimum: Whoever would get less, in whole units, gets nothing.
        rounding: Who gets what is left over.
    """

    cap_share: Fraction = Fraction(1)
    minimum: int = 0
    rounding: Rounding = Rounding.LARGEST_REMAINDER

    def __post_init__(self) -> None:
        if not 0 < self.cap_share <= 1:
            raise InvalidValue("the cap is a share of the pool: above 0, up to 1")
        if self.minimum < 0:
            raise InvalidValue("the minimum is 0 or more")


@dataclass(frozen=True, slots=True)
class Shared:
    """A pool, divided.

    Attributes:
        paid: Recipient to whole units, by id; who fell below the minimum has 0.
        to_reserve: What nobody could take.
    """

    paid: Mapping[str, int]
    to_reserve: int


def shared(pool: int, scores: Mapping[str, int], limits: Limits) -> Shared:
    """Divide all of *pool* in proportion to *scores*.

    What a cap cuts off goes to the others in proportion; whoever then stays below the
    minimum drops out, and everything is divided again. Where even caps for all leave
    something, that goes to the reserve.

    Args:
        pool: Whole units, 0 or more.
        scores: Recipient to score, 0 or more; only proportions matter.
        limits: Cap, minimum and rounding.

    Raises:
        InvalidValue: *pool* or a score is below 0.
    """
    if pool < 0 or min(scores.values(), default=0) < 0:
        raise InvalidValue("a pool and its scores are 0 or more")
    paid = dict.fromkeys(sorted(scores), 0)
    cap = pool * limits.cap_share
    running = {who: score for who, score in scores.items() if score}
    while running:
        exact = _capped(pool, running, cap)
        low = [who for who, share in exact.items() if share < limits.minimum]
        if not low:
            paid |= _rounded(exact, cap, limits.rounding)
            break
        for who in low:
            del running[who]
    return Shared(paid, pool - sum(paid.values()))


def matched(pool: int, deserved: Mapping[str, Fraction], limits: Limits) -> Shared:
    """Pay what each deserves; where that is more than *pool*, divide it so.

    Args:
        pool: Whole units, 0 or more.
        deserved: Recipient to units, 0 or more.
        limits: Cap, minimum and rounding. What a cap cuts off goes to the reserve
            here: nobody deserves it.

    Raises:
        InvalidValue: *pool* or an amount is below 0.
    """
    if sum(deserved.values()) >= pool:
        return shared(pool, in_whole_numbers(deserved), limits)
    cap = pool * limits.cap_share
    exact = {
        who: min(amount, cap) if amount >= limits.minimum else Fraction(0)
        for who, amount in sorted(deserved.items())
    }
    paid = _rounded(exact, cap, limits.rounding)
    return Shared(paid, pool - sum(paid.values()))


def in_whole_numbers(scores: Mapping[str, Fraction]) -> dict[str, int]:
    """The same proportions in whole numbers."""
    common = lcm(*(score.denominator for score in scores.values()))
    return {
        who: score.numerator * (common // score.denominator)
        for who, score in scores.items()
    }


def _capped(pool: int, scores: Mapping[str, int], cap: Fraction) -> dict[str, Fraction]:
    """Shares in proportion, none above *cap*; what it cuts off goes to the others."""
    capped: set[str] = set()
    while True:
        left = pool - cap * len(capped)
        total = sum(score for who, score in scores.items() if who not in capped)
        # share > cap, without making a fraction for each
        most = cap * total / left if left else Fraction(0)
        above = {
            who for who, score in scores.items() if who not in capped and score > most
        }
        if not above:
            break
        capped |= above
    return {
        who: cap if who in capped else Fraction(left * score, total)
        for who, score in scores.items()
    }


def _rounded(
    exact: Mapping[str, Fraction], cap: Fraction, rounding: Rounding
) -> dict[str, int]:
    """Whole units, none above *cap*; together never more than before."""
    paid = {who: int(share) for who, share in exact.items()}
    if rounding is Rounding.FLOOR:
        return paid
    left_over = int(sum(exact.values())) - sum(paid.values())
    waiting = [who for who, share in exact.items() if paid[who] < share]
    for who in sorted(waiting, key=lambda who: (paid[who] - exact[who], who)):
        if not left_over:
            break
        if paid[who] + 1 <= cap:
            paid[who] += 1
            left_over -= 1
    return paid
