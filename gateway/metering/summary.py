"""A usage report: usage events added up, by whatever a reader wants to see."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from gateway.kernel.errors import InvalidValue
from gateway.metering.usage_event import UsageEvent

DIMENSIONS = (
    "agreement_id",
    "party_id",
    "key_id",
    "collection",
    "tariff",
    "use",
    "status",
    "ending",
    "node",
)


@dataclass(frozen=True, slots=True)
class UsageSum:
    """What usage events of one group come to.

    Attributes:
        group: Dimension to value.
        events: How many.
        body_bytes: Body bytes delivered, billable or not.
        billable_requests: Requests that count for the tariff.
        billable_bytes: Bytes that count for the tariff.
        repeat_bytes: Of these, bytes of repeats, priced at zero.
    """

    group: Mapping[str, str | int]
    events: int = 0
    body_bytes: int = 0
    billable_requests: int = 0
    billable_bytes: int = 0
    repeat_bytes: int = 0

    def plus(self, event: UsageEvent) -> UsageSum:
        """The sum with one event more."""
        return UsageSum(
            group=self.group,
            events=self.events + 1,
            body_bytes=self.body_bytes + event.body_bytes,
            billable_requests=self.billable_requests + event.billable_requests,
            billable_bytes=self.billable_bytes + event.billable_bytes,
            repeat_bytes=self.repeat_bytes
            + (event.billable_bytes if event.is_repeat else 0),
        )


def checked_dimensions(by: Sequence[str]) -> tuple[str, ...]:
    """The dimensions of a report.

    Raises:
        InvalidValue: one of them does not exist.
    """
    for name in by:
        if name not in DIMENSIONS:
            known = ", ".join(DIMENSIONS)
            detail = f"usage cannot be reported by {name!r}; known: {known}"
            raise InvalidValue(detail)
    return tuple(by)


def summary(events: Iterable[UsageEvent], by: Sequence[str]) -> tuple[UsageSum, ...]:
    """Add usage events up, in constant memory per group.

    Returns:
        One sum per group, ordered by the group's values.

    Raises:
        InvalidValue: an unknown dimension.
    """
    names = checked_dimensions(by)
    sums: dict[tuple[str | int, ...], UsageSum] = {}
    for event in events:
        values = tuple(getattr(event, name) for name in names)
        empty = UsageSum(MappingProxyType(dict(zip(names, values, strict=True))))
        sums[values] = sums.get(values, empty).plus(event)
    return tuple(sums[values] for values in sorted(sums, key=_ordered))


def _ordered(values: tuple[str | int, ...]) -> tuple[str, ...]:
    return tuple(f"{value:>20}" for value in values)
