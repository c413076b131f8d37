"""Explain: the same decision, with the facts that led to it."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.classification.facts import Facts
from gateway.classification.given import GIVEN
from gateway.classification.testimony import NOTHING, Testimony
from gateway.licensing.agreement import Agreement
from gateway.licensing.decide import decide, rule_for, scene_of
from gateway.licensing.decision import Allow, Decision, Meter, Offer, Throttle, word
from gateway.licensing.policy import PolicySet
from gateway.licensing.scene import Resource

ALWAYS_SHOWN = ("client.kind", "use.class")


@dataclass(frozen=True, slots=True)
class UsedFact:
    """One fact that the answering rule looked at, as people read it."""

    fact: str
    value: str
    level: str
    source: str


@dataclass(frozen=True, slots=True)
class Explanation:
    """A decision and why.

    Attributes:
        decision: The decision itself.
        facts: The client and the use, then what the rule looked at, then what the
            books say of the party.
        evidence: Everything that was observed of the client, weightiest first.
    """

    decision: Decision
    facts: tuple[UsedFact, ...]
    evidence: Testimony = NOTHING

    @property
    def word(self) -> str:
        """The decision's public name."""
        return word(self.decision)

    @property
    def duties(self) -> tuple[str, ...]:
        """What is owed besides money."""
        decision = self.decision
        return decision.duties if isinstance(decision, Allow | Meter) else ()

    @property
    def budget(self) -> str:
        """Which budget is drawn on; empty for none."""
        decision = self.decision
        if isinstance(decision, Allow | Meter | Offer | Throttle):
            return decision.budget
        return ""


def explain(  # noqa: PLR0917 the same four as decide
    policies: PolicySet,
    facts: Facts,
    resource: Resource,
    agreement: Agreement | None,
) -> Explanation:
    """Decide, and say which facts decided; consumes nothing. See `decide`."""
    decision = decide(policies, facts, resource, agreement)
    scene = scene_of(facts, resource, agreement)
    rule = rule_for(policies, scene)
    told = (name for name in GIVEN if name in facts)
    names = dict.fromkeys((*ALWAYS_SHOWN, *(rule.facts if rule else ()), *told))
    found = ((name, scene.fact(name)) for name in names)
    used = tuple(
        UsedFact(name, fact.word, fact.level.word, fact.source) for name, fact in found
    )
    evidence = sorted(facts.evidence, key=lambda piece: -piece.weight)
    return Explanation(decision, used, tuple(evidence))
