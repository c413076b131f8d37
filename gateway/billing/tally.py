"""Where usage is added up before it is priced: quantity first, price later.

Every usage event ends up in exactly one place: counted, excluded with a reason, or
not ratable yet (somebody it names is unknown), which the audit shows.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.identity.over_time import OverTime, over_time
from gateway.identity.party import Party
from gateway.identity.statement import Statement
from gateway.kernel.evidence import Level
from gateway.kernel.period import Period
from gateway.licensing.agreement import Agreement
from gateway.licensing.tariff import Tariff

ENTITY = "entity"


class Excluded(StrEnum):
    """Why an event is billed nothing. Public: add, never rename."""

    TEST = "test"
    PRICED_AT_ZERO = "priced-at-zero"
    REPEAT = "repeat"
    NOT_BILLABLE = "not-billable"
    STANDING = "paid-with-standing"


class Unratable(StrEnum):
    """Why an event cannot be rated yet. Public: add, never rename."""

    AGREEMENT_UNKNOWN = "agreement-unknown"
    PARTY_UNKNOWN = "party-unknown"
    TARIFF_UNKNOWN = "tariff-unknown"


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """Quantities that are priced under the same conditions.

    The order of segments is the order in which they take their place in the
    brackets: older versions first, then the proven, then the lower floors.

    Attributes:
        version: The tariff's pinned version.
        is_unproven: Nobody verified the entity: the last bracket's price throughout.
        floor_bracket: No unit is priced by a lower bracket.
    """

    version: int
    is_unproven: bool
    floor_bracket: int


@dataclass(frozen=True, slots=True, order=True)
class Ladder:
    """What climbs one set of brackets: an owner, a tariff, and a span.

    Attributes:
        owner_id: The beneficial owner.
        tariff: The tariff's id.
        span: The calendar year or month, UTC.
    """

    owner_id: str
    tariff: str
    span: Period


@dataclass(frozen=True, slots=True, order=True)
class Share:
    """Whose usage it was, and of what.

    Attributes:
        agreement_id: Under which agreement.
        party_id: Which party of the owner.
        collection: Of which collection.
        month: In which calendar month, UTC.
    """

    agreement_id: str
    party_id: str
    collection: str
    month: Period


@dataclass(frozen=True, slots=True)
class Context:
    """Everything that usage names, looked up."""

    agreement: Agreement
    party: Party
    tariff: Tariff


Cell = tuple[Ladder, Segment, Share]


def is_proven(party: Party) -> bool:
    """Did anybody verify what the party is? Until then there is no credit."""
    return party.level_of(ENTITY) >= Level.VERIFIED


def proven_over_time(party: Party, statements: Iterable[Statement]) -> OverTime:
    """When somebody had verified what the party is.

    Args:
        party: Which.
        statements: Everything ever said about it.
    """
    return over_time(
        party, statements, ENTITY, holds=lambda known: known.level >= Level.VERIFIED
    )


def span_of(tariff: Tariff, occurred_us: int) -> Period:
    """The span over which the position in the brackets accumulates."""
    return tariff.brackets_over.span_of(occurred_us)
