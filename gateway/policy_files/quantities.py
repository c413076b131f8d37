"""Quantities as people write them: `100 GiB`, `1h`, `32 days`, `1.50`, `50 %`.

Everything ends as a whole number. Decimals are read digit by digit into an exact
fraction, so 0.10 is a tenth and nothing is ever rounded on the way in.
"""

from __future__ import annotations

import re
from datetime import date
from fractions import Fraction

from gateway.licensing.tariff import Metered
from gateway.reciprocity.spending import Counted, Rate

NUMBER_CHARS_MAX = 24
MICROS_PER_MAJOR = 1_000_000

BYTES_OF = {
    "B": 1,
    "kB": 10**3,
    "MB": 10**6,
    "GB": 10**9,
    "TB": 10**12,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
    "TiB": 2**40,
}
SECONDS_OF = {
    "s": 1,
    "min": 60,
    "h": 3600,
    "d": 86_400,
    "day": 86_400,
    "days": 86_400,
    "week": 604_800,
    "weeks": 604_800,
}
DAYS_OF = {"d": 1, "day": 1, "days": 1, "week": 7, "weeks": 7, "year": 365}
MWH_OF = {"mWh": 1, "Wh": 1_000, "kWh": 1_000_000, "MWh": 1_000_000_000}
DAYS_OF["years"] = DAYS_OF["year"]

_WHOLE = re.compile(r"[0-9](?:[0-9_]*[0-9])?")
_DECIMAL = re.compile(r"[0-9]+(?:\.[0-9]+)?")
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_AMOUNT = re.compile(r"([0-9][0-9_]*(?:\.[0-9]+)?) *([A-Za-z%]+)")


def whole(text: str) -> int:
    """A whole number: `700_000_000`.

    Raises:
        ValueError: *text* is none; the message says what would be.
    """
    if len(text) > NUMBER_CHARS_MAX or not _WHOLE.fullmatch(text):
        raise ValueError("write a whole number, such as 600")
    return int(text.replace("_", ""))


def price_micros(text: str) -> int:
    """A price in the major unit, as micros: `1.50` is 1_500_000.

    Raises:
        ValueError: *text* is no price or has more than six decimals.
    """
    if len(text) > NUMBER_CHARS_MAX or not _DECIMAL.fullmatch(text):
        raise ValueError("write a price such as 1.50, without a currency")
    micros = Fraction(text) * MICROS_PER_MAJOR
    if micros.denominator != 1:
        raise ValueError("a price has at most six decimals")
    return micros.numerator


def percent(text: str) -> int:
    """A whole percentage: `50 %`; `up to` in front is allowed, and `0.30`.

    Raises:
        ValueError: *text* is none.
    """
    bare = text.removeprefix("up to ").removesuffix("rebate on proof").strip()
    bare = bare.removesuffix("%").rstrip()
    if len(bare) > 3 or not _WHOLE.fullmatch(bare) or int(bare) > 100:
        raise ValueError("write a percentage, such as 50 %")
    return int(bare)


def rate_bp(text: str) -> int:
    """A rate as basis points: `1.5 %` is 150; at most two decimals.

    Raises:
        ValueError: *text* is none.
    """
    hint = "write a rate such as 1.5 %, with at most two decimals"
    bare = text.removesuffix("%").rstrip()
    if bare == text or len(bare) > 6 or not _DECIMAL.fullmatch(bare):
        raise ValueError(hint)
    points = Fraction(bare) * 100
    if points.denominator != 1 or points > 10_000:
        raise ValueError(hint)
    return points.numerator


def span_s(text: str) -> int:
    """A span as whole seconds: `1h`, `30 min`, `2 days`.

    Raises:
        ValueError: *text* is none.
    """
    return _measured(text, SECONDS_OF, "write a span such as 1h or 30 min")


def days(text: str) -> int:
    """A span as whole days: `32 days`, `10 years` (of 365 days).

    Raises:
        ValueError: *text* is none.
    """
    return _measured(text, DAYS_OF, "write a number of days such as 32 days")


def day(text: str) -> date:
    """A day of the calendar: `1799-12-31` (ISO 8601, four-digit years).

    Raises:
        ValueError: *text* is none.
    """
    hint = "write a day such as 1799-12-31"
    if not _DAY.fullmatch(text):
        raise ValueError(hint)
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise ValueError(hint) from None


def metered(text: str) -> tuple[Metered, int]:
    """What is metered, and how much: `1 GiB`, `1000 requests`, `1000 records`.

    Raises:
        ValueError: *text* is no such quantity.
    """
    hint = "write a quantity such as 1 GiB, 1000 requests or 1000 records"
    for kind in (Metered.REQUESTS, Metered.RECORDS):
        if text.endswith(f" {kind.value}"):
            return kind, _measured(text, {kind.value: 1}, hint)
    return Metered.BYTES, _measured(text, BYTES_OF, hint)


def size(text: str) -> int:
    """A number of bytes: `200 GiB`.

    Raises:
        ValueError: *text* is none.
    """
    return _measured(text, BYTES_OF, "write a size such as 200 GiB")


def energy_mwh(text: str) -> int:
    """Energy in milliwatt-hours: `5 kWh` is 5_000_000.

    Raises:
        ValueError: *text* is none.
    """
    return _measured(text, MWH_OF, "write an energy such as 500 Wh or 5 kWh")


def spending_rate(text: str) -> Rate:
    """What a credit buys: `10 GiB` or `100_000 requests`.

    Raises:
        ValueError: *text* is no such quantity.
    """
    hint = "write what one credit buys, such as 10 GiB or 100_000 requests"
    if text.endswith(" requests"):
        return Rate(Counted.REQUESTS, _measured(text, {"requests": 1}, hint))
    return Rate(Counted.BYTES, _measured(text, BYTES_OF, hint))


def _measured(text: str, units: dict[str, int], hint: str) -> int:
    found = _AMOUNT.fullmatch(text) if len(text) <= NUMBER_CHARS_MAX else None
    if found is None or found[2] not in units:
        raise ValueError(hint)
    amount = Fraction(found[1].replace("_", "")) * units[found[2]]
    if amount.denominator != 1 or amount < 1:
        raise ValueError(f"{hint}: a whole one, not less than 1")
    return amount.numerator
