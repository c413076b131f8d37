"""The waterfall: how each payment runs through the fund.

Of the net receipts (without VAT and payment fees) the operator's fee and the reserve
come first; then what its payer gave above a share of income (`payer_rule`), to the
endowment; of what remains, the labour reserve and solidarity; the rest is for rounds.
Whole minor units, none lost and none made. The two first are rounded down: a
remainder never goes to the operator.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.billing.division import divide
from gateway.fund.accounts import (
    ENDOWMENT,
    LABOUR_RESERVE,
    OPERATOR_FEE,
    RESERVE,
    ROUNDS,
    SOLIDARITY,
)
from gateway.kernel.errors import InvalidValue

WATERFALL = "waterfall"
"""What the entry of a split is called."""
BASIS_POINTS = 10_000
OPERATOR_BP_MAX = 1_000  # 10 %: law 9 of the product, not a setting


@dataclass(frozen=True, slots=True)
class Shares:
    """The waterfall's settings, in basis points (25 % is 2_500).

    Attributes:
        operator_bp: Of net receipts, at most 1_000.
        reserve_bp: Of net receipts.
        labour_bp: Of what remains; more when more work goes unpaid.
        solidarity_bp: Of what remains.
    """

    operator_bp: int = OPERATOR_BP_MAX
    reserve_bp: int = 1_000
    labour_bp: int = 2_500
    solidarity_bp: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.operator_bp <= OPERATOR_BP_MAX:
            raise InvalidValue("the operator's fee is at most 10 % (1000 basis points)")
        for name in ("reserve_bp", "labour_bp", "solidarity_bp"):
            if not 0 <= getattr(self, name) <= BASIS_POINTS:
                detail = f"{name} is a share of 0 to {BASIS_POINTS} basis points"
                raise InvalidValue(detail)
        if self.operator_bp + self.reserve_bp > BASIS_POINTS:
            raise InvalidValue("operator and reserve together are at most the whole")
        if self.labour_bp + self.solidarity_bp > BASIS_POINTS:
            raise InvalidValue("labour and solidarity together are at most the whole")


def unpaid_bp(unpaid_hundredths: int, accepted_hundredths: int) -> int:
    """The unpaid share of accepted weight, basis points, rounded up.

    Args:
        unpaid_hundredths: Accepted weight of 12 months that nobody paid for.
        accepted_hundredths: All accepted weight of these 12 months.
    """
    if not accepted_hundredths:
        return 0
    return -(-unpaid_hundredths * BASIS_POINTS // accepted_hundredths)


def apportion(
    net_minor: int,
    shares: Shares,
    *,
    measured_unpaid_bp: int = 0,
    reserve_room_minor: int | None = None,
    endowment_minor: int = 0,
) -> Mapping[str, int]:
    """Divide net receipts among the pots.

    Args:
        net_minor: Net receipts, 0 or more.
        shares: The settings.
        measured_unpaid_bp: See `unpaid_bp`; raises the labour share, and what no
            longer fits is taken from solidarity.
        reserve_room_minor: How much the reserve still takes; None for no limit.
        endowment_minor: How much is set apart, as far as operator and reserve leave it.

    Returns:
        Account to minor units, 0 or more each; together *net_minor* exactly. The
        endowment is named where something is set apart.

    Raises:
        InvalidValue: *net_minor* is negative.
    """
    if net_minor < 0:
        raise InvalidValue("only receipts of 0 or more run through the waterfall")
    operator = net_minor * shares.operator_bp // BASIS_POINTS
    reserve = net_minor * shares.reserve_bp // BASIS_POINTS
    if reserve_room_minor is not None:
        reserve = min(reserve, max(0, reserve_room_minor))
    endowment = min(max(0, endowment_minor), net_minor - operator - reserve)
    labour_bp = min(BASIS_POINTS, max(shares.labour_bp, measured_unpaid_bp))
    solidarity_bp = min(shares.solidarity_bp, BASIS_POINTS - labour_bp)
    rest = divide(
        net_minor - operator - reserve - endowment,
        {
            LABOUR_RESERVE: labour_bp,
            SOLIDARITY: solidarity_bp,
            ROUNDS: BASIS_POINTS - labour_bp - solidarity_bp,
        },
    )
    first = {OPERATOR_FEE: operator, RESERVE: reserve}
    return {**first, **({ENDOWMENT: endowment} if endowment else {}), **rest}


def fee_given_back(net_minor: int, *, fee_minor: int, receipts_minor: int) -> int:
    """What the operator gives back of its fee when income is given back.

    The same part of the fee as of the receipts, rounded up: so the fee is never above
    its share of what stays, and nothing of income that went back whole.

    Args:
        net_minor: The income that is given back, 0 or more.
        fee_minor: What stands of the fee.
        receipts_minor: The net receipts it was taken from, as far as they stay.

    Returns:
        0 to *net_minor*, and to *fee_minor*.
    """
    fee = max(0, fee_minor)
    if net_minor >= receipts_minor:
        return min(net_minor, fee)
    return min(net_minor, -(-fee * net_minor // receipts_minor))


@dataclass(frozen=True, slots=True)
class FundTerms:
    """How this commons' fund works, as settings say.

    Attributes:
        shares: The waterfall.
        reserve_target_minor: Where the reserve is full, minor units; None never.
        barred: Ids or names of parties the labour reserve never pays: operator,
            steward, host; with them, whoever has the same beneficial owner. Rounds
            do not pay them either.
        round_from_minor: Currency to the pool below which nobody opens a round: once a
            year it is split equally.
        is_solidarity_in_rounds: Solidarity adds to the pool of rounds.
        payout_from_minor: What is less is owed until more has come together.
    """

    shares: Shares = field(default_factory=Shares)
    reserve_target_minor: int | None = None
    barred: frozenset[str] = frozenset()
    round_from_minor: Mapping[str, int] = field(default_factory=dict)
    is_solidarity_in_rounds: bool = False
    payout_from_minor: int = 0
