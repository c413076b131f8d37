"""One client in one line: the record that `copyfair classify` prints.

Nobody is asked, nothing is looked up and no policy decides: `class` is the simple
default of the kind for somebody without a credential. Browsers and feed readers
are `person`, search crawlers `search`, whatever else says it is a program
`automation`, and the rest `unknown`. It is never `commercial`, which needs verified
evidence, nor `commoner` or `statutory`, which need a party.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from gateway.classification.client import Sighting, sighting
from gateway.classification.known_agents import KnownAgents
from gateway.kernel.errors import InvalidValue
from gateway.kernel.evidence import Level
from gateway.kernel.request import Headers, Request

PEOPLE = frozenset({"person", "browser", "feed-reader"})


def described(line: Mapping[str, object], agents: KnownAgents) -> dict[str, str]:
    """Describe the client of one line of input.

    Args:
        line: `ua` (text), `headers` (names to text, or to lists of text) and `ip`,
            each of which may be missing; other keys are ignored.
        agents: The catalogue of known clients.

    Returns:
        `kind`, `operator`, `level`, `class` and `because`, all text; an operator
        nobody names is `unknown`.

    Raises:
        InvalidValue: `ua` is no text, or `headers` is no mapping.
    """
    seen = sighting(_asked(line), agents)
    kind = seen.evidence.kind
    level = Level.UNKNOWN if kind == "unknown" else Level.CLAIMED
    return {
        "kind": kind,
        "operator": (seen.agent.operator if seen.agent else "") or "unknown",
        "level": level.word,
        "class": default_class(seen),
        "because": seen.because,
    }


def default_class(seen: Sighting) -> str:
    """The class of a client without a credential, before any policy."""
    kind = seen.evidence.kind
    if kind in PEOPLE:
        return "person"
    if kind == "search-crawler":
        return "search"
    if kind == "unknown" and not seen.evidence.is_automation:
        return "unknown"
    return "automation"


def _asked(line: Mapping[str, object]) -> Request:
    user_agent = line.get("ua") or ""
    if not isinstance(user_agent, str):
        raise InvalidValue('"ua" is not a text; write the User-Agent field as text')
    pairs = list(_pairs(line.get("headers") or {}))
    if user_agent:
        pairs.insert(0, ("User-Agent", user_agent))
    return Request(
        id="",
        method="GET",
        scheme="https",
        host="",
        authority="",
        target="/",
        path="/",
        headers=Headers(pairs),
    )


def _pairs(headers: object) -> Iterator[tuple[str, str]]:
    if not isinstance(headers, Mapping):
        raise InvalidValue('"headers" is not an object; write {"Name": "value"}')
    for name, value in headers.items():
        values = value if isinstance(value, list) else [value]
        for one in values:
            yield str(name), str(one)
