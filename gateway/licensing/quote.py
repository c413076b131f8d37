"""Quote: what a quantity would cost under a tariff, before anybody takes it."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from gateway.kernel.money import minor_from_micros, rounded_half_up
from gateway.licensing.tariff import Slice, Tariff


@dataclass(frozen=True, slots=True)
class Quote:
    """A price for a quantity.

    Attributes:
        tariff: The tariff's id.
        version: And which version.
        start: Units already taken in the span.
        units: How many more.
        slices: The parts, one per bracket.
        charge_micros: Their exact sum.
        minor: The same as whole minor units, rounded once, half-up, without VAT.
        currency: ISO 4217.
    """

    tariff: str
    version: int
    start: int
    units: int
    slices: tuple[Slice, ...]
    charge_micros: Fraction
    minor: int
    currency: str


def quote(
    tariff: Tariff,
    units: int,
    *,
    start: int = 0,
    floor_bracket: int = 0,
    is_proven: bool = True,
) -> Quote:
    """Price *units* that begin at position *start* of the span.

    Args:
        tariff: The price list.
        units: Bytes, requests or records; 0 or more.
        start: Units already taken in the span.
        floor_bracket: See `Tariff.slices`.
        is_proven: Whether somebody verified the party; see `Tariff.slices`.

    Raises:
        InvalidValue: a negative number.
    """
    slices = tariff.slices(
        start, units, floor_bracket=floor_bracket, is_proven=is_proven
    )
    charge = sum((part.charge_micros for part in slices), Fraction(0))
    minor = rounded_half_up(minor_from_micros(charge, tariff.currency))
    return Quote(
        tariff.id, tariff.version, start, units, slices, charge, minor, tariff.currency
    )
