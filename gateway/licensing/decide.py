"""Decide: the first rule that matches answers.

Pure. The same facts under the same policy version give the same decision; no
clock is asked and no budget is touched. A decision names its budget, cap or lane,
and metering says afterwards what that means now.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType

from gateway.classification.facts import Fact, Facts
from gateway.kernel.evidence import Level
from gateway.kernel.use import Use
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.decision import (
    Allow,
    Decision,
    Deny,
    Meter,
    Offer,
    Redirect,
    Ruling,
    Throttle,
)
from gateway.licensing.policy import PolicySet
from gateway.licensing.rules import Outcome, Rule, Then
from gateway.licensing.scene import Resource, Scene
from gateway.licensing.tariff import TOP_BRACKET
from gateway.reciprocity.spending import DEFAULT_RATE, Rate

__all__ = ["OUTSIDE", "Resource", "decide", "rule_for", "scene_of"]

ANONYMOUS_BUDGET = "anonymous"
OUTSIDE = Allow(Ruling("outside-every-collection", "No collection covers this page."))
COMMERCIAL = "commercial"
FULL_RUNG = "full"
COMPANIES = frozenset({"company", "data-broker", "purpose-company"})
NEVER_COMMERCIAL = frozenset(
    {"person", "informal", "nonprofit", "university", "public", "glam"}
)
PROOF_OF_COMMERCE = ("client.kind", "client.operator")


def decide(  # noqa: PLR0917 the four words of domain.md
    policies: PolicySet,
    facts: Facts,
    resource: Resource,
    agreement: Agreement | None,
) -> Decision:
    """Answer one request, as with both switches fully on.

    Args:
        policies: The set in force.
        facts: What classification says of the requester and the use.
        resource: What is asked for.
        agreement: The party's agreement that is in force now, or None; whether
            it covers this collection and use is looked at here.
    """
    scene = scene_of(facts, resource, agreement)
    rule = rule_for(policies, scene)
    if rule is None:
        return OUTSIDE if resource.collection is None else unruled(scene)
    return answer_of(policies, rule, scene)


def answer_of(policies: PolicySet, rule: Rule, scene: Scene) -> Decision:
    """What a rule answers once it has matched; it reads the facts, no address."""
    return ANSWERS[rule.outcome.then](policies, rule, scene)


def scene_of(facts: Facts, resource: Resource, agreement: Agreement | None) -> Scene:
    """The scene of a request; an agreement that does not cover it is left out."""
    collection = resource.collection
    if agreement is not None and collection is not None:
        fits = agreement.covers(collection.id) and _fits_use(agreement, facts)
        return Scene(facts, resource, agreement if fits else None)
    return Scene(facts, resource, None)


def rule_for(policies: PolicySet, scene: Scene) -> Rule | None:
    """The rule that answers; None where none does, or no collection is meant."""
    collection = scene.resource.collection
    if collection is None:
        return None
    has_agreement = scene.agreement is not None
    for rule in policies.rules_for(collection):
        # Nothing is metered without an agreement, whatever a rule says.
        if rule.holds(scene) and (has_agreement or rule.outcome.then is not Then.METER):
            return rule
    return None


def _fits_use(agreement: Agreement, facts: Facts) -> bool:
    use = facts["use.class"].value
    return not agreement.uses or use == Use.UNKNOWN.value or use in agreement.uses


def unruled(scene: Scene) -> Allow:
    """Reading is free also where a policy forgot to say so."""
    collection = scene.resource.collection
    name = collection.id if collection else ""
    reason = "No rule says otherwise: reading is free."
    return Allow(Ruling("no-rule", reason, collection=name), budget=ANONYMOUS_BUDGET)


def _ruling(rule: Rule, scene: Scene) -> Ruling:
    collection = scene.resource.collection
    klass = rule.outcome.klass
    if klass == COMMERCIAL and not _is_proven(scene):
        klass = "automation"
    return Ruling(
        rule.id,
        rule.because,
        klass,
        collection.id if collection else "",
        rule.file,
        rule.line,
    )


def _is_proven(scene: Scene) -> bool:
    """Nobody is called commercial on their user agent's word, and no person,
    charity or public body at all once somebody has looked.
    """
    entity = scene.facts["party.entity"]
    if _is_certain(entity) and entity.value in COMPANIES:
        return True
    if _is_certain(entity) and entity.value in NEVER_COMMERCIAL:
        return False
    return any(_is_certain(scene.facts[name]) for name in PROOF_OF_COMMERCE)


def _is_certain(fact: Fact) -> bool:
    return fact.level >= Level.VERIFIED and not fact.contradicted


def _access(outcome: Outcome, scene: Scene) -> tuple[str, str]:
    """Rung and budget; whoever passes copies on in bulk may get a lower rung.

    Where the collection does not have that rung, they read like a silent client:
    everything, within the anonymous budget. To say more is never to be refused.
    """
    collection = scene.resource.collection
    passes_all_on = scene.facts["party.passes_on"].value == "bulk"
    if collection is None or not (outcome.limits_redistributors and passes_all_on):
        return outcome.rung, outcome.budget
    rung = collection.redistributor_rung
    if rung == FULL_RUNG or rung in collection.rungs:
        return rung, outcome.budget
    return FULL_RUNG, ANONYMOUS_BUDGET


def _allow(_policies: PolicySet, rule: Rule, scene: Scene) -> Allow:
    outcome = rule.outcome
    rung, budget = _access(outcome, scene)
    return Allow(
        _ruling(rule, scene),
        duties=outcome.duties,
        budget=budget,
        lane=outcome.lane or "readers",
        rung=rung,
        spends_standing=outcome.spends_standing,
        rate=_rate(scene).name if outcome.spends_standing else "",
    )


def _rate(scene: Scene) -> Rate:
    collection = scene.resource.collection
    return (collection and collection.standing) or DEFAULT_RATE


def _meter(_policies: PolicySet, rule: Rule, scene: Scene) -> Meter:
    outcome, agreement = rule.outcome, scene.agreement
    if agreement is None:
        raise AssertionError("unreachable: rule_for asks for an agreement")
    rung, budget = _access(outcome, scene)
    return Meter(
        _ruling(rule, scene),
        agreement.id,
        agreement.tariff,
        agreement.tariff_version,
        duties=outcome.duties,
        budget=budget,
        lane=outcome.lane or _paid_lane(agreement),
        rung=rung,
        priced_at_zero=outcome.priced_at_zero,
        floor_bracket=TOP_BRACKET if outcome.floor_is_top else 0,
        rebate=outcome.rebate,
    )


def _paid_lane(agreement: Agreement) -> str:
    """Who pays ahead, unverified, stands where anonymous automation does.

    Else ten names of one taker would wait in ten places.
    """
    return "automation" if agreement.settling is Settling.PREPAID else "licensed"


def _offer(policies: PolicySet, rule: Rule, scene: Scene) -> Decision:
    collection = scene.resource.collection
    if collection is None:
        raise AssertionError("unreachable: a rule belongs to a collection")
    terms = policies.offer_of(collection)
    return Offer(
        _ruling(rule, scene),
        terms.id,
        terms.tariff.id if terms.tariff else "",
        budget=rule.outcome.budget or ANONYMOUS_BUDGET,
        lane=rule.outcome.lane or "automation",
    )


def _throttle(_policies: PolicySet, rule: Rule, scene: Scene) -> Throttle:
    collection = scene.resource.collection
    name = rule.outcome.budget or ANONYMOUS_BUDGET
    terms = collection.budgets.get(name) if collection else None
    door = collection.dump if collection else ""
    ruling = _ruling(rule, scene)
    if terms is None:
        return Throttle(ruling, name, cheaper_door=door)
    return Throttle(
        ruling,
        name,
        retry_after_s=max(1, terms.window_s // max(1, terms.cost)),
        limit=terms.cost,
        window_s=terms.window_s,
        cheaper_door=door,
    )


def _redirect(_policies: PolicySet, rule: Rule, scene: Scene) -> Redirect:
    collection = scene.resource.collection
    location = rule.outcome.location or (collection.dump if collection else "")
    return Redirect(_ruling(rule, scene), location)


def _deny(_policies: PolicySet, rule: Rule, scene: Scene) -> Deny:
    collection = scene.resource.collection
    return Deny(_ruling(rule, scene), collection.contact if collection else "")


Answer = Callable[[PolicySet, Rule, Scene], Decision]
ANSWERS: Mapping[Then, Answer] = MappingProxyType(
    {
        Then.ALLOW: _allow,
        Then.METER: _meter,
        Then.OFFER: _offer,
        Then.THROTTLE: _throttle,
        Then.REDIRECT: _redirect,
        Then.DENY: _deny,
    }
)
