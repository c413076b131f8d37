"""Royalties: a share of the turnover that a party declares, beside what it takes.

Brackets are marginal and their rates never fall, as with use. A turnover is never
guessed: without a declaration nothing is charged, and somebody is reminded.
"""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gateway.kernel.errors import InvalidValue
from gateway.licensing.brackets_over import BracketsOver

BASIS_POINTS = 10_000


@dataclass(frozen=True, slots=True)
class RoyaltyBracket:
    """A stretch of turnover with one rate.

    Attributes:
        up_to_minor: Where it ends, exclusive, minor units; None for the last one.
        rate_bp: Basis points of the turnover in it.
    """

    up_to_minor: int | None
    rate_bp: int


@dataclass(frozen=True, slots=True)
class Royalties:
    """What a declared turnover costs.

    Attributes:
        over: Declared for each calendar year or month.
        brackets: In rising order; the last is open-ended.
    """

    over: BracketsOver
    brackets: tuple[RoyaltyBracket, ...]

    def charge_minor(
        self, start_minor: int, turnover_minor: int, *, is_proven: bool = True
    ) -> Fraction:
        """The exact charge, in minor units, on turnover from a position on.

        Args:
            start_minor: Turnover of the span that stands before it, 0 or more.
            turnover_minor: How much, minor units, 0 or more.
            is_proven: Whether the lower brackets may be used. Where nobody verified
                the party the last rate holds from the first cent on: else ten names
                of one taker would climb ten ladders.

        Raises:
            InvalidValue: a negative number.
        """
        if start_minor < 0 or turnover_minor < 0:
            raise InvalidValue("a turnover is never negative")
        lowest_bp = 0 if is_proven else self.brackets[-1].rate_bp
        position, left, basis_points = start_minor, turnover_minor, 0
        for bracket in self.brackets:
            if bracket.up_to_minor is not None and bracket.up_to_minor <= position:
                continue
            ends = bracket.up_to_minor
            taken = left if ends is None else min(left, ends - position)
            basis_points += taken * max(bracket.rate_bp, lowest_bp)
            position, left = position + taken, left - taken
        return Fraction(basis_points, BASIS_POINTS)
