"""What the operator may keep: a tenth of what came in and stayed, and no more.

What goes back takes its part of the fee along. What goes back while nothing is there
takes nothing, and does not count against receipts that come later.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.fund.accounts import APPORTIONED, OPERATOR_FEE
from gateway.fund.journal import Entry
from gateway.fund.waterfall import BASIS_POINTS, OPERATOR_BP_MAX
from gateway.kernel.clock import US_PER_DAY

AHEAD_US = 2 * US_PER_DAY


@dataclass(slots=True)
class OperatorFee:
    """What came in and went back, by currency.

    Attributes:
        moved: When, how much came in (below 0: went back), and by which entry.
        last: The place of the last entry that moved the fee.
    """

    moved: dict[str, list[tuple[int, int, str]]] = field(
        default_factory=lambda: defaultdict(list)
    )
    last: dict[str, int] = field(default_factory=dict)

    def take(self, entry: Entry, number: int) -> None:
        """Take an entry in."""
        for posting in entry.postings:
            if posting.account == APPORTIONED:
                told = entry.effective_us, posting.amount_minor, entry.id
                self.moved[entry.currency].append(told)
            elif posting.account == OPERATOR_FEE:
                self.last[entry.currency] = number

    def off(
        self, balances: Mapping[tuple[str, str], int], booked_us: Mapping[str, int]
    ) -> Iterator[tuple[int, str]]:
        """Where the operator keeps more, with why.

        Args:
            balances: What stands on every account.
            booked_us: Splits to when they were booked: receipts are taken in that
                order, and a currency of which one is not known is left alone. What goes
                back counts from two days before its date, no later than its booking,
                so nobody is wronged by a bank's dates.
        """
        for currency, number in self.last.items():
            moved, stays = self.moved[currency], 0
            if any(minor > 0 and name not in booked_us for _, minor, name in moved):
                continue
            for _, minor in sorted(
                (booked_us[name] if minor > 0 else at_us - AHEAD_US, minor)
                for at_us, minor, name in moved
            ):
                stays = max(0, stays + minor)
            kept = -balances[OPERATOR_FEE, currency]
            if kept * BASIS_POINTS > stays * OPERATOR_BP_MAX:
                yield (
                    number,
                    f"the operator keeps {kept} of {stays} {currency} that stayed",
                )
