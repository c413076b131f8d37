"""What was said about a party that a test simply knows."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.identity.party import Attribute, Party
from gateway.identity.statement import Statement
from gateway.kernel.evidence import Level

WITHDRAWN = Attribute("", Level.UNKNOWN, "steward")


def said_of(stated: Iterable[tuple[int, Party]]) -> tuple[Statement, ...]:
    """Statements by which a party stood like this, from each instant on."""
    stated = tuple(stated)
    names = sorted({name for _, party in stated for name in party.attributes})
    found: list[Statement] = []
    for at_us, party in stated:
        for name in names:
            one = party.attributes.get(name, WITHDRAWN)
            kept = (name, one.value, one.level, one.source, "", at_us)
            found.append(Statement(party.id, len(found) + 1, *kept))
    return tuple(found)
