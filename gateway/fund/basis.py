"""On what a run through the waterfall rested: enough to do it again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from gateway.fund.accounts import ENDOWMENT
from gateway.fund.payer_rule import PayerBasis
from gateway.fund.waterfall import Shares, apportion


@dataclass(frozen=True, slots=True)
class Booking:
    """When a split was booked: work is weighed by what was known then.

    Attributes:
        booked_us: The instant of booking, which may be after that of the receipt.
        unnumbered: Splits of the same currency from before receipts had numbers.
    """

    booked_us: int
    unnumbered: int


@dataclass(frozen=True, slots=True)
class Basis:
    """What a payment's split was computed from.

    Attributes:
        entry_id: The entry that booked it.
        net_minor: Net receipts, 0 or more.
        shares: The settings of that day.
        unpaid_bp: The measured unpaid share of accepted weight, basis points.
        reserve_room_minor: How much the reserve still took; None for no limit.
        payer: What was known of who paid; None from before that was kept.
        booking: When it was booked; None from before that was kept.
    """

    entry_id: str
    net_minor: int
    shares: Shares
    unpaid_bp: int
    reserve_room_minor: int | None
    payer: PayerBasis | None = None
    booking: Booking | None = None

    def pots(self) -> Mapping[str, int]:
        """Account to minor units, as `apportion` has it."""
        return apportion(
            self.net_minor,
            self.shares,
            measured_unpaid_bp=self.unpaid_bp,
            reserve_room_minor=self.reserve_room_minor,
            endowment_minor=self._excess_minor(),
        )

    @property
    def endowed_minor(self) -> int:
        """What of it was set apart."""
        return self.pots().get(ENDOWMENT, 0)

    def _excess_minor(self) -> int:
        return self.payer.endowment_minor(self.net_minor) if self.payer else 0
