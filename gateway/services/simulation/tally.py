"""The tally of a replay: what was asked, what it weighed, what was decided.

Only sums are kept, by kind, operator, evidence, decision and rule; by hour; by taker;
by the shape of an address. Addresses are cut to their network as they come in.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple

from gateway.services.simulation.heaviest import Heaviest, Sums, add, no_sums

EXAMPLES_MAX = 5
PASSED = frozenset(("allow", "meter", "redirect"))
HURT_KINDS = {
    "person": "readers",
    "browser": "readers",
    "feed-reader": "feeds",
    "archive-crawler": "archives",
    "git": "git",
}
PEOPLE = frozenset(("person", "browser"))
HURT = ("readers", "feeds", "archives", "git")
UNNAMED = "unknown"
MALFORMED = "bad-request"


class Row(NamedTuple):
    """What requests of one row have in common.

    Attributes:
        kind: A word of `facts.KINDS`.
        operator: Who runs the client, or `unknown`.
        level: How well that is known, a word of `Level`.
        decision: The decision's word; `bad-request` for what has no reading.
        rule: The rule that answered.
        budget: The budget that was used up, where one was.
        tariff: The tariff that prices it, where one does.
        is_denied: They name an operator whose published addresses deny it.
    """

    kind: str
    operator: str
    level: str
    decision: str
    rule: str
    budget: str = ""
    tariff: str = ""
    is_denied: bool = False

    @property
    def is_named(self) -> bool:
        """Is it an operator's, as far as anybody can tell?"""
        return self.operator != UNNAMED and not self.is_denied

    @property
    def is_passed(self) -> bool:
        """Did the upstream answer?"""
        return self.decision in PASSED


@dataclass(frozen=True, slots=True)
class Example:
    """Somebody who would have been hurt: enough to look at, not to find them.

    Attributes:
        who: A word of `HURT`.
        at_us: When.
        network: The address's network.
        page: The shape of the address.
        decision: What would have been answered.
        rule: By which rule.
        reason: In its words.
    """

    who: str
    at_us: int
    network: str
    page: str
    decision: str
    rule: str
    reason: str


@dataclass(slots=True)
class Waits:
    """What lanes before expensive pages would have done.

    Attributes:
        came: Requests for expensive pages.
        at_once: Those that were let in at once.
        long: Those that waited more than two seconds and were let in then.
        clicked: Those of people who pressed a button and were let in then, by kind.
        turned_away: Those that found no place, by kind.
    """

    came: int = 0
    at_once: int = 0
    long: int = 0
    clicked: Counter[str] = field(default_factory=Counter)
    turned_away: Counter[str] = field(default_factory=Counter)


@dataclass(slots=True)
class Tally:
    """Everything that a report is made of.

    Attributes:
        lines: Lines of the logs.
        parsed: Lines that could be read.
        first_us: The earliest request, microseconds UTC; 0 without any.
        last_us: The latest.
        rows: Sums by row.
        hours: Sums by hour (from the epoch), kind and whether they passed.
        takers: Sums by operator, or by network where nobody is named.
        pages: Sums by the shape of the address.
        refused_pages: The same, of what would have been refused.
        terms: By operator, how often it fetched robots.txt, license.xml or
            tdmrep.json, and when first and last.
        hurt: Requests that would have been refused, by who would have been hurt.
        hurt_rules: The same by who and rule.
        examples: A few of them.
        waits: What lanes would have done; None where the log tells no times, by which
            alone that can be said.
    """

    lines: int = 0
    parsed: int = 0
    first_us: int = 0
    last_us: int = 0
    rows: dict[Row, Sums] = field(default_factory=dict)
    hours: dict[tuple[int, str, bool], Sums] = field(default_factory=dict)
    takers: Heaviest = field(default_factory=Heaviest)
    pages: Heaviest = field(default_factory=lambda: Heaviest(20_000))
    refused_pages: Heaviest = field(default_factory=lambda: Heaviest(20_000))
    terms: dict[str, list[int]] = field(default_factory=dict)
    hurt: Counter[str] = field(default_factory=Counter)
    hurt_rules: Counter[tuple[str, str]] = field(default_factory=Counter)
    examples: list[Example] = field(default_factory=list)
    waits: Waits | None = None

    @property
    def skipped(self) -> int:
        """Lines that could not be read."""
        return self.lines - self.parsed

    def add_row(self, row: Row, sums: Sums, hour: int) -> None:
        """Add what one row came to within one hour."""
        add(self.rows.setdefault(row, no_sums()), sums)
        add(self.hours.setdefault((hour, row.kind, row.is_passed), no_sums()), sums)

    def add_terms(self, operator: str, at_us: int) -> None:
        """Somebody fetched the terms."""
        seen = self.terms.setdefault(operator, [0, at_us, at_us])
        seen[:] = seen[0] + 1, min(seen[1], at_us), max(seen[2], at_us)

    def add_hurt(self, example: Example) -> None:
        """Count somebody who would have been hurt."""
        self.hurt[example.who] += 1
        self.hurt_rules[example.who, example.rule] += 1
        alike = sum(1 for each in self.examples if each.who == example.who)
        if alike < EXAMPLES_MAX and not self._is_shown(example):
            self.examples.append(example)

    def _is_shown(self, example: Example) -> bool:
        """Does one of the same network on the same rule stand there already?"""
        return any(
            (each.who, each.network, each.rule)
            == (example.who, example.network, example.rule)
            for each in self.examples
        )

    def total(self, *, passed: bool | None = None) -> Sums:
        """Sums over all rows, or over those that passed, or did not."""
        total = no_sums()
        for row, sums in self.rows.items():
            if passed is None or row.is_passed is passed:
                add(total, sums)
        return total
