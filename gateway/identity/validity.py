"""How long a proof holds: what a machine verified is verified for a while.

What a steward or an ally vouches for stays until they say otherwise. A proof lapses by
an entry in the party's history, never by the clock alone: what counted when an invoice
was made is there to be read.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.identity.party import AttributeValue
from gateway.identity.statement import Statement
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.evidence import Level

VALID_DAYS: Mapping[str, int] = MappingProxyType(
    {
        "bank-transfer": 800,
        "domain-challenge": 400,
        "orcid": 800,
        "register": 400,
        "vies": 400,
    }
)
"""By who proved it, unless the settings say otherwise; 0 for ever. Public: add only.

A year and a month for what changes with a firm, two for what a bank keeps checking.
"""
NOTICE_DAYS = 30
LASTING = frozenset({"controlled_by"})
"""What no lapse ends: alone again, whoever belongs together would begin with lower
brackets. It holds until somebody who may vouch says otherwise."""


@dataclass(frozen=True, slots=True)
class Proven:
    """Something that was verified, and until when it counts.

    Attributes:
        party_id: Of whom.
        number: Of the statement that counts.
        attribute: What.
        value: Its value.
        source: Who proved it: a word of `VALID_DAYS`.
        stated_us: Since when.
        ends_us: Until when.
    """

    party_id: str
    number: int
    attribute: str
    value: AttributeValue
    source: str
    stated_us: int
    ends_us: int


def proven(
    statements: Iterable[Statement], valid_days: Mapping[str, int]
) -> tuple[Proven, ...]:
    """What of a party counts as verified for a while, by attribute.

    Args:
        statements: Everything said about one party, in any order.
        valid_days: By source; 0, or a source that is not there, for ever.
    """
    newest: dict[str, Statement] = {}
    for one in sorted(statements, key=lambda each: each.number):
        newest[one.attribute] = one
    return tuple(
        Proven(
            one.party_id,
            one.number,
            one.attribute,
            one.value,
            one.source,
            one.stated_us,
            one.stated_us + days * US_PER_DAY,
        )
        for _, one in sorted(newest.items())
        if one.level is Level.VERIFIED and not one.is_erased
        if one.attribute not in LASTING
        if (days := valid_days.get(one.source, 0))
    )
