"""A round's division: pure, to the unit, the same for whoever computes it again.

The pool is divided among the options by the vote's weights; each option's part among
its recipients by the rule over voice. Options without anybody who deserves anything
keep their part in the pool. From five recipients on the gate may fail the round; below
that the recipients share equally, and that is published.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from gateway.billing.division import divide
from gateway.fund.gate import RECIPIENTS_MIN, Gate, Verdict, gate
from gateway.fund.rounds.inputs import Inputs, Voice
from gateway.fund.rounds.live_rules import LIVE, Fed
from gateway.fund.rounds.terms import EQUAL
from gateway.fund.rules.ballots import ballots_of
from gateway.fund.rules.sharing import Limits, in_whole_numbers, shared


class Outcome(StrEnum):
    """What a round came to. Public: add, never rename."""

    PAID = "paid"
    EQUAL_SPLIT = "equal-split"  # too few to judge
    FAILED = "failed"  # the gate says no: nothing is paid
    NOTHING = "nothing"  # nobody deserves anything: it stays in the pool


@dataclass(frozen=True, slots=True)
class Division:
    """What a round comes to.

    Attributes:
        outcome: Paid, split equally, failed, or nothing.
        parts: Option to its part of the pool, minor units; 0 where it stays there.
        shares: Number of a person to minor units, above 0; where the gate failed, what
            would have been paid.
        to_reserve: What caps and minimums left over.
        kept: What stays in the pool for the next round.
        gate: Verdict and figures, over beneficial owners.
    """

    outcome: Outcome
    parts: tuple[tuple[str, int], ...]
    shares: tuple[tuple[int, int], ...]
    to_reserve: int
    kept: int
    gate: Gate

    @property
    def is_paid(self) -> bool:
        """Is anything paid?"""
        return self.outcome in {Outcome.PAID, Outcome.EQUAL_SPLIT}


def divided(inputs: Inputs) -> Division:
    """Divide a round.

    Args:
        inputs: All it is made from.

    Returns:
        Shares, reserve and what stays are together the pool.

    Raises:
        InvalidValue: the rule cannot be run on these voices.
    """
    if inputs.terms.rule == EQUAL:
        return _yearly(inputs)
    voices = inputs.counted()
    owners = inputs.owners
    pool_parts = divide(inputs.pool, dict(inputs.weights))
    paid: Counter[int] = Counter()  # by person
    parts: dict[str, int] = {}
    left_over = 0
    for option, part in pool_parts.items():
        within = [each for each in voices if each.option == option]
        if not part or not within:
            continue
        scores = LIVE[inputs.terms.rule](_fed(inputs, within, part))
        if not any(scores.values()):
            continue
        made = shared(part, in_whole_numbers(scores), inputs.terms.limits)
        parts[option], left_over = part, left_over + made.to_reserve
        paid.update(_to_people(made.paid, _received(within), owners))
    weighed = {option for option, part in pool_parts.items() if part}
    heard = [each for each in voices if each.option in weighed]
    judged = gate(_by_owner(paid, owners))
    if not heard:
        return Division(Outcome.NOTHING, (), (), 0, inputs.pool, judged)
    if judged.recipients < RECIPIENTS_MIN:
        return _few(inputs, heard, pool_parts)
    outcome = Outcome.FAILED if judged.verdict is Verdict.FAIL else Outcome.PAID
    return Division(
        outcome,
        _told(inputs, parts),
        tuple(sorted((who, minor) for who, minor in paid.items() if minor)),
        left_over,
        inputs.pool - sum(parts.values()),
        judged,
    )


def _few(
    inputs: Inputs, heard: Sequence[Voice], pool_parts: Mapping[str, int]
) -> Division:
    """Too few to judge: whoever was given any voice gets the same."""
    options = {each.option for each in heard}
    parts = {option: part for option, part in pool_parts.items() if option in options}
    return _equally(inputs, _received(heard), parts)


def _yearly(inputs: Inputs) -> Division:
    """Everybody who contributed gets the same, each beneficial owner once.

    The pool may be empty: where all work goes unpaid, all of it is labour reserve.
    """
    worked = {
        number: each.hundredths
        for number, each in enumerate(inputs.people)
        if each.may_take and each.hundredths
    }
    if not worked:
        return Division(Outcome.NOTHING, (), (), 0, inputs.pool, gate({}))
    parts = divide(inputs.pool, dict(inputs.weights))
    return _equally(inputs, worked, parts)


def _equally(
    inputs: Inputs, takers: Mapping[int, int], parts: Mapping[str, int]
) -> Division:
    owners, amount = inputs.owners, sum(parts.values())
    alike = {_key(owners[number]): 1 for number in takers}
    made = shared(amount, alike, Limits(inputs.terms.cap_share))
    paid = _to_people(made.paid, takers, owners)
    return Division(
        Outcome.EQUAL_SPLIT,
        _told(inputs, parts),
        tuple(sorted((who, minor) for who, minor in paid.items() if minor)),
        made.to_reserve,
        inputs.pool - amount,
        gate(_by_owner(paid, owners)),
    )


def _fed(inputs: Inputs, within: Sequence[Voice], part: int) -> Fed:
    owners = inputs.owners
    given = [
        (_key(owners[each.taker]), _key(owners[each.giver]), each.hundredths)
        for each in within
    ]
    standing: dict[str, list[tuple[int, int]]] = {}
    for each in within:
        lasted = standing.setdefault(_key(owners[each.taker]), [])
        lasted.append((each.hundredths, each.days))
    clusters: dict[str, set[str]] = {}
    for name, owner in inputs.clusters:
        clusters.setdefault(name, set()).add(_key(owner))
    return Fed(
        part,
        ballots_of(given),
        {who: tuple(each) for who, each in sorted(standing.items())},
        inputs.terms,
        {_key(owner): minor for owner, minor in inputs.before},
        {name: frozenset(who) for name, who in clusters.items()},
    )


def _received(voices: Iterable[Voice]) -> dict[int, int]:
    """Person to the voice they were given."""
    received: Counter[int] = Counter()
    for each in voices:
        received[each.taker] += each.hundredths
    return received


def _to_people(
    paid: Mapping[str, int], takers: Mapping[int, int], owners: Sequence[int]
) -> dict[int, int]:
    """What each owner gets, divided among their parties that took part."""
    through: dict[str, dict[int, int]] = {}
    for number, weight in takers.items():
        through.setdefault(_key(owners[number]), {})[number] = weight
    people: dict[int, int] = {}
    for owner, minor in paid.items():
        people |= divide(minor, through[owner])
    return people


def _by_owner(paid: Mapping[int, int], owners: Sequence[int]) -> dict[str, int]:
    totals: Counter[str] = Counter()
    for number, minor in paid.items():
        totals[_key(owners[number])] += minor
    return totals


def _told(inputs: Inputs, parts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    return tuple((option, parts.get(option, 0)) for option, _ in inputs.weights)


def _key(owner: int) -> str:
    """Sorts as the number does."""
    return f"{owner:09d}"


def figures(judged: Gate) -> tuple[tuple[str, str], ...]:
    """The gate's figures, exactly."""
    found: tuple[tuple[str, Fraction], ...] = (
        ("gini", judged.figures.gini),
        ("normalised_hhi", judged.figures.normalised_hhi),
        ("normalised_hhi_max", judged.hhi_max),
        ("top_share", judged.figures.top_share),
        ("top_share_max", judged.top_share_max),
    )
    return tuple((name, str(figure)) for name, figure in found)
