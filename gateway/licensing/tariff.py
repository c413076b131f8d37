"""A tariff: a progressive marginal price list, immutable once published.

Brackets are marginal: each unit is priced by the bracket it falls in, so there
is no cliff, and the price never falls: larger never makes it cheaper. Quantities
are whole numbers of the metered thing (bytes, records or requests); prices are
whole micros per `per_units` of them.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction

from gateway.kernel.errors import InvalidValue
from gateway.licensing.brackets_over import BracketsOver
from gateway.licensing.royalties import Royalties

TOP_BRACKET = 999
"""As a floor: whichever bracket is the last; tariffs have at most 100."""


class Metered(StrEnum):
    """What a tariff counts."""

    BYTES = "bytes"
    REQUESTS = "requests"
    RECORDS = "records"


@dataclass(frozen=True, slots=True)
class Bracket:
    """A stretch of quantity with one price.

    Attributes:
        up_to: Where it ends, exclusive, in units; None for the last one.
        price_micros: Per `Tariff.per_units` units.
    """

    up_to: int | None
    price_micros: int


@dataclass(frozen=True, slots=True)
class Slice:
    """The part of a quantity that fell into one bracket.

    Attributes:
        bracket: Its number, from 0.
        units: How much of the quantity.
        price_micros: The bracket's price per `per_units`.
        charge_micros: Exactly units × price ÷ per_units.
    """

    bracket: int
    units: int
    price_micros: int
    charge_micros: Fraction


@dataclass(frozen=True, slots=True)
class Minimum:
    """What an agreement pays at least, once it is used.

    Attributes:
        per: For each calendar year or month.
        minor: How much, minor units.
    """

    per: BracketsOver
    minor: int


@dataclass(frozen=True, slots=True)
class Tariff:
    """One published version of a price list.

    Attributes:
        id: Kebab-case, as the file is called.
        version: From 1; a published version never changes.
        currency: ISO 4217.
        metered: What is counted.
        per_units: How many units a price stands for (1 GiB = 2**30 bytes).
        per_label: As the file wrote it: `1 GiB`.
        brackets: In rising order; the last is open-ended.
        brackets_over: Span over which the position accumulates, UTC.
        settlement_contribution_percent: Up to how much may be settled in kind.
        openness_rebate_percent: Rebate on proof of an open result.
        guaranteed_offer_days: After so long without an individual answer the
            published tariff applies.
        derivation: The published cost basis, as label and value.
        minimum: What is paid at least; None for nothing.
        royalties: What is paid on declared turnover beside use; None for nothing.
        shares: Collection and weight, where all income is divided by published
            weights; empty where it goes to what was used.
        body_sha256: Digest of the canonical body, hex.
    """

    id: str
    version: int
    currency: str
    metered: Metered
    per_units: int
    per_label: str
    brackets: tuple[Bracket, ...]
    brackets_over: BracketsOver = BracketsOver.YEAR
    settlement_contribution_percent: int = 0
    openness_rebate_percent: int = 0
    guaranteed_offer_days: int = 32
    derivation: tuple[tuple[str, str], ...] = field(default_factory=tuple)
    body_sha256: str = ""
    minimum: Minimum | None = None
    royalties: Royalties | None = None
    shares: tuple[tuple[str, int], ...] = ()

    def slices(
        self, start: int, units: int, *, floor_bracket: int = 0, is_proven: bool = True
    ) -> tuple[Slice, ...]:
        """Price *units* that begin at position *start* of the span.

        Args:
            start: Units already taken in the span, 0 or more.
            units: How many more, 0 or more.
            floor_bracket: No unit is priced by a lower bracket than this one; a
                number above the last bracket's means the last.
            is_proven: Whether the lower brackets may be used. Where nobody verified
                the party the last price holds from the first unit on: else ten names
                of one taker would climb ten ladders (ADR-0026).

        Returns:
            Slices in rising bracket order; their units add up to *units*.

        Raises:
            InvalidValue: a negative number.
        """
        if start < 0 or units < 0:
            raise InvalidValue("quantities are never negative")
        lowest = floor_bracket if is_proven else TOP_BRACKET
        lowest = min(lowest, len(self.brackets) - 1)
        parts: dict[int, int] = {}
        position, left = start, units
        for number, bracket in enumerate(self.brackets):
            if bracket.up_to is not None and bracket.up_to <= position:
                continue
            room = left if bracket.up_to is None else bracket.up_to - position
            taken = min(left, room)
            if taken:
                priced_by = max(number, lowest)
                parts[priced_by] = parts.get(priced_by, 0) + taken
            position, left = position + taken, left - taken
        return tuple(self._slice(number, parts[number]) for number in sorted(parts))

    def charge_micros(
        self, start: int, units: int, *, floor_bracket: int = 0, is_proven: bool = True
    ) -> Fraction:
        """The exact charge for *units* that begin at *start*; see `slices`."""
        parts = self.slices(
            start, units, floor_bracket=floor_bracket, is_proven=is_proven
        )
        return sum((part.charge_micros for part in parts), Fraction(0))

    def first_priced(self) -> int:
        """The number of the first bracket that costs something."""
        for number, bracket in enumerate(self.brackets):
            if bracket.price_micros:
                return number
        return len(self.brackets) - 1

    def _slice(self, number: int, units: int) -> Slice:
        price = self.brackets[number].price_micros
        charge = Fraction(units * price, self.per_units)
        return Slice(number, units, price, charge)
