"""A quantity: how much passed, in whole requests and whole body bytes."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.errors import InvalidValue
from gateway.licensing.tariff import Metered


@dataclass(frozen=True, slots=True)
class Quantity:
    """Requests and response body bytes, never negative."""

    requests: int = 0
    body_bytes: int = 0

    def __post_init__(self) -> None:
        if self.requests < 0 or self.body_bytes < 0:
            raise InvalidValue("quantities are never negative")

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(
            self.requests + other.requests, self.body_bytes + other.body_bytes
        )

    def __sub__(self, other: Quantity) -> Quantity:
        return Quantity(
            self.requests - other.requests, self.body_bytes - other.body_bytes
        )

    def units(self, metered: Metered) -> int:
        """As whole units of what a tariff counts; a record is one request."""
        return self.body_bytes if metered is Metered.BYTES else self.requests


NOTHING = Quantity()
