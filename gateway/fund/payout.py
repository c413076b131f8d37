"""A payout: money of the fund that went to a contributor."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Allocation:
    """What one run allocated, and to whom.

    Attributes:
        key: The run's name, such as `2026-11`; the same run is never made twice.
        source: The account it was taken from.
        amount: All that was divided.
        weights: Contributor id and weight, by id.
        shares: Contributor id and minor units, by id.
        at_us: When.
        left_out: Whose accepted unpaid work was not weighed, as they are operator,
            steward, host or erased, by id; None where that was not kept.
    """

    key: str
    source: str
    amount: Money
    weights: tuple[tuple[str, int], ...]
    shares: tuple[tuple[str, int], ...]
    at_us: int
    left_out: tuple[str, ...] | None = None

    def __post_init__(self) -> None:
        if sum(minor for _, minor in self.shares) != self.amount.minor:
            raise InvalidValue("an allocation gives away exactly what it takes")


@dataclass(frozen=True, slots=True)
class Payout:
    """Money sent to a contributor.

    Attributes:
        contributor_id: To whom.
        amount: How much, above 0.
        reference: The bank's name for it; the idempotency key.
        paid_us: When.
    """

    contributor_id: str
    amount: Money
    reference: str
    paid_us: int

    def __post_init__(self) -> None:
        if self.amount.minor <= 0 or not self.reference:
            raise InvalidValue("a payout is above 0 and has a reference")
