"""Corroboration: what strangers say of themselves, beside what can be looked up.

It is asked with every request of somebody without a credential and never waits:
signatures are checked with keys that are at hand, names and ranges are remembered. A
reader, who claims nothing that could be looked up, costs one look at the fields.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.classification.classify import corroborated, stranger
from gateway.classification.facts import Facts
from gateway.classification.known_agents import Agent, KnownAgents
from gateway.classification.ports import ReverseNames, Signatures
from gateway.classification.published_ranges import PublishedRanges
from gateway.classification.testimony import (
    WEIGHTS,
    Outcome,
    Piece,
    Testimony,
    Verdict,
    Word,
)
from gateway.kernel.clock import US_PER_DAY, US_PER_S, Clock
from gateway.kernel.lately import Lately
from gateway.kernel.request import Request
from gateway.services.paces import Paces

SIGNED = "signature-input"
FIELD = "Signature-Input"
JUDGED_MAX = 1_024
LOOKED_UP_MAX = 8_192
# The key is most likely theirs; only the clock is wrong.
UNTIMELY = frozenset(("expired", "clock-ahead"))


@dataclass(slots=True)
class Corroboration:
    """Looks up what a stranger claims.

    Attributes:
        signatures: Judges signatures.
        names: Confirmed names of addresses.
        ranges: The published ranges in force.
        clock: What time it is.
        paces: How fast machines ask that say their names; None for nobody watches.
    """

    signatures: Signatures
    names: ReverseNames
    ranges: Callable[[], PublishedRanges]
    clock: Clock
    paces: Paces | None = None
    _lately: Lately[tuple[str, int, int], tuple[Facts, PublishedRanges, Facts]] = field(
        default_factory=lambda: Lately(LOOKED_UP_MAX), repr=False
    )
    _judged: Lately[str, tuple[Verdict | None]] = field(
        default_factory=lambda: Lately(JUDGED_MAX), repr=False
    )

    def __call__(self, asked: Request, agents: KnownAgents) -> Facts:
        """As `classify.stranger`, with what was looked up, and how fast it asks."""
        facts = stranger(asked, agents)
        is_signed = SIGNED in asked.headers
        if not is_signed and "client.agent" not in facts:
            return facts
        if is_signed:
            found = self._looked_up(asked, facts, agents, is_signed=True)
        else:
            found = self._of_lately(asked, facts, agents)
        if self.paces is None:
            return found
        now_ns = self.clock.ticks_ns()
        return self.paces.seen(found, asked.client_ip, now_ns=now_ns)

    def _of_lately(self, asked: Request, facts: Facts, agents: KnownAgents) -> Facts:
        """Of an unsigned request; alike ones of one address and day look alike."""
        ranges, day = self.ranges(), asked.received_us // US_PER_DAY
        key = (asked.client_ip, day, id(facts))
        kept = self._lately.get(key)
        if kept is not None and kept[0] is facts and kept[1] is ranges:
            return kept[2]
        found = self._looked_up(asked, facts, agents, is_signed=False)
        agent = agents.named(facts.word("client.agent"))
        if agent is not None and not agent.reverse_names:  # names may come to be known
            self._lately.keep(key, (facts, ranges, found))
        return found

    def _looked_up(
        self, asked: Request, facts: Facts, agents: KnownAgents, *, is_signed: bool
    ) -> Facts:
        testimony = self._testimony(asked, facts, agents, is_signed=is_signed)
        return corroborated(asked, agents, testimony) if testimony else facts

    def _testimony(
        self, asked: Request, facts: Facts, agents: KnownAgents, *, is_signed: bool
    ) -> Testimony:
        pieces: list[Piece] = []
        if is_signed and (verdict := self._verdict(asked)) is not None:
            pieces.append(signed(verdict, agents))
        agent = agents.named(facts.word("client.agent"))
        if agent is not None and agent.operator:
            pieces += self._of_address(asked, agent)
        return tuple(pieces)

    def _verdict(self, asked: Request) -> Verdict | None:
        """Judged once for a request: its nonce is used up by that."""
        known = self._judged.get(asked.id)
        if known is None:
            now_s = self.clock.now_us() // US_PER_S
            known = (self.signatures(asked, now_s=now_s),)
            if known[0] is None or known[0].outcome is not Outcome.UNVERIFIED:
                self._judged.keep(asked.id, known)
        return known[0]

    def _of_address(self, asked: Request, agent: Agent) -> list[Piece]:
        address = asked.client_ip
        at_us = asked.received_us or self.clock.now_us()
        found = [self.ranges().says(agent, address, at_us=at_us)]
        if agent.reverse_names:
            found.append(named(self.names(address, agent.reverse_names), agent))
        return [piece for piece in found if piece is not None]


def claims_nothing(asked: Request, facts: Facts) -> bool:
    """Is there nothing about a stranger that could be looked up?"""
    return "client.agent" not in facts and SIGNED not in asked.headers


def signed(verdict: Verdict, agents: KnownAgents) -> Piece:
    """A signature's verdict as a piece of evidence."""
    weight, because = WEIGHTS["web-bot-auth"], _told(verdict)
    if verdict.outcome is Outcome.UNVERIFIED or verdict.reason in UNTIMELY:
        return Piece("web-bot-auth", Word.CANNOT_TELL, weight, FIELD, because)
    if verdict.outcome is Outcome.INVALID:
        return Piece("web-bot-auth", Word.DENIES, weight, FIELD, because)
    agent = agents.signing(verdict.host) if verdict.is_of_host else None
    if agent is None:
        # A key proves whose it is: whoever publishes it there, and no more than that.
        source = verdict.identity
        operator = verdict.host if verdict.is_of_host else source.partition("://")[2]
        operator = operator or source
        return Piece(
            "web-bot-auth", Word.PROVES, weight, source, because, operator=operator
        )
    return Piece(
        "web-bot-auth",
        Word.PROVES,
        weight,
        verdict.identity,
        because,
        operator=agent.operator,
        kind=agent.kind,
        agent=agent.id,
    )


def named(is_theirs: bool | None, agent: Agent) -> Piece:  # noqa: FBT001 an answer
    """What the name of an address says."""
    word, because = {
        True: (Word.PROVES, "the name of its address is the operator's, both ways"),
        False: (Word.DENIES, "the name of its address is not the operator's"),
        None: (Word.CANNOT_TELL, "the name of its address is not known yet"),
    }[is_theirs]
    operator = agent.operator if is_theirs is not None else ""
    return Piece(
        "reverse-dns", word, WEIGHTS["reverse-dns"], agent.source, because, operator
    )


def _told(verdict: Verdict) -> str:
    """The detail as a clause."""
    detail = verdict.detail.rstrip(".")
    return f"{verdict.outcome.value} ({verdict.reason}): {detail}"
