"""Who paid how much, derived again from the rows of the waterfall.

Receipts are taken in the order of their numbers, which is the order of booking: a
receipt that is dated back knows what was booked before it, as it did then, less what
had gone back by then (`went_back`).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.fund.basis import Basis
from gateway.fund.given_back import parts_of
from gateway.fund.payer_rule import PayerBasis, Receipt, months_before, payer_basis
from gateway.kernel.errors import InvalidValue
from gateway.transparency.went_back import Back, WentBack


@dataclass(frozen=True, slots=True)
class Told:
    """What a row says of a receipt, and where it stands."""

    row: int
    basis: Basis
    payer: PayerBasis


@dataclass(slots=True)
class Payers:
    """Receipts by currency and number, and what of them went back."""

    told: dict[str, dict[int, Told]] = field(default_factory=lambda: defaultdict(dict))
    back: WentBack = field(default_factory=WentBack)

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
            yield from _off(currency, by_number, self.back.of(currency))
        yield from self.back.off(
            {currency: len(by_number) for currency, by_number in self.told.items()}
        )


@dataclass(slots=True)
class Stays:
    """What owners paid and did not get back: month to owner to net and set apart."""

    sums: dict[int, dict[str, list[int]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def add(self, one: Receipt, *, sign: int = 1) -> None:
        """Count a receipt; below 0 for what went back of one."""
        total = self.sums[one.month].setdefault(one.owner, [0, 0])
        total[0] += sign * one.net_minor
        total[1] += sign * one.endowed_minor

    def within(self, months: Iterable[int]) -> Iterator[Receipt]:
        """What stays of everybody's receipts of some months."""
        for month in months:
            for owner, (net_minor, endowed_minor) in self.sums.get(month, {}).items():
                if net_minor > 0:
                    yield Receipt(owner, month, net_minor, endowed_minor)

    def take_off(self, back: Back) -> None:
        """Take off what went back."""
        stays = [
            Receipt(back.payer, month, *owners[back.payer])
            for month, owners in self.sums.items()
            if back.payer in owners
        ]
        for part in parts_of(back.payer, back.net_minor, stays):
            self.add(part, sign=-1)


def _off(
    currency: str, by_number: dict[int, Told], backs: Iterable[Back]
) -> Iterator[tuple[int, str]]:
    stays, waiting = Stays(), list(reversed([*backs]))
    for place, number in enumerate(sorted(by_number), start=1):
        one = by_number[number]
        if number != place:
            yield one.row, f"receipt {place} in {currency} is missing before it"
            return
        while waiting and waiting[-1].after < number:
            stays.take_off(waiting.pop())
        right = payer_basis(
            one.payer.owner,
            net_minor=one.basis.net_minor,
            month=one.payer.month,
            number=number,
            booked=stays.within(months_before(one.payer.month)),
        )
        for name in ("paid_minor", "income_minor", "payers", "endowed_minor"):
            said, is_right = getattr(one.payer, name), getattr(right, name)
            if said != is_right:
                yield one.row, f"{name} is {said}, it should be {is_right}"
        figures = one.basis.net_minor, one.basis.endowed_minor
        stays.add(Receipt(one.payer.owner, one.payer.month, *figures))
