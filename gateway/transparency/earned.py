"""What is earned is handed on, whole and at once.

Income and donations, less what providers kept, run through the waterfall at the instant
they count; what is given back comes out of the reserve. So in each currency and at each
instant these accounts cancel, and nobody can keep income out of the waterfall.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.fund.accounts import APPORTIONED, DONATION, INCOME, PAYMENT_FEE
from gateway.fund.journal import Entry

CANCELLING = frozenset({APPORTIONED, INCOME, DONATION, PAYMENT_FEE})


@dataclass(slots=True)
class Earned:
    """What does not cancel so far: by currency and instant, its first row and sum."""

    sums: dict[tuple[str, int], tuple[int, int]] = field(default_factory=dict)

    def take(self, entry: Entry, number: int) -> None:
        """Take an entry in."""
        moved = [
            each.amount_minor for each in entry.postings if each.account in CANCELLING
        ]
        if not moved:
            return
        name = entry.currency, entry.effective_us
        row, minor = self.sums.get(name, (number, 0))
        self.sums[name] = row, minor + sum(moved)

    def off(self) -> Iterator[tuple[int, str]]:
        """Rows with which it begins that earned and handed on differ, with why."""
        for (currency, _), (row, minor) in self.sums.items():
            if minor:
                kept = f"{-minor} {currency} was earned and not handed on"
                more = f"{minor} {currency} was handed on and never earned"
                yield row, kept if minor < 0 else more
