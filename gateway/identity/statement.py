"""What was said about a party, by whom, and what counts now.

Statements are never changed or removed: the newest one about an attribute
counts. Who says it sets how well it is known. Better evidence replaces weaker;
weaker evidence can repeat what is known but not unsay it. Only somebody who may
vouch, a steward or an alliance member, can lower what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from gateway.identity.party import Attribute, AttributeValue
from gateway.identity.vocabulary import checked_value
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.evidence import Level

EXPIRED = "expired"
"""Nobody proved it again in time: it counts as claimed."""
SOURCES: Mapping[str, Level] = MappingProxyType(
    {
        "self-declared": Level.CLAIMED,
        "bank-transfer": Level.VERIFIED,
        "domain-challenge": Level.VERIFIED,
        "orcid": Level.VERIFIED,
        "register": Level.VERIFIED,
        "vies": Level.VERIFIED,
        "alliance": Level.VOUCHED,
        "steward": Level.VOUCHED,
        EXPIRED: Level.CLAIMED,
    }
)
"""Who can say something, and how well it is known then. Public: add only."""


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing said about a party, once.

    Attributes:
        party_id: About whom.
        number: Counts the statements about the party, from 1.
        attribute: The attribute's name.
        value: Its value; a commitment (`sha256:…`) once it is erased.
        level: How well it is known; unknown withdraws the attribute.
        source: A word of `SOURCES`.
        by: Who entered it, for the record: a name, a register number, or empty.
        stated_us: Microseconds UTC.
        salt: What the commitment to it is salted with; empty once erased.
        is_erased: The value is a commitment.
    """

    party_id: str
    number: int
    attribute: str
    value: AttributeValue
    level: Level
    source: str
    by: str
    stated_us: int
    salt: str = field(default="", repr=False)
    is_erased: bool = False


def said(
    attribute: str, value: AttributeValue, *, source: str, level: Level | None = None
) -> Attribute:
    """The attribute that a source can state.

    Args:
        attribute: A name from the vocabulary.
        value: Its value, as text or typed.
        source: A word of `SOURCES`.
        level: At most what the source can give; left out, exactly that.

    Raises:
        InvalidValue: attribute, value or source are unknown, or the level is
            above what the source can give.
    """
    if source not in SOURCES:
        detail = f"unknown source {source!r}; known: {', '.join(SOURCES)}"
        raise InvalidValue(detail)
    most = SOURCES[source]
    given = most if level is None else level
    if given > most:
        detail = f"{source} makes something {most.word} at most, not {given.word}"
        raise InvalidValue(detail)
    return Attribute(checked_value(attribute, value), given, source)


def changes(name: str, now: Attribute | None, new: Attribute) -> bool:
    """Does a new statement change what counts?

    Args:
        name: The attribute's name, for the message.
        now: What counts at present, if anything.
        new: What is said.

    Returns:
        False where weaker evidence repeats what is known better already.

    Raises:
        Conflict: weaker evidence contradicts what is known better.
    """
    if now is None:
        return new.level > Level.UNKNOWN
    has_lapsed = (
        new.source == EXPIRED and now.level is Level.VERIFIED and new.value == now.value
    )
    may_lower = has_lapsed or SOURCES[new.source] is Level.VOUCHED
    if new.level >= now.level or may_lower:
        return new != now
    if new.value == now.value:
        return False
    detail = (
        f"{name} is {now.level.word} as {now.value!r} ({now.source}) and cannot be "
        f"replaced by {new.source}; ask the steward to correct it"
    )
    raise Conflict(detail)


def current(statements: Iterable[Statement]) -> Mapping[str, Attribute]:
    """What counts now, by attribute: the newest statement unless it withdraws."""
    newest: dict[str, Statement] = {}
    for statement in sorted(statements, key=lambda one: one.number):
        newest[statement.attribute] = statement
    return MappingProxyType(
        {
            name: Attribute(one.value, one.level, one.source)
            for name, one in sorted(newest.items())
            if one.level > Level.UNKNOWN and not one.is_erased
        }
    )
