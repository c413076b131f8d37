"""What the client shows itself to be: the facts named `client.*`.

First the catalogue, then what the request does, then the shape of its user agent.
All of it is the client's own word, so nothing here is above `claimed`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

from gateway.classification import signals
from gateway.classification.behaviour import Behaviour, Rate
from gateway.classification.facts import Fact
from gateway.classification.known_agents import (
    LEAST_SPECIFIC,
    REMEMBERED_MAX,
    Agent,
    KnownAgents,
    shortened,
)
from gateway.classification.signals import Evidence
from gateway.classification.testimony import NOTHING, Testimony, is_denied, proved
from gateway.kernel.evidence import Level
from gateway.kernel.lately import Lately
from gateway.kernel.request import Request

NOTHING_SHOWN = Evidence("unknown", "user-agent", "it sends no user agent")
NOTHING_KNOWN = Evidence("unknown", "user-agent", "its user agent says nothing to us")


@dataclass(frozen=True, slots=True)
class Sighting:
    """One reading of one client.

    Attributes:
        evidence: The observation that decided the kind.
        agent: The catalogue's entry, where it has one.
        contradiction: Why something else it sends denies that; empty when nothing.
    """

    evidence: Evidence
    agent: Agent | None = None
    contradiction: str = ""

    @property
    def because(self) -> str:
        """Why we take it for what we take it for, in one sentence."""
        because = self.evidence.because
        return f"{because}, but {self.contradiction}" if self.contradiction else because


def sighting(asked: Request, agents: KnownAgents) -> Sighting:
    """Say what *asked* shows its client to be."""
    user_agent = asked.user_agent
    seen = shown_by(shortened(user_agent), agents)
    if seen.agent is None or seen.agent.kind == LEAST_SPECIFIC:
        shown = signals.git(asked) or (
            signals.fediverse(asked) if seen.evidence.kind == "unknown" else None
        )
        if shown is not None:
            return Sighting(shown)
    contradiction = signals.hints_contradict(user_agent, asked.headers)
    if contradiction and seen.evidence.kind == "browser":
        return Sighting(seen.evidence, seen.agent, contradiction)
    return seen


def witnessed(seen: Sighting, testimony: Testimony, agents: KnownAgents) -> Sighting:
    """The sighting, where a signature tells more than the user agent.

    Some clients sign and look like the browser they drive. Then the catalogue says
    what that operator's client is; what the user agent itself names stands first.
    """
    proof = proved(testimony)
    if proof is None or not proof.agent:
        return seen
    agent = agents.named(proof.agent)
    named = seen.agent.operator if seen.agent else ""
    if agent is None or named:
        return seen
    because = f"it is signed with a key of {agent.operator}"
    return Sighting(
        Evidence(agent.kind, proof.signal, because, is_automation=True), agent
    )


def facts_of(
    seen: Sighting,
    *,
    operator: Fact | None,
    behaviour: Behaviour,
    testimony: Testimony = NOTHING,
) -> Iterator[tuple[str, Fact]]:
    """The facts of a sighting.

    Args:
        seen: What the client shows.
        operator: Who runs it, by a credential; None where none was shown.
        behaviour: What was observed of it.
        testimony: What was looked up about it.
    """
    evidence = seen.evidence
    proof = proved(testimony)
    if operator is None and proof is not None:
        operator = Fact(proof.operator, Level.VERIFIED, proof.signal)
    named = seen.agent.operator if seen.agent else ""
    # Whoever proves who they are is not called a liar by a list.
    denied = operator is None and is_denied(testimony, named)
    contradicted = bool(seen.contradiction) or denied
    is_known = evidence.kind != "unknown"
    level = Level.CLAIMED if is_known else Level.UNKNOWN
    if operator is not None and named == operator.value:
        # The credential proves the very operator that the user agent claims, and
        # the catalogue says what that operator's client is.
        level = Level.VERIFIED
    source = evidence.source
    if level is Level.VERIFIED and operator is not None:
        source, contradicted = operator.source, False
    yield "client.kind", Fact(evidence.kind, level, source, contradicted)
    if named:
        denied = denied or (operator is not None and named != operator.value)
        yield "client.operator", Fact(named, level, source, denied)
    elif operator is not None:
        yield "client.operator", operator
    if seen.agent is not None:
        yield from _catalogued(seen.agent, level)
    if behaviour.rate is not Rate.UNKNOWN:
        rate = Fact(behaviour.rate.value, Level.VERIFIED, "observed")
        yield "client.behaviour.rate", rate


def _catalogued(agent: Agent, level: Level) -> Iterator[tuple[str, Fact]]:
    source = f"policies/agents/{agent.id}.yaml"
    yield "client.agent", Fact(agent.id, level, "user-agent")
    yield "client.acts_for_person", Fact(agent.acts_for_person, level, source)
    yield "client.obeys_robots", Fact(agent.obeys_robots, Level.CLAIMED, source)


@lru_cache(maxsize=REMEMBERED_MAX)
def shown_by(user_agent: str, agents: KnownAgents) -> Sighting:
    """What a user agent shows by itself; the same text always shows the same."""
    agent = agents.match(user_agent)
    if agent is not None and agent.kind != LEAST_SPECIFIC:
        return _named(agent)
    if agent is not None:
        return _spoken(user_agent, agent)
    outline = signals.outline_of(user_agent)
    found = _outlines.get(outline)
    return found or _outlines.keep(outline, _spoken(user_agent, None))


_outlines: Lately[signals.Outline, Sighting] = Lately(REMEMBERED_MAX)
"""What user agents show that name no agent: many differ in their numbers alone."""


def _spoken(user_agent: str, agent: Agent | None) -> Sighting:
    if not user_agent.strip():
        return Sighting(NOTHING_SHOWN)
    spoken = (
        signals.feed_reader(user_agent)
        or signals.link_preview(user_agent)
        or signals.monitor(user_agent)
    )
    if spoken is not None:
        return Sighting(spoken)
    if agent is not None:
        return _named(agent)
    shape = signals.automation(user_agent) or signals.browser(user_agent)
    return Sighting(shape or NOTHING_KNOWN)


def _named(agent: Agent) -> Sighting:
    whose = f", a client of {agent.operator}" if agent.operator else ""
    because = f"its user agent names {agent.id}{whose}"
    is_automation = agent.kind not in {"feed-reader", "browser", "person"}
    evidence = Evidence(agent.kind, "user-agent", because, is_automation=is_automation)
    return Sighting(evidence, agent)
