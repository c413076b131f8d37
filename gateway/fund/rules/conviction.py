"""Conviction: support that lasts grows, and what asks for more needs more of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from gateway.kernel.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Course:
    """How conviction grows, and how much of it a proposal needs.

    Attributes:
        kept: α: which part of yesterday's conviction is left today, 0 to below 1.
        weight: ρ: how much conviction a proposal needs, above 0.
        most: β: the largest share of the fund one proposal may ask for, up to 1.
    """

    kept: Fraction
    weight: Fraction
    most: Fraction

    def __post_init__(self) -> None:
        if not 0 <= self.kept < 1 or self.weight <= 0 or not 0 < self.most <= 1:
            raise InvalidValue("conviction needs 0 ≤ α < 1, ρ > 0 and 0 < β ≤ 1")


@dataclass(frozen=True, slots=True)
class Proposal:
    """What one asks of a fund.

    Attributes:
        requested: Whole units, above 0.
        conviction: What it has gathered.
    """

    requested: int
    conviction: Fraction


def conviction(
    before: Fraction, support: int, *, steps: int, kept: Fraction
) -> Fraction:
    """What steady support becomes: αᵗ · y₀ + x · (1 − αᵗ) ÷ (1 − α).

    Args:
        before: y₀, the conviction at the start.
        support: x, voice given in each step, 0 or more.
        steps: t, 0 or more.
        kept: α, 0 to below 1.

    Source:
        Emmett, "Conviction Voting", 2019; as 1Hive and BlockScience use it.
    """
    left = kept**steps
    return left * before + support * (1 - left) / (1 - kept)


def threshold(share: Fraction, *, voices: int, course: Course) -> Fraction | None:
    """What a proposal must gather: ρ · S ÷ ((1 − α) · (β − r)²).

    Args:
        share: r: what it asks for, as a share of the fund.
        voices: S: all voice there is.
        course: α, ρ and β.

    Returns:
        Conviction; None where it asks for β or more and can never pass.
    """
    if share >= course.most:
        return None
    return course.weight * voices / ((1 - course.kept) * (course.most - share) ** 2)


def passing(
    proposals: Mapping[str, Proposal], *, funds: int, voices: int, course: Course
) -> tuple[str, ...]:
    """Which proposals are funded now: the smallest first, each out of what is left.

    Args:
        proposals: Id to proposal.
        funds: Whole units in the fund.
        voices: All voice there is.
        course: α, ρ and β.

    Returns:
        Ids in the order in which they are funded; together never more than *funds*.
    """
    passed: list[str] = []
    for name in sorted(proposals, key=lambda name: (proposals[name].requested, name)):
        one = proposals[name]
        if one.requested <= 0 or not funds:
            continue
        needed = threshold(Fraction(one.requested, funds), voices=voices, course=course)
        if needed is not None and one.conviction >= needed:
            passed.append(name)
            funds -= one.requested
    return tuple(passed)
