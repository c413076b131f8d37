"""A vote: what is asked, who may answer, and until when.

Either contributors say what comes first, and the tally is the weights of the next
round; or members decide on one matter, one member, one vote.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from gateway.fund.voting.decision import BASIS_POINTS, Kind
from gateway.fund.voting.tally import Weights, assert_weights
from gateway.kernel.errors import InvalidValue

PRIORITIES = "priorities"
YES, NO, ABSTAIN = "yes", "no", "abstain"
ANSWERS = (YES, NO, ABSTAIN)
OPTIONS_MAX = 20
CREDITS_MAX = 10_000
VOTERS_MAX = 40_000  # they stand in one row of the open books
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


@dataclass(frozen=True, slots=True)
class Matter:
    """What members decide.

    Attributes:
        kind: What it is about.
        subject: Which one.
        digest: SHA-256, hex, of what lies before them; may be empty.
        weights: The weights that are to replace a tally's; else empty.
    """

    kind: Kind
    subject: str
    digest: str = ""
    weights: Weights = ()

    def __post_init__(self) -> None:
        if not self.subject.strip():
            raise InvalidValue("a vote says what it is about")
        if bool(self.weights) != (self.kind is Kind.OVERRIDE_WEIGHTS):
            raise InvalidValue("who overrides a tally says by which weights")
        assert_weights(self.weights)
        if self.weights and not any(weight for _, weight in self.weights):
            raise InvalidValue("one weight is above 0, or a round divides nothing")


@dataclass(frozen=True, slots=True)
class Option:
    """What may be voted for: a short name for the books, a title for people."""

    name: str
    title: str


@dataclass(frozen=True, slots=True)
class Entitled:
    """One who may vote, once: a beneficial owner, through any of its parties.

    Attributes:
        owner_id: The beneficial owner.
        party_id: Under whose salt the mark was made.
        mark: The commitment that stands for them in this vote, and in no other.
    """

    owner_id: str
    party_id: str
    mark: str


@dataclass(frozen=True, slots=True)
class Vote:
    """A vote.

    Attributes:
        id: `vot_…`.
        title: What is asked, one line.
        matter: What members decide; None where contributors say what comes first.
        options: What may be voted for, in the order of the paper.
        credits: What each has to spend; 1 where one vote is all there is.
        quorum_bp: How many have to vote, for a decision; hundredths of a percent.
        opened_us: Since when, microseconds UTC; who may vote was fixed then.
        closes_us: Until when ballots are taken.
        closed_us: When it was counted; None while it is open.
    """

    id: str
    title: str
    matter: Matter | None
    options: tuple[Option, ...]
    credits: int
    quorum_bp: int
    opened_us: int
    closes_us: int
    closed_us: int | None = None

    def __post_init__(self) -> None:
        names = [each.name for each in self.options]
        assert_options(names)
        if self.matter is not None and tuple(names) != ANSWERS:
            raise InvalidValue("members say yes, no or abstain")
        if not 1 <= self.credits <= CREDITS_MAX:
            detail = f"each has 1 to {CREDITS_MAX} credits"
            raise InvalidValue(detail)
        if not 0 <= self.quorum_bp <= BASIS_POINTS:
            raise InvalidValue("a quorum is a share of those who may vote")
        if not self.title.strip() or self.closes_us <= self.opened_us:
            raise InvalidValue("a vote has a title, and lasts a while")

    @property
    def names(self) -> tuple[str, ...]:
        """The options' names, in the order of the paper."""
        return tuple(each.name for each in self.options)

    @property
    def word(self) -> str:
        """What kind of vote it is, as rows and documents call it."""
        return self.matter.kind.value if self.matter else PRIORITIES


def assert_options(names: list[str]) -> None:
    """Refuse options that cannot stand on a paper.

    Raises:
        InvalidValue: fewer than two, too many, one twice, or a name that is none.
    """
    if not 2 <= len(names) <= OPTIONS_MAX or len(set(names)) != len(names):
        detail = f"a vote has 2 to {OPTIONS_MAX} options, each once"
        raise InvalidValue(detail)
    for name in names:
        if not NAME.fullmatch(name):
            detail = f"an option is called like `care-work`, not {name!r}"
            raise InvalidValue(detail)
