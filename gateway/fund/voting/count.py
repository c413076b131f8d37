"""Counting: from ballots to a tally, in whole numbers, whatever their order.

From five voters on, votes are counted as they were bought, quadratically. Fewer people
are one member, one vote: each gives one vote to what their ballot puts first, and
divides it where several things come first.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from math import lcm

from gateway.fund.voting.ballot import Ballot
from gateway.fund.voting.tally import Method, Weights
from gateway.fund.voting.vote import ANSWERS, Vote

QUADRATIC_VOTERS_MIN = 5


def method_of(voters: int, *, decides: bool) -> Method:
    """How ballots are counted.

    Args:
        voters: How many voted.
        decides: Whether members decide on a matter, which is never quadratic.
    """
    if decides or voters < QUADRATIC_VOTERS_MIN:
        return Method.ONE_EACH
    return Method.QUADRATIC


def weights_of(
    names: Sequence[str], ballots: Sequence[Ballot], method: Method
) -> Weights:
    """What ballots come to.

    Args:
        names: The options, in the order of the paper.
        ballots: One for each who voted, in any order.
        method: How to count.

    Returns:
        Option to weight, in the order of the paper. Where votes had to be divided all
        weights are multiplied by the same number, so that they are whole.
    """
    if method is Method.QUADRATIC:
        return _totals(names, ballots)
    firsts = [_first(ballot) for ballot in ballots]
    unit = lcm(*(len(each) for each in firsts if each))
    shared = (
        tuple((name, unit // len(each)) for name in each) for each in firsts if each
    )
    return _totals(names, shared)


def answers_of(ballots: Sequence[Ballot]) -> tuple[int, int, int]:
    """How many said yes, no and abstain."""
    totals = dict(weights_of(ANSWERS, ballots, Method.ONE_EACH))
    yes, no, abstain = (totals[answer] for answer in ANSWERS)
    return yes, no, abstain


def counted(vote: Vote, ballots: Sequence[Ballot]) -> tuple[Method, Weights]:
    """How a vote's ballots are counted, and what they come to."""
    method = method_of(len(ballots), decides=vote.matter is not None)
    return method, weights_of(vote.names, ballots, method)


def _first(ballot: Ballot) -> tuple[str, ...]:
    """What a ballot puts first; several where it gives them the same votes."""
    most = max((votes for _, votes in ballot), default=0)
    return tuple(name for name, votes in ballot if votes == most)


def _totals(names: Sequence[str], ballots: Iterable[Ballot]) -> Weights:
    totals: Counter[str] = Counter()
    for ballot in ballots:
        for name, votes in ballot:
            totals[name] += votes
    return tuple((name, totals[name]) for name in names)
