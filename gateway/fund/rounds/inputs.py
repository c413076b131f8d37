"""Everything a round's division is made from, with and without names.

A beneficial owner has one purse and is one recipient, however many parties they give
through or take with. Owners are numbered in the order of their ids, people in theirs,
so that a stranger who knows neither breaks every tie the same way.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.billing.canonical import digest_of
from gateway.billing.division import divide
from gateway.fund.rounds.terms import Terms, terms_in
from gateway.kernel.errors import InvalidValue

Weights = tuple[tuple[str, int], ...]
BY_CREDITS, ALIKE = "credits", "equal"
PURSES = (BY_CREDITS, ALIKE)
ALIKE_HUNDREDTHS = 10_000  # everybody a hundred credits
DAYS_MAX = 3_660


@dataclass(frozen=True, slots=True)
class Person:
    """A party that gives or takes in a round.

    Attributes:
        id: Its id; in published rows the commitment to it.
        owner: The number of its beneficial owner.
        hundredths: Its vested credit of 12 months, hundredths.
        may_take: It contributed, is not barred, and is there.
    """

    id: str
    owner: int
    hundredths: int
    may_take: bool


@dataclass(frozen=True, slots=True)
class Voice:
    """Credit that one gives to another in a round.

    Attributes:
        option: Within which option.
        giver: The number of the person who gives.
        taker: The number of the person who takes.
        hundredths: How much, above 0.
        days: For how many whole days it had stood when the round closed.
    """

    option: str
    giver: int
    taker: int
    hundredths: int
    days: int


@dataclass(frozen=True, slots=True)
class Inputs:
    """What a round is divided from.

    Attributes:
        pool: Minor units.
        terms: Rule and parameters.
        purse: Voice by credits, or everybody alike.
        weights: Option to weight, as the vote had it.
        people: Who gives and takes, by id.
        voices: Who gave whom how much.
        before: Owner to minor units that earlier rounds gave; for `balanced`.
        clusters: Cluster and owner; for `cluster-match`.
    """

    pool: int
    terms: Terms
    purse: str
    weights: Weights
    people: tuple[Person, ...]
    voices: tuple[Voice, ...]
    before: tuple[tuple[int, int], ...] = ()
    clusters: tuple[tuple[str, int], ...] = ()

    def __post_init__(self) -> None:
        if self.pool < 0 or self.purse not in PURSES:
            raise InvalidValue("a round has a pool of 0 or more, and a kind of purse")
        if len({option for option, _ in self.weights}) != len(self.weights):
            raise InvalidValue("an option has one weight")
        if not any(weight > 0 for _, weight in self.weights) or any(
            weight < 0 for _, weight in self.weights
        ):
            raise InvalidValue("weights are 0 or more, and one is above 0")
        if any(each.hundredths < 0 or each.owner < 0 for each in self.people):
            raise InvalidValue("credit is 0 or more")
        count, seen = len(self.people), set[tuple[str, int, int]]()
        for each in self.voices:
            is_possible = (
                0 <= each.giver < count
                and 0 <= each.taker < count
                and each.hundredths > 0
                and 0 <= each.days <= DAYS_MAX
                and (each.option, each.giver, each.taker) not in seen
            )
            if not is_possible:
                raise InvalidValue("voice goes once from one person to another")
            seen.add((each.option, each.giver, each.taker))

    @property
    def owners(self) -> tuple[int, ...]:
        """The owner's number of each person."""
        return tuple(each.owner for each in self.people)

    @property
    def purses(self) -> Mapping[int, int]:
        """Owner to hundredths of voice they have."""
        vested: Counter[int] = Counter()
        for each in self.people:
            vested[each.owner] += each.hundredths
        if self.purse == ALIKE:
            return {
                who: ALIKE_HUNDREDTHS if held else 0 for who, held in vested.items()
            }
        return vested

    def counted(self) -> tuple[Voice, ...]:
        """The voices that count, none above its owner's purse.

        Nobody gives voice to themselves, and nobody to whom nothing can be paid. Who
        gave more than they have by now counts with what they have, in proportion.
        """
        valid: dict[int, dict[int, int]] = {}
        for number, each in enumerate(self.voices):
            giver, taker = self.people[each.giver], self.people[each.taker]
            if taker.may_take and giver.owner != taker.owner:
                valid.setdefault(giver.owner, {})[number] = each.hundredths
        kept: dict[int, int] = {}
        purses = self.purses
        for owner, given in valid.items():
            held = purses[owner]
            kept |= divide(held, given) if held < sum(given.values()) else given
        return tuple(
            Voice(each.option, each.giver, each.taker, kept[number], each.days)
            for number, each in enumerate(self.voices)
            if kept.get(number)
        )

    @property
    def digest(self) -> str:
        """SHA-256 over all of it but who the people are, hex."""
        return digest_of(self.told(lambda _: ""))

    def told(self, called: Callable[[str], str]) -> dict[str, Any]:
        """As JSON has it, with people as they are *called*."""
        return {
            "pool_minor": self.pool,
            "rule": self.terms.rule,
            "terms": [list(each) for each in self.terms.told()],
            "purse": self.purse,
            "weights": [list(each) for each in self.weights],
            "people": [
                [called(each.id), each.owner, each.hundredths, int(each.may_take)]
                for each in self.people
            ],
            "voices": [
                [each.option, each.giver, each.taker, each.hundredths, each.days]
                for each in self.voices
            ],
            "before": [list(each) for each in self.before],
            "clusters": [list(each) for each in self.clusters],
        }


def inputs_in(told: Mapping[str, Any]) -> Inputs:
    """Read what `Inputs.told` wrote.

    Raises:
        InvalidValue: it cannot be.
    """
    return Inputs(
        pool=told["pool_minor"],
        terms=terms_in(
            told["rule"], tuple((each[0], each[1]) for each in told["terms"])
        ),
        purse=told["purse"],
        weights=tuple((each[0], each[1]) for each in told["weights"]),
        people=tuple(
            Person(each[0], each[1], each[2], may_take=_yes_or_no(each[3]))
            for each in told["people"]
        ),
        voices=tuple(Voice(*each) for each in told["voices"]),
        before=tuple((each[0], each[1]) for each in told["before"]),
        clusters=tuple((each[0], each[1]) for each in told["clusters"]),
    )


def _yes_or_no(value: int) -> bool:
    if value not in {0, 1}:
        raise InvalidValue("who may take something is told with 1, who may not with 0")
    return value == 1
