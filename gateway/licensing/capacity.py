"""Carrying capacity: how much automation a collection carries, whatever it gives."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from gateway.kernel.errors import InvalidValue


class CapacityPer(StrEnum):
    """Over which span a capacity counts: calendar days and months in UTC."""

    DAY = "day"
    MONTH = "month"


@dataclass(frozen=True, slots=True)
class Capacity:
    """What all metered use of a collection together may take in a span.

    Attributes:
        per: The span.
        requests: Metered requests; None for no limit.
        body_bytes: Bytes delivered; None for no limit.
        energy_mwh: Estimated energy, milliwatt-hours; None for no limit.
    """

    per: CapacityPer
    requests: int | None = None
    body_bytes: int | None = None
    energy_mwh: int | None = None

    def __post_init__(self) -> None:
        figures = (self.requests, self.body_bytes, self.energy_mwh)
        if all(each is None for each in figures):
            raise InvalidValue("a capacity is of requests, bytes or energy")
