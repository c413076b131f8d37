"""A rule: when … then …, because. The first that matches answers.

A rule is a value with its place in the files. What it answers is an `Outcome`;
`licensing.decide` turns that into a decision for one request.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from types import MappingProxyType

from gateway.licensing.collection import BudgetTerms
from gateway.licensing.conditions import Condition, Holds, compiled, fact_names
from gateway.reciprocity.spending import Rate

IN_ENGLISH: Mapping[str, str] = MappingProxyType({})


class Then(StrEnum):
    """What a rule can answer."""

    ALLOW = "allow"
    METER = "meter"
    OFFER = "offer"
    THROTTLE = "throttle"
    REDIRECT = "redirect"
    DENY = "deny"


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a rule answers.

    Attributes:
        then: The kind of decision.
        klass: The class it gives; see `vocabulary.CLASSES`.
        duties: What is owed besides money.
        budget: Which budget is drawn on; empty for none.
        lane: Which lane leads to expensive pages; empty for the usual one.
        rung: Graduated access.
        limits_redistributors: Parties that pass copies on in bulk get the rung
            that the collection grants redistributors.
        spends_standing: Each unit is paid with contribution.
        priced_at_zero: Metered, but at no charge.
        floor_is_top: Priced by the tariff's last bracket throughout.
        rebate: `openness`, `in-kind` or empty.
        location: Where a redirect leads; empty for the collection's dump.
    """

    then: Then
    klass: str = "unknown"
    duties: tuple[str, ...] = ()
    budget: str = ""
    lane: str = ""
    rung: str = "full"
    limits_redistributors: bool = False
    spends_standing: bool = False
    priced_at_zero: bool = False
    floor_is_top: bool = False
    rebate: str = ""
    location: str = ""


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        id: Kebab-case and public.
        outcome: What it answers.
        because: One sentence for the person who is answered, in English.
        when: Conditions, any of which must hold; none: always.
        file: Where it stands, relative to the policies folder.
        line: Its line, from 1.
        told: The same sentence by language, where the file has it in several.
    """

    id: str
    outcome: Outcome
    because: str
    when: tuple[Condition, ...] = ()
    file: str = ""
    line: int = 0
    told: Mapping[str, str] = field(default_factory=lambda: IN_ENGLISH, hash=False)
    holds: Holds = field(init=False, repr=False, compare=False)
    facts: tuple[str, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "holds", compiled(self.when))
        object.__setattr__(self, "facts", fact_names(self.when))

    @property
    def is_unconditional(self) -> bool:
        """Does it answer whatever gets this far?

        A rule that meters never does: without an agreement it does not apply.
        """
        if self.outcome.then is Then.METER:
            return False
        return not self.when or any(condition.is_empty for condition in self.when)


@dataclass(frozen=True, slots=True)
class Pack:
    """A reusable set of rules that collections extend.

    Attributes:
        id: Kebab-case, as the file is called.
        title: What it is, in one line.
        rules: In order.
        budgets: Starting figures; a collection overrides them by name.
        standing: What a credit buys where standing is spent, unless a collection
            says otherwise; None for `reciprocity.spending.DEFAULT_RATE`.
        file: Where it stands.
    """

    id: str
    title: str
    rules: tuple[Rule, ...]
    budgets: Mapping[str, BudgetTerms] = field(
        default_factory=lambda: MappingProxyType({})
    )
    file: str = ""
    standing: Rate | None = None
