"""An offset: value granted for an accepted contribution, to settle in kind."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Offset:
    """What may be settled in kind instead of in money.

    Attributes:
        claim_id: The vested claim it rests on.
        party_id: Whose obligations it may settle.
        amount: How much, above 0.
        until_us: Until when it may be used, exclusive.
    """

    claim_id: str
    party_id: str
    amount: Money
    until_us: int

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise InvalidValue("an offset is worth more than nothing")

    def is_usable(self, *, at_us: int) -> bool:
        """May it still be used at an instant?"""
        return at_us < self.until_us
