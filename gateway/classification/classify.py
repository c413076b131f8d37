"""Classify: from a request and whoever stands behind it to facts with evidence.

Pure: the same request, principal, catalogue and agreement give the same facts.
What kind of *class* follows is a rule's business (`gateway.licensing`).
"""

from __future__ import annotations

from gateway.classification import client, evidence, purpose, requester, signals
from gateway.classification.appearance import appearance_of, asks_for_git
from gateway.classification.behaviour import UNOBSERVED, Behaviour
from gateway.classification.facts import Facts
from gateway.classification.given import UNREAD, Given
from gateway.classification.known_agents import Content, KnownAgents, Shown, shortened
from gateway.classification.purpose import Agreed
from gateway.classification.testimony import NOTHING, Testimony
from gateway.identity.principal import ANONYMOUS, Identified, Principal
from gateway.kernel.request import Request
from gateway.kernel.use import Commercial, Use

NO_USES: frozenset[Use] = frozenset()


def classify(
    asked: Request,
    identified: Identified,
    agents: KnownAgents,
    *,
    agreement_in_force: bool = False,
    agreement_uses: frozenset[Use] = NO_USES,
    agreement_commercial: Commercial | None = None,
    tariff_version: int | None = None,
    given: Given = UNREAD,
    agreement_id: str = "",
    behaviour: Behaviour = UNOBSERVED,
    testimony: Testimony = NOTHING,
) -> Facts:
    """Say everything that is known about one request; never fails.

    Args:
        asked: The request; only its head is looked at.
        identified: Who stands behind it.
        agents: The catalogue of known clients.
        agreement_in_force: Does an agreement cover this? Without one the other
            words about agreements are not used.
        agreement_uses: What its copies are for; empty leaves the use open.
        agreement_commercial: Whether that seeks economic advantage.
        tariff_version: The version the agreement pins.
        given: What the books say of the party.
        agreement_id: Which agreement that is; empty for none.
        behaviour: What was observed of the client.
        testimony: What was looked up about it: signatures, names, ranges.

    Returns:
        Facts by the names of `facts.FACTS`, without those that belong to the
        resource: licensing adds them.
    """
    agreed = None
    if agreement_in_force:
        agreed = Agreed(agreement_uses, agreement_commercial, tariff_version)
    seen = client.witnessed(client.sighting(asked, agents), testimony, agents)
    operator = requester.operator_of(identified)
    who = requester.facts_of(identified, given=given, agreement_id=agreement_id)
    what = client.facts_of(
        seen, operator=operator, behaviour=behaviour, testimony=testimony
    )
    user_agent = shortened(asked.user_agent)
    what_for = purpose.facts_of(seen, user_agent=user_agent, agreed=agreed)
    told = evidence.of_request(seen, operator, behaviour) + testimony
    return Facts({**dict(who), **dict(what), **dict(what_for)}, told)


def stranger(asked: Request, agents: KnownAgents) -> Facts:
    """As `classify` says of somebody without a credential; alike requests share facts.

    Nearly every request is one of these.
    """
    memo = asked.headers.memo
    is_git = bool(asked.query) and asks_for_git(asked)
    seen = memo.get("stranger")
    if seen is not None and seen[0] is agents and not is_git:
        known: Facts = seen[1]
        return known
    looks = appearance_of(asked)
    found = agents.faces.strangers.get(looks)
    if found is None:
        found = _shown(asked, agents)
        agents.faces.strangers.keep(looks, found)
    if not is_git:
        memo["stranger"] = (agents, found)
    return found


def _shown(asked: Request, agents: KnownAgents) -> Facts:
    """As `classify`, of somebody unknown: by what it shows, which few things are."""
    key = _shown_by(asked, agents)
    found = agents.faces.shown.get(key)
    if found is None:
        found = _shared(classify(asked, ANONYMOUS, agents), agents)
        agents.faces.shown.keep(key, found)
    return found


def _shown_by(asked: Request, agents: KnownAgents) -> Shown:
    """All that `classify` reads of a request of which nothing was looked up."""
    seen = client.sighting(asked, agents)
    return (
        seen.evidence,
        None if seen.agent is None else seen.agent.id,
        seen.contradiction,
        signals.assistive(shortened(asked.user_agent)),
    )


def corroborated(asked: Request, agents: KnownAgents, testimony: Testimony) -> Facts:
    """As `stranger`, with what was looked up; alike requests share facts."""
    key = (appearance_of(asked), testimony)
    found = agents.faces.witnessed.get(key)
    if found is None:
        said = classify(asked, ANONYMOUS, agents, testimony=testimony)
        found = agents.faces.witnessed.keep(key, _shared(said, agents))
    return found


def party(
    asked: Request,
    principal: Principal,
    agents: KnownAgents,
    *,
    agreement_in_force: bool = False,
    agreement_uses: frozenset[Use] = NO_USES,
    agreement_commercial: Commercial | None = None,
    tariff_version: int | None = None,
    given: Given = UNREAD,
    agreement_id: str = "",
) -> Facts:
    """As `classify` says of a principal that is remembered; the same object again."""
    agreed = (
        agreement_in_force,
        agreement_uses,
        agreement_commercial,
        tariff_version,
        given,
        agreement_id,
    )
    memo = asked.headers.memo
    is_git = bool(asked.query) and asks_for_git(asked)
    seen = memo.get("party")
    if seen is not None and not is_git:
        facts: Facts
        whose, agents_then, agreed_then, facts = seen
        if whose is principal and agents_then is agents and agreed_then == agreed:
            return facts
    key = (id(principal), appearance_of(asked), *agreed)
    faces = agents.faces
    kept = faces.parties.get(key)
    if kept is None:
        showing = (id(principal), *_shown_by(asked, agents), *agreed)
        kept = faces.holders.get(showing)
        if kept is None:
            said = classify(
                asked,
                principal,
                agents,
                agreement_in_force=agreement_in_force,
                agreement_uses=agreement_uses,
                agreement_commercial=agreement_commercial,
                tariff_version=tariff_version,
                given=given,
                agreement_id=agreement_id,
            )
            kept = faces.holders.keep(showing, (principal, said))
        faces.parties.keep(key, kept)
    if not is_git:
        memo["party"] = (principal, agents, agreed, kept[1])
    return kept[1]


def _shared(facts: Facts, agents: KnownAgents) -> Facts:
    """The object of before, where these facts were found before."""
    content: Content = (
        *((name, type(fact.value), fact) for name, fact in facts.items()),
        ("", Facts, facts.evidence),
    )
    found = agents.faces.alike.get(content)
    return agents.faces.alike.keep(content, facts) if found is None else found
