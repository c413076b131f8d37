"""A tally: what a vote on priorities came to, the weights of the next round.

A tally *is* the weight vector. Only a decision of the members puts other weights in its
place, and that decision says so with its date.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.fund.voting.decision import Decision, Kind
from gateway.kernel.errors import InvalidValue

Weights = tuple[tuple[str, int], ...]
"""Option and its weight, a whole number of 0 or more; each option once."""


class Method(StrEnum):
    """How ballots were counted. Public: add, never rename."""

    QUADRATIC = "quadratic"
    ONE_EACH = "one-member-one-vote"


@dataclass(frozen=True, slots=True)
class Tally:
    """What a closed vote came to.

    Attributes:
        vote_id: `vot_…`.
        method: How its ballots were counted; decided by how many voted.
        weights: Option to weight, as the options stand on the ballot paper. Only the
            proportions matter.
        voters: How many voted; each counts once.
        entitled: How many might have.
        closed_us: When it closed, microseconds UTC.
    """

    vote_id: str
    method: Method
    weights: Weights
    voters: int
    entitled: int
    closed_us: int

    def __post_init__(self) -> None:
        assert_weights(self.weights)
        if not 0 <= self.voters <= self.entitled:
            raise InvalidValue("no more people vote than may")

    @property
    def is_empty(self) -> bool:
        """Did nobody say what comes first? Then it divides nothing."""
        return not any(weight for _, weight in self.weights)


@dataclass(frozen=True, slots=True)
class WeightsInForce:
    """The weights that the next round takes, and by what right.

    Attributes:
        weights: Option to weight.
        vote_id: The vote they come from.
        decision_id: The members' decision that put them in the tally's place; empty
            where they are the tally's own.
    """

    weights: Weights
    vote_id: str
    decision_id: str = ""


AGAIN = "vote:"
"""What a decision is about that lets a tally weigh one more round, before its id."""


def assert_weights(weights: Weights) -> None:
    """Refuse what is no weight vector.

    Raises:
        InvalidValue: a weight below 0, or an option twice.
    """
    if len(dict(weights)) != len(weights):
        raise InvalidValue("an option has one weight")
    if any(type(weight) is not int or weight < 0 for _, weight in weights):
        raise InvalidValue("a weight is a whole number of 0 or more")


def in_force(tally: Tally, decisions: Iterable[Decision]) -> WeightsInForce:
    """What the next round takes: the tally, unless the members decided otherwise.

    Args:
        tally: What the vote came to.
        decisions: Decisions of the members; the latest that was accepted and overrides
            this very tally counts.
    """
    overriding = [
        each
        for each in decisions
        if each.kind is Kind.OVERRIDE_WEIGHTS
        and each.subject == tally.vote_id
        and each.is_accepted
    ]
    if not overriding:
        return WeightsInForce(tally.weights, tally.vote_id)
    last = max(overriding, key=lambda each: (each.decided_us, each.id))
    return WeightsInForce(last.weights, tally.vote_id, last.id)


def may_weigh_again(
    vote_id: str, decisions: Iterable[Decision], *, since_us: int, until_us: int
) -> bool:
    """Did the members decide that a tally weighs one more round?

    Args:
        vote_id: Whose tally.
        decisions: Decisions of the members; one about `vote:ID` that was accepted.
        since_us: When it last weighed one, or a later vote closed; an older decision
            knew nothing of that.
        until_us: Until when it must have been taken.
    """
    return any(
        each.kind is Kind.RESOLVE
        and each.subject == f"{AGAIN}{vote_id}"
        and each.is_accepted
        and since_us < each.decided_us <= until_us
        for each in decisions
    )
