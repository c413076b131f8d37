"""An offset: value granted for an accepted contribution, to settle in kind."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import HUNDREDTHS_PER_HOUR
from gateway.reciprocity.review import vested_us
from gateway.reciprocity.standing import WINDOW_US, Judged


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


def granted(judged: Judged, *, hour: Money, at_us: int) -> Offset:
    """The offset that a vested claim gives: its hours at the published value.

    It may be used for the 12 months after the claim vested.

    Args:
        judged: The claim with its reviews.
        hour: What an accepted hour settles.
        at_us: At which instant.

    Raises:
        Conflict: the claim is not vested, or vested too long ago.
        InvalidValue: it is worth less than one minor unit.
    """
    when = vested_us(judged.claim, judged.reviews)
    if when is None or when > at_us:
        detail = f"claim {judged.claim.id} is not vested; a maintainer may accept it"
        raise Conflict(detail)
    worth = judged.claim.weight_hundredths * hour.minor // HUNDREDTHS_PER_HOUR
    offset = Offset(
        claim_id=judged.claim.id,
        party_id=judged.claim.party_id,
        amount=Money(worth, hour.currency),
        until_us=when + WINDOW_US,
    )
    if not offset.is_usable(at_us=at_us):
        detail = f"claim {judged.claim.id} vested more than 12 months ago"
        raise Conflict(detail)
    return offset
