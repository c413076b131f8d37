"""Numbers as people read them, in the languages of our pages."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.money import minor_digits

PREFIXES = ("B", "kB", "MB", "GB", "TB", "PB")
THIN = "\u202f"  # narrow and unbroken, as French wants it
SIGNS = {"EUR": "€", "USD": "$", "GBP": "£"}
MONTHS = {
    "en": "January February March April May June July August September October "
    "November December",
    "fr": "janvier février mars avril mai juin juillet août septembre octobre "
    "novembre décembre",
}


@dataclass(frozen=True, slots=True)
class Numbers:
    """Writes numbers.

    Attributes:
        language: `en` or `fr`.
    """

    language: str

    def whole(self, number: int) -> str:
        """A whole number, its thousands apart."""
        text = f"{number:,}"
        return text.replace(",", THIN) if self.language == "fr" else text

    def decimal(self, number: float, places: int = 1) -> str:
        """A number with so many places."""
        text = f"{number:,.{places}f}"
        if self.language == "fr":
            return text.replace(",", THIN).replace(".", ",")
        return text

    def share(self, share: float) -> str:
        """A share of 1 in per cent."""
        space = THIN if self.language == "fr" else ""
        return f"{self.decimal(100 * share)}{space}%"

    def size(self, number: int) -> str:
        """Bytes, in the largest unit that holds one."""
        value, unit = float(number), 0
        while value >= 1_000 and unit < len(PREFIXES) - 1:
            value, unit = value / 1_000, unit + 1
        name = PREFIXES[unit]
        if self.language == "fr":
            name = name.replace("B", "o")
        return f"{self.decimal(value, 1 if unit else 0)} {name}"

    def money(self, minor: int, currency: str) -> str:
        """An amount, exact: minor units are never floats."""
        places = minor_digits(currency)
        whole, rest = divmod(abs(minor), 10**places)
        text = self.whole(whole)
        if places:
            point = "," if self.language == "fr" else "."
            text = f"{text}{point}{rest:0{places}}"
        sign = SIGNS.get(currency)
        minus = "−" if minor < 0 else ""
        if self.language == "fr" or sign is None:
            space = THIN if self.language == "fr" else "\u00a0"
            return f"{minus}{text}{space}{sign or currency}"
        return f"{minus}{sign}{text}"

    def hours(self, hundredths: int) -> str:
        """Hours, with places only where there are any."""
        whole, rest = divmod(hundredths, 100)
        places = 2 if rest % 10 else 1
        text = self.decimal(hundredths / 100, places) if rest else self.whole(whole)
        return f"{text}\u00a0h"

    def ratio(self, thousandths: int) -> str:
        """A ratio with two places."""
        return self.decimal(thousandths / 1000, 2)

    def day(self, iso: str) -> str:
        """A day `2026-11-28`, or a month `2026-11`, in words."""
        year, month, day = (*iso.split("-"), "", "")[:3]
        name = MONTHS[self.language].split()[int(month) - 1]
        return " ".join(each for each in (day.lstrip("0"), name, year) if each)
