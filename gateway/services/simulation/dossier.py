"""The dossier: on one page, what an operator took, and how it can be settled.

It accuses nobody. What rests on a client's own word is said to do so, and no amount is
asked for that nobody has agreed to.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import fill
from typing import Any

from gateway.kernel.clock import iso
from gateway.kernel.errors import NotFound
from gateway.kernel.evidence import Level
from gateway.kernel.money import Money
from gateway.services.simulation.dossier_texts import DOSSIER_TEXTS
from gateway.services.simulation.heaviest import Sums, add, no_sums
from gateway.services.simulation.tally import UNNAMED, Row, Tally

LINE_CHARS = 78
HOUR_US = 3_600_000_000
THIN_SPACE = "\u202f"

Rows = Mapping[Row, Sums]

PROVEN = (Level.VERIFIED.word, Level.VOUCHED.word)


class Dossier:
    """Writes letters of one replay.

    Args:
        tally: Of the replay.
        told: Its figures.
        house: The archive's public address, or its name.
        language: `en` or `fr`.
    """

    def __init__(
        self, tally: Tally, told: Mapping[str, Any], *, house: str, language: str
    ) -> None:
        self._tally = tally
        self._told = told
        self._house = house
        self._language = language
        # What French sets before a colon must not be torn from it.
        self._words = {
            word: text.replace(" :", f"{THIN_SPACE}:").replace(" ;", f"{THIN_SPACE};")
            for word, text in DOSSIER_TEXTS[language].items()
        }

    def letter(
        self, operator: str, price: Mapping[str, Any], *, written_us: int
    ) -> str:
        """The text of the letter to one operator.

        Args:
            operator: Whom it is about.
            price: The list price of what it took; see `figures.list_price`.
            written_us: Microseconds UTC.

        Raises:
            NotFound: the log has nothing of that operator.
        """
        named = {
            row: sums
            for row, sums in self._tally.rows.items()
            if row.operator == operator
        }
        rows = {row: sums for row, sums in named.items() if not row.is_denied}
        if not rows:
            raise NotFound(self._nobody(operator, has_borrowers=bool(named)))
        total = _total(rows)
        proven = {row: sums for row, sums in rows.items() if row.level in PROVEN}
        is_theirs = 2 * _total(proven)[0] > total[0]
        title = self._said("title" if is_theirs else "title_claimed", operator=operator)
        words = self._words
        parts = [
            f"{self._house}\n{iso(written_us)[:10]}\n\n{title}",
            self._took(total),
            *self._how_known(rows),
            *self._borrowed(_total(named)[0] - total[0]),
            self._terms(operator),
            self._said(
                "cost",
                cost=self._number(total[2]),
                span=self._span(total[3]),
            ),
            *self._price(price, rows),
            words["ways" if price["currency"] else "plain_ways"],
            words["appeal"],
        ]
        return "\n\n".join(_filled(part) for part in parts) + "\n"

    def _nobody(self, operator: str, *, has_borrowers: bool) -> str:
        if has_borrowers:
            return (
                f"whoever named {operator!r} came from elsewhere than its published "
                "addresses; there is nothing to write to it about"
            )
        names = [name for name in self._told["by_operator"] if name != UNNAMED]
        known = ", ".join(names) or "nobody"
        return f"the logs name no operator {operator!r}; they name {known}"

    def _borrowed(self, requests: int) -> Iterator[str]:
        """Those that only borrow the name, and are counted nowhere else."""
        if requests:
            yield self._said("borrowed", requests=self._number(requests))

    def _said(self, word: str, **figures: str) -> str:
        return self._words[word].format(**figures)

    def _number(self, number: float, *, places: int = 0) -> str:
        text = f"{number:,.{places}f}"
        if self._language == "fr":
            return text.replace(",", THIN_SPACE).replace(".", ",")
        return text

    def _span(self, busy_us: int) -> str:
        hours = busy_us / HOUR_US
        if hours >= 1:
            return self._said("hours", number=self._number(hours, places=1))
        return self._said("minutes", number=self._number(60 * hours, places=1))

    def _took(self, total: Sums) -> str:
        period, whole = self._told["period"], max(1, self._told["bytes"])
        return self._said(
            "took",
            start=period["from"],
            end=period["to"],
            requests=self._number(total[0]),
            bytes=self._number(total[1]),
            share=self._number(100 * total[1] / whole, places=1),
        )

    def _how_known(self, rows: Rows) -> Iterator[str]:
        by_level: dict[str, Sums] = {}
        for row, sums in rows.items():
            add(by_level.setdefault(row.level, no_sums()), sums)
        for level, (requests, taken, _, _) in sorted(by_level.items()):
            yield self._said(
                "known",
                requests=self._number(requests),
                bytes=self._number(taken),
                level=self._words[f"level_{level}"],
            )

    def _terms(self, operator: str) -> str:
        seen = self._tally.terms.get(operator)
        if seen is None:
            return self._words["no_terms"]
        times, first_us, last_us = seen
        return self._said(
            "terms",
            times=self._number(times),
            first=iso(first_us),
            last=iso(last_us),
        )

    def _price(self, price: Mapping[str, Any], rows: Rows) -> Iterator[str]:
        if not any(row.decision in {"offer", "meter"} for row in rows):
            yield self._words["free"]
            return
        if not price["currency"]:
            yield self._words["no_price"]
            return
        amounts = {
            word: self._amount(price[f"{word}_minor"], price["currency"])
            for word in ("agreed", "verified", "claimed")
        }
        width = max(map(len, amounts.values()))
        lines = [
            f"  {self._said(word, amount=amount.rjust(width))}"
            for word, amount in amounts.items()
        ]
        yield _filled(self._words["price"]) + "\n" + "\n".join(lines)
        yield self._words["no_invoice"]

    def _amount(self, minor: int, currency: str) -> str:
        text = str(Money(minor, currency))
        return text.replace(".", ",") if self._language == "fr" else text


def _total(rows: Rows) -> Sums:
    total = no_sums()
    for sums in rows.values():
        add(total, sums)
    return total


def _filled(part: str) -> str:
    if "\n" in part:
        return part
    return fill(part, LINE_CHARS, break_on_hyphens=False)
