"""Which usage counts, and how much of it: quantity first, price later.

Every usage event ends up in exactly one place: counted, excluded with a reason, or
not ratable yet (somebody it names is unknown), which the audit shows. Counting is
adding whole numbers, so the order of events never matters.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum

from gateway.billing.canonical import canonical_json
from gateway.identity.party import Party
from gateway.kernel.evidence import Level
from gateway.kernel.period import Period, month_of, year_of
from gateway.licensing.agreement import Agreement, Settling
from gateway.licensing.tariff import BracketsOver, Metered, Tariff
from gateway.metering.usage_event import UsageEvent


class Excluded(StrEnum):
    """Why an event is billed nothing. Public: add, never rename."""

    TEST = "test"
    PRICED_AT_ZERO = "priced-at-zero"
    REPEAT = "repeat"
    NOT_BILLABLE = "not-billable"


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
        is_unproven: Nobody verified the entity: no free bracket.
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
    """Everything an event names, looked up."""

    agreement: Agreement
    party: Party
    tariff: Tariff


Cell = tuple[Ladder, Segment, Share]


@dataclass(slots=True)
class Tally:
    """Quantities by cell, and the events that count for nothing, by reason."""

    units: Counter[Cell] = field(default_factory=Counter)
    excluded: Counter[Excluded] = field(default_factory=Counter)
    rated: int = 0

    def add(self, event: UsageEvent, context: Context) -> tuple[int, Excluded | None]:
        """Count an event.

        Returns:
            The units that count, and why none do.
        """
        reason = exclusion(event, context.agreement)
        units = units_of(event, context.tariff.metered)
        if reason is None and not units:
            reason = Excluded.NOT_BILLABLE
        if reason is not None:
            self.excluded[reason] += 1
            return 0, reason
        self.rated += 1
        self.units[cell_of(event, context)] += units
        return units, None


def exclusion(event: UsageEvent, agreement: Agreement) -> Excluded | None:
    """Why an event is billed nothing, whatever its size; None when it counts."""
    if event.is_test or agreement.settling is Settling.TEST:
        return Excluded.TEST
    if event.is_repeat:
        return Excluded.REPEAT
    if event.priced_at_zero:
        return Excluded.PRICED_AT_ZERO
    return None


def units_of(event: UsageEvent, metered: Metered) -> int:
    """How many units of the metered thing an event stands for."""
    if metered is Metered.BYTES:
        return event.billable_bytes
    return event.billable_requests


def span_of(tariff: Tariff, occurred_us: int) -> Period:
    """The span over which the position in the brackets accumulates."""
    if tariff.brackets_over is BracketsOver.YEAR:
        return year_of(occurred_us)
    return month_of(occurred_us)


def is_proven(party: Party) -> bool:
    """Did anybody verify what the party is? Until then there is no credit."""
    return party.level_of("entity") >= Level.VERIFIED


def cell_of(event: UsageEvent, context: Context) -> Cell:
    """Where an event's quantity is added."""
    span = span_of(context.tariff, event.occurred_us)
    return (
        Ladder(context.party.beneficial_owner_id, event.tariff, span),
        Segment(
            event.tariff_version, not is_proven(context.party), event.floor_bracket
        ),
        Share(
            event.agreement_id,
            event.party_id,
            event.collection,
            month_of(event.occurred_us),
        ),
    )


def fingerprint(event: UsageEvent) -> str:
    """What a batch's digest says of an event: everything that prices it."""
    return canonical_json(
        (
            event.id,
            event.agreement_id,
            event.party_id,
            event.collection,
            (event.tariff, event.tariff_version, event.floor_bracket),
            (event.status, event.ending),
            (event.body_bytes, event.billable_bytes, event.billable_requests),
            (event.is_repeat, event.priced_at_zero, event.is_test),
            event.occurred_us,
            *(["statement"] if event.is_statement else ()),
        )
    )
