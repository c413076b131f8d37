"""What a request itself gives away, as pieces of evidence beside what was looked up.

Each is a small pure function with a weight and a source. None of them proves
anything: what only the client says is a claim.
"""

from __future__ import annotations

from gateway.classification.behaviour import Behaviour, Rate
from gateway.classification.client import Sighting
from gateway.classification.facts import Fact, Facts
from gateway.classification.testimony import WEIGHTS, Piece, Testimony, Word
from gateway.kernel.evidence import Level

HISTORY = (
    "its address read pages with their parts here lately, or asked if they changed"
)
ROBOTS = "its address read robots.txt in the last half hour"
BREAKS = "robots.txt asks whoever calls itself so to leave this page alone"
MANY = "fifty networks or more ask in its manner"
TRIPPED = f"{MANY}, and some followed a link that no reader sees"


def of_request(
    seen: Sighting, operator: Fact | None, behaviour: Behaviour
) -> Testimony:
    """Every piece that the request and whoever stands behind it give."""
    pieces = (
        credential(operator),
        appearance(seen),
        client_hints(seen),
        *remembered(behaviour),
    )
    return tuple(piece for piece in pieces if piece is not None)


def credential(operator: Fact | None) -> Piece | None:
    """A credential of ours, whose party is an operator somebody checked."""
    if operator is None:
        return None
    because = "its credential belongs to that operator"
    weight = WEIGHTS["credential"]
    return Piece(
        "credential", Word.PROVES, weight, operator.source, because, operator.word
    )


def appearance(seen: Sighting) -> Piece | None:
    """What its user agent, its target or another field shows."""
    evidence = seen.evidence
    if evidence.source == "web-bot-auth":
        return None  # said by the signature's own piece
    told = evidence.kind != "unknown" or evidence.is_automation
    return Piece(
        "user-agent" if evidence.source == "user-agent" else "request",
        Word.CLAIMS if told else Word.CANNOT_TELL,
        WEIGHTS["user-agent"],
        evidence.source,
        evidence.because,
        operator=seen.agent.operator if seen.agent else "",
        kind=evidence.kind,
    )


def client_hints(seen: Sighting) -> Piece | None:
    """Client hints that do not fit the user agent."""
    if not seen.contradiction:
        return None
    because = seen.contradiction
    return _piece("client-hints", Word.DENIES, "sec-ch-ua", because=because)


def rate(behaviour: Behaviour) -> Piece | None:
    """How fast it asks; says something about its kind, never who it is."""
    if behaviour.rate is Rate.UNKNOWN:
        return None
    because = (
        "it asks faster than a person can"
        if behaviour.rate is Rate.MACHINE
        else "it asks no faster than a person can"
    )
    return _piece("behaviour", Word.CLAIMS, "observed", because=because)


def at_rate(facts: Facts, observed: Rate) -> Facts:
    """Facts of somebody, with how fast it was seen to ask, and the piece that says so.

    Args:
        facts: What is known otherwise.
        observed: How fast; nothing is added for `unknown`.
    """
    piece = rate(Behaviour(observed))
    if piece is None:
        return facts
    name, fact = "client.behaviour.rate", Fact(observed, Level.VERIFIED, "observed")
    return Facts({**dict(facts), name: fact}, (*facts.evidence, piece))


def remembered(behaviour: Behaviour) -> Testimony:
    """What the last half hour showed, each a claim: none of it says who that is.

    A crowd is never one address, so what it did weighs least of all.
    """
    told = (
        (behaviour.has_history, "history", HISTORY, "behaviour"),
        (behaviour.read_robots, "/robots.txt", ROBOTS, "obedience"),
        (behaviour.breaks_robots, "/robots.txt", BREAKS, "obedience"),
        (behaviour.crowd_trips, "crowd", TRIPPED, "crowd"),
        (behaviour.is_of_crowd and not behaviour.crowd_trips, "crowd", MANY, "crowd"),
    )
    pieces = tuple(
        _piece(signal, Word.CLAIMS, source, because=because)
        for holds, source, because, signal in told
        if holds
    )
    fast = rate(behaviour)
    return pieces if fast is None else (fast, *pieces)


def _piece(signal: str, word: Word, source: str, *, because: str) -> Piece:
    return Piece(signal, word, WEIGHTS[signal], source, because)
