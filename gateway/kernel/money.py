"""Money: an exact amount of one currency, in whole minor units.

EUR 12.34 is 1_234 minor units; a yen is one minor unit. Prices are finer than
that and are whole *micros*, millionths of the major unit: EUR 0.0025 is 2_500
micros. Between the two stands an exact rational (`fractions.Fraction`), and the
one crossing is `rounded_half_up`. Nothing is ever a float.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction

from gateway.kernel.errors import InvalidValue

MICROS_PER_MAJOR = 1_000_000

# ISO 4217 exponents of the currencies we can invoice. EN 16931 carries at most
# two decimals (BR-DEC rules), so currencies with more are refused.
_CENTS = (
    "AED AUD BGN BRL CAD CHF CNY COP CZK DKK EGP EUR GBP GHS HKD HUF IDR ILS INR KES"
    " MAD MXN MYR NGN NOK NZD PEN PHP PLN RON RSD SEK SGD THB TRY TWD UAH USD ZAR"
)
_WHOLE = "CLP ISK JPY KRW PYG RWF UGX VND XAF XOF XPF"
MINOR_DIGITS = {
    **dict.fromkeys(_CENTS.split(), 2),
    **dict.fromkeys(_WHOLE.split(), 0),
}
TOO_FINE = {
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(("CLF", "UYW"), 4),
}


def minor_digits(currency: str) -> int:
    """Decimals of *currency* (ISO 4217), 0 to 2.

    Raises:
        InvalidValue: we do not invoice in that currency.
    """
    try:
        return MINOR_DIGITS[currency]
    except KeyError:
        if currency in TOO_FINE:
            detail = (
                f"{currency} has {TOO_FINE[currency]} decimals; an invoice carries at"
                " most two (EN 16931)"
            )
            raise InvalidValue(detail) from None
        known = ", ".join(sorted(MINOR_DIGITS))
        detail = f"unknown currency {currency!r}; known: {known}"
        raise InvalidValue(detail) from None


def rounded_half_up(amount: Fraction) -> int:
    """Round to the nearest whole, halves away from zero."""
    sign = -1 if amount < 0 else 1
    doubled: int = (2 * abs(amount) + 1) // 2
    return sign * doubled


def minor_from_micros(micros: Fraction | int, currency: str) -> Fraction:
    """Turn micros into minor units, exactly; round with `rounded_half_up`."""
    minor_per_major: int = 10 ** minor_digits(currency)
    return Fraction(micros) * minor_per_major / MICROS_PER_MAJOR


@dataclass(frozen=True, slots=True, order=True)
class Money:
    """A whole number of minor units of one currency; may be negative."""

    minor: int
    currency: str

    def __add__(self, other: Money) -> Money:
        return Money(self.minor + self._same(other), self.currency)

    def __sub__(self, other: Money) -> Money:
        return Money(self.minor - self._same(other), self.currency)

    def __str__(self) -> str:
        digits = minor_digits(self.currency)
        sign = "-" if self.minor < 0 else ""
        major, rest = divmod(abs(self.minor), 10**digits)
        decimals = f".{rest:0{digits}d}" if digits else ""
        return f"{sign}{major}{decimals} {self.currency}"

    def _same(self, other: Money) -> int:
        if other.currency != self.currency:
            detail = f"cannot add {other.currency} to {self.currency}"
            raise InvalidValue(detail)
        return other.minor


def money(text: str) -> Money:
    """`12.34 EUR` or `12.34EUR`.

    Raises:
        InvalidValue: no amount, no currency, or more decimals than it has.
    """
    match = re.fullmatch(r"([0-9]{1,12})(?:\.([0-9]+))? ?([A-Z]{3})", text.strip())
    if not match:
        detail = f"{text!r} is no amount; write it like 12.34 EUR"
        raise InvalidValue(detail)
    whole, part, currency = match.groups(default="")
    digits = minor_digits(currency)
    if len(part) > digits:
        detail = f"{currency} has {digits} decimals, {text!r} has {len(part)}"
        raise InvalidValue(detail)
    return Money(int(whole + part.ljust(digits, "0")), currency)
