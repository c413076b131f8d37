"""No payer may dominate: what one owner pays above 30 % of income is set apart.

The excess goes to the endowment, which the waterfall fills before the labour reserve
and which nothing spends but a decision of the members. Nothing is blocked and nothing
is sent back: at least 30 % of every payment runs on as ever.

Judged by beneficial owner and currency, over the month of a receipt and the eleven
before it, as far as they were booked and not given back (`given_back`). Asleep below
five paying owners: of one payer everything is a hundred per cent, and somebody always
pays first.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import MONTHS_PER_YEAR

BASIS_POINTS = 10_000
PAYER_BP_MAX = 3_000  # 30 %: as the operator's limit, in code and no setting
PAYERS_MIN = 5  # below that, somebody is always above it


@dataclass(frozen=True, slots=True)
class Receipt:
    """Net receipts of one owner in one month, and what of them was set apart.

    Attributes:
        owner: Beneficial owner, or what stands for it.
        month: Counted from year 0, see `kernel.period.month_number`.
        net_minor: Net receipts.
        endowed_minor: Of these, in the endowment.
    """

    owner: str
    month: int
    net_minor: int
    endowed_minor: int


@dataclass(frozen=True, slots=True)
class PayerBasis:
    """What was known of a payer when a receipt was split.

    Attributes:
        owner: Beneficial owner, or what stands for it.
        number: Which receipt of this currency it is, from 1, in the order of booking.
        month: The receipt's, see `Receipt`.
        paid_minor: Net receipts of the owner in the twelve months, this one with it.
        income_minor: Net receipts of everybody there, this one with it.
        payers: How many owners paid there, this one with them.
        endowed_minor: What of the owner's receipts there was set apart already.
        limit_bp: The share above which the excess begins, basis points.
    """

    owner: str
    number: int
    month: int
    paid_minor: int
    income_minor: int
    payers: int
    endowed_minor: int
    limit_bp: int = PAYER_BP_MAX

    def __post_init__(self) -> None:
        if not 0 <= self.limit_bp <= PAYER_BP_MAX:
            raise InvalidValue("a payer is above the limit from 30 % of income on")

    def endowment_minor(self, net_minor: int) -> int:
        """What of a receipt is set apart, minor units.

        Never more than 70 % of it: what was paid while the rule slept is made up for
        little by little, and the rest of the waterfall never runs dry.
        """
        if self.payers < PAYERS_MIN:
            return 0
        spread = self.income_minor * self.limit_bp // BASIS_POINTS
        missing = self.paid_minor - spread - self.endowed_minor
        return min(
            max(0, missing),
            net_minor * (BASIS_POINTS - self.limit_bp) // BASIS_POINTS,
        )


def months_before(month: int) -> range:
    """The twelve months that count for a receipt: its own is the last."""
    return range(month - MONTHS_PER_YEAR + 1, month + 1)


def payer_basis(
    owner: str,
    *,
    net_minor: int,
    month: int,
    number: int,
    booked: Iterable[Receipt],
) -> PayerBasis:
    """What is known of a payer at a receipt.

    Args:
        owner: Who pays, looked through to the beneficial owner.
        net_minor: The receipt, 0 or more.
        month: Its month.
        number: Which of its currency.
        booked: Earlier receipts of the same currency, of which something stays; other
            months are left out.
    """
    first = months_before(month)[0]
    paid: dict[str, int] = {owner: net_minor}
    endowed_minor = 0
    for each in booked:
        if first <= each.month <= month:
            paid[each.owner] = paid.get(each.owner, 0) + each.net_minor
            if each.owner == owner:
                endowed_minor += each.endowed_minor
    return PayerBasis(
        owner=owner,
        number=number,
        month=month,
        paid_minor=paid[owner],
        income_minor=sum(paid.values()),
        payers=len(paid),
        endowed_minor=endowed_minor,
    )
