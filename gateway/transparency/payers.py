"""Who paid how much, derived again from the rows of the waterfall.

Receipts are taken in the order of their numbers, which is the order of booking: a
receipt that is dated back knows what was booked before it, as it did then.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.fund.basis import Basis
from gateway.fund.payer_rule import PayerBasis, Receipt, months_before, payer_basis
from gateway.kernel.errors import InvalidValue


@dataclass(frozen=True, slots=True)
class Told:
    """What a row says of a receipt, and where it stands."""

    row: int
    basis: Basis
    payer: PayerBasis


@dataclass(slots=True)
class Payers:
    """Receipts by currency and number."""

    told: dict[str, dict[int, Told]] = field(default_factory=lambda: defaultdict(dict))

    def take(self, row: int, currency: str, basis: Basis) -> None:
        """Keep what a row says of its payer.

        Raises:
            InvalidValue: another receipt has its number.
        """
        payer = basis.payer
        if payer is None:
            return
        if payer.number in self.told[currency]:
            detail = f"receipt {payer.number} in {currency} stands there twice"
            raise InvalidValue(detail)
        self.told[currency][payer.number] = Told(row, basis, payer)

    def off(self) -> Iterator[tuple[int, str]]:
        """Rows whose figures are not those of the receipts before them, with why."""
        for currency, by_number in sorted(self.told.items()):
            yield from _off(currency, by_number)


def _off(currency: str, by_number: dict[int, Told]) -> Iterator[tuple[int, str]]:
    sums: dict[int, dict[str, list[int]]] = defaultdict(dict)
    for place, number in enumerate(sorted(by_number), start=1):
        one = by_number[number]
        if number != place:
            yield one.row, f"receipt {place} in {currency} is missing before it"
            return
        right = payer_basis(
            one.payer.owner,
            net_minor=one.basis.net_minor,
            month=one.payer.month,
            number=number,
            booked=_booked(sums, one.payer.month),
        )
        for name in ("paid_minor", "income_minor", "payers", "endowed_minor"):
            said, is_right = getattr(one.payer, name), getattr(right, name)
            if said != is_right:
                yield one.row, f"{name} is {said}, it should be {is_right}"
        total = sums[one.payer.month].setdefault(one.payer.owner, [0, 0])
        total[0] += one.basis.net_minor
        total[1] += one.basis.endowed_minor


def _booked(sums: dict[int, dict[str, list[int]]], month: int) -> Iterator[Receipt]:
    for each in months_before(month):
        for owner, (net_minor, endowed_minor) in sums.get(each, {}).items():
            yield Receipt(owner, each, net_minor, endowed_minor)
