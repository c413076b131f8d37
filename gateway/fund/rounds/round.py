"""A round: opened under terms, given voice, closed and divided.

What was given may be changed until the close; every change stays on record. A round
that failed may be divided again under other terms by a decision of the members.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from gateway.fund.rounds.division import Division, Outcome, divided
from gateway.fund.rounds.inputs import PURSES, Inputs
from gateway.fund.rounds.terms import EQUAL, Terms
from gateway.kernel.errors import InvalidValue

NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,39}")
WHOLE = "everything"  # the one option where no vote set priorities


class State(StrEnum):
    """Where a round stands; derived, never stored."""

    OPEN = "open"
    PAID = "paid"
    FAILED = "failed"


@dataclass(frozen=True, slots=True)
class Round:
    """One round.

    Attributes:
        name: Lower case, such as `2026-autumn`.
        currency: ISO 4217.
        pool_minor: How much is divided; None for all there is when it closes.
        terms: Rule and parameters.
        purse: Voice by credits, or everybody alike.
        vote_id: Whose tally weighs its options; empty for one option.
        options: Among what the pool is divided.
        opened_us: When.
        clusters: Cluster and party, for `cluster-match`.
    """

    name: str
    currency: str
    pool_minor: int | None
    terms: Terms
    purse: str
    vote_id: str
    options: tuple[str, ...]
    opened_us: int
    clusters: tuple[tuple[str, str], ...] = ()

    def __post_init__(self) -> None:
        if not NAME.fullmatch(self.name):
            detail = f"{self.name!r} is no name of a round, such as 2026-autumn"
            raise InvalidValue(detail)
        if self.pool_minor is not None and self.pool_minor <= 0:
            raise InvalidValue("a pool is above 0, or `all`")
        if self.purse not in PURSES or not self.options:
            raise InvalidValue("a round has a kind of purse and one option or more")

    @property
    def is_yearly(self) -> bool:
        """Is it the equal split of a year?"""
        return self.terms.rule == EQUAL


@dataclass(frozen=True, slots=True)
class Given:
    """Voice that a party gives another in a round, from a moment on.

    Attributes:
        round: The round's name.
        giver_id: Who gives.
        option: Within which option.
        taker_id: Who is given it.
        hundredths: How much from now on; 0 takes it back.
        at_us: From when.
    """

    round: str
    giver_id: str
    option: str
    taker_id: str
    hundredths: int
    at_us: int

    def __post_init__(self) -> None:
        if self.hundredths < 0:
            raise InvalidValue("voice is 0 credits or more")


@dataclass(frozen=True, slots=True)
class Run:
    """One division of a round.

    Attributes:
        round: The round's name.
        number: 1 for the first; more only after a failure.
        inputs: All it was made from.
        vote_id: The vote its weights come from; empty for one option.
        weights_by: The decision that put other weights in the tally's place, or empty.
        again_by: The decision under whose terms it was run again, or empty.
        outcome: What it came to; who came to nothing was not run.
        at_us: When.
    """

    round: str
    number: int
    inputs: Inputs
    vote_id: str
    weights_by: str
    again_by: str
    outcome: Outcome
    at_us: int

    def __post_init__(self) -> None:
        if self.outcome is Outcome.NOTHING or self.number < 1:
            raise InvalidValue("a run has a number, and came to something")

    @property
    def key(self) -> str:
        """Its name among all runs."""
        return f"{self.round}/{self.number}"

    def division(self) -> Division:
        """The division, made again.

        Raises:
            InvalidValue: it does not come to what was kept.
        """
        made = divided(self.inputs)
        if made.outcome is not self.outcome:
            detail = f"round {self.key} was {self.outcome} and comes to {made.outcome}"
            raise InvalidValue(detail)
        return made

    def shares(self) -> Mapping[str, int]:
        """Contributor to minor units that were paid, or would have been."""
        people = self.inputs.people
        return {people[number].id: minor for number, minor in self.division().shares}


Pair = tuple[str, str, str]
"""Giver, option and taker."""


def standing(given: Iterable[Given]) -> dict[Pair, Given]:
    """What of the voices given stands: the last word of each, none that is 0.

    Args:
        given: In the order in which they were given.
    """
    last = {(each.giver_id, each.option, each.taker_id): each for each in given}
    return {pair: each for pair, each in sorted(last.items()) if each.hundredths}


def state_of(runs: Sequence[Run]) -> State:
    """Where a round stands, by its runs in their order."""
    if not runs:
        return State.OPEN
    return State.FAILED if runs[-1].outcome is Outcome.FAILED else State.PAID


def reference(name: str) -> str:
    """What entries and allocations of a round are booked under."""
    return f"round:{name}"
