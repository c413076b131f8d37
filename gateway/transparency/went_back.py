"""Whose income went back, held against the entries by which it did.

Each such entry has a row that says who had paid, at its place in the order of booking.
Those from before that was told have none, and every row says how many they are.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from gateway.fund.accounts import APPORTIONED
from gateway.fund.given_back import GIVEN_BACK
from gateway.fund.journal import Entry
from gateway.kernel.errors import InvalidValue
from gateway.transparency.rows import Row


@dataclass(frozen=True, slots=True)
class Back:
    """What a row says of income that went back.

    Attributes:
        row: Its place.
        at_us: When it counts.
        entry_id: By which entry.
        payer: Whose it was.
        net_minor: How much.
        number: Which time in its currency.
        after: How many receipts were booked before it.
        unnumbered: How many entries of the currency have no row.
    """

    row: int
    at_us: int
    entry_id: str
    payer: str
    net_minor: int
    number: int
    after: int
    unnumbered: int


@dataclass(slots=True)
class WentBack:
    """What went back, by currency and number.

    Attributes:
        told: As rows say.
        entries: Currency to entries: how much each gives back, when, and its place.
    """

    told: dict[str, dict[int, Back]] = field(default_factory=lambda: defaultdict(dict))
    entries: dict[str, dict[str, tuple[int, int, int]]] = field(
        default_factory=lambda: defaultdict(dict)
    )

    def entry(self, entry: Entry, place: int) -> None:
        """Take an entry in."""
        if entry.kind == GIVEN_BACK:
            minor = -sum(
                each.amount_minor
                for each in entry.postings
                if each.account == APPORTIONED
            )
            told = minor, entry.effective_us, place
            self.entries[entry.currency][entry.id] = told

    def take(self, row: Row, place: int) -> None:
        """Take a row in.

        Raises:
            InvalidValue: another has its number.
        """
        body = row.body
        currency, number = body["currency"], body["number"]
        if number in self.told[currency]:
            detail = f"time {number} that {currency} went back stands there twice"
            raise InvalidValue(detail)
        self.told[currency][number] = Back(
            place,
            row.at_us,
            entry_id=row.key,
            payer=body["payer"],
            net_minor=body["net_minor"],
            number=number,
            after=body["after"],
            unnumbered=body["unnumbered"],
        )

    def of(self, currency: str) -> list[Back]:
        """What went back of a currency, in the order of booking."""
        told = self.told.get(currency, {})
        return [told[number] for number in sorted(told)]

    @property
    def without_payer(self) -> int:
        """How many entries do not say whose income went back."""
        entries = sum(map(len, self.entries.values()))
        return max(0, entries - sum(map(len, self.told.values())))

    def off(self, receipts: Mapping[str, int]) -> Iterator[tuple[int, str]]:
        """Rows that do not hold, with why.

        Args:
            receipts: How many have numbers, by currency.
        """
        for currency in sorted(self.told):
            yield from self._off(currency, receipts.get(currency, 0))

    def _off(self, currency: str, receipts: int) -> Iterator[tuple[int, str]]:
        backs, entries = self.of(currency), self.entries.get(currency, {})
        before = 0
        for place, back in enumerate(backs, start=1):
            if back.number != place:
                yield back.row, f"time {place} that {currency} went back is missing"
                return
            if not before <= back.after <= receipts:
                yield back.row, f"{back.after} receipts were never booked before it"
            before = max(before, back.after)
            minor, at_us, _ = entries.get(back.entry_id, (0, back.at_us, 0))
            if minor != back.net_minor:
                yield back.row, f"{back.net_minor} went back, its entry says {minor}"
            if at_us != back.at_us:
                yield back.row, "it went back at another instant than its entry says"
            if back.unnumbered != backs[0].unnumbered:
                yield back.row, "how often it went back without a number changed"
        known = Counter(back.entry_id for back in backs)
        rows = [place for name, (*_, place) in entries.items() if name not in known]
        if backs and len(rows) != backs[0].unnumbered:
            why = f"{len(rows)} times {currency} went back and nobody says whose,"
            last = max(rows, default=backs[0].row)
            yield last, f"{why} {backs[0].unnumbered} may"
