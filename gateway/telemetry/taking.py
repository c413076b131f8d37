"""Who takes now: sums that fade, in memory that does not grow.

What was heard weighs half as much after `HALF_LIFE_S`, so a sum over fading weights is
a rate: what happens now, and hardly anything of a minute ago. Sums only ever grow by
larger weights (`2 ** (age of the memory / half-life)`), which saves touching all names
each time; before the weights leave what a float holds they begin again from one.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from math import log
from typing import Any

from gateway.kernel.clock import NS_PER_S

HALF_LIFE_S = 10
NAMES_MAX = 512
SHOWN_MAX = 50
WEIGHT_MAX = 2.0**40
AMOUNTS = ("requests_per_s", "cost_per_s", "bytes_per_s", "refused_per_s")
REQUESTS, COST, BYTES, REFUSED = range(4)
TABLES: Mapping[str, tuple[str, ...]] = {
    "clients": ("kind", "operator"),
    "networks": ("network",),
    "pages": ("collection", "page"),
}
"""What is told apart, and the names of a row."""

Name = tuple[str, ...]
Amounts = tuple[float, float, float, float]
"""Requests, cost units that reached the archive, bytes sent, requests refused."""
Rates = dict[str, Any]
"""`totals` and each table, as rows of JSON."""


class Fading:
    """Sums by name of those that weigh most now.

    When it is full, the lightest half is let go: what comes back begins from nothing,
    so a sum is never more than what was heard. A flood of names that each come once
    pushes out its own kind, for whoever comes again and again weighs more.
    """

    __slots__ = ("_names_max", "of")

    def __init__(self, names_max: int = NAMES_MAX) -> None:
        self._names_max = names_max
        self.of: dict[Name, list[float]] = {}

    def add(self, name: Name, amounts: Amounts, weight: float) -> None:
        """Add to the sums of *name*."""
        sums = self.of.get(name)
        if sums is None:
            if len(self.of) >= self._names_max:
                self._let_go()
            sums = self.of[name] = [0.0, 0.0, 0.0, 0.0]
        requests, cost, body_bytes, refused = amounts
        sums[0] += requests * weight
        sums[1] += cost * weight
        sums[2] += body_bytes * weight
        sums[3] += refused * weight

    def scale(self, factor: float) -> None:
        """Multiply all sums."""
        for sums in self.of.values():
            sums[:] = [each * factor for each in sums]

    def _let_go(self) -> None:
        by_weight = sorted(self.of.items(), key=lambda item: item[1][REQUESTS])
        self.of = dict(by_weight[len(by_weight) // 2 :])


class Taking:
    """Who takes now; heard on one thread, asked on any.

    Args:
        began_ns: Ticks of the clock by which everything is heard.
        names_max: How many names each table keeps.
    """

    def __init__(self, began_ns: int, *, names_max: int = NAMES_MAX) -> None:
        self._began_ns = self._since_ns = began_ns
        self._totals = Fading(1)
        self._tables = {name: Fading(names_max) for name in TABLES}
        self._lock = threading.Lock()

    def hear(
        self,
        now_ns: int,
        amounts: Amounts,
        *,
        client: Name,
        network: Name,
        page: Name,
    ) -> None:
        """A request is over.

        Args:
            now_ns: Ticks of the clock.
            amounts: What it came to.
            client: Kind and operator.
            network: The network of its address, never the address.
            page: Collection and shape of the address.
        """
        with self._lock:
            weight = self._weight(now_ns)
            self._totals.add((), amounts, weight)
            tables = self._tables
            tables["clients"].add(client, amounts, weight)
            tables["networks"].add(network, amounts, weight)
            tables["pages"].add(page, amounts, weight)

    def rates(self, now_ns: int) -> Rates:
        """Rates as they stand now, of the heaviest of each table."""
        with self._lock:
            weight = self._weight(now_ns)
            age_s = max(1.0, (now_ns - self._began_ns) / NS_PER_S)
            # All weight there can be by now: less than one life's in the beginning.
            whole_s = HALF_LIFE_S / log(2) * (1 - 2.0 ** (-age_s / HALF_LIFE_S))
            factor = 1 / (weight * whole_s)
            totals = self._totals.of.get((), [0.0] * len(AMOUNTS))
            return {
                "totals": _row((), (), [each * factor for each in totals]),
                **{
                    table: [
                        _row(TABLES[table], name, [each * factor for each in sums])
                        for name, sums in _heaviest(fading.of.items())
                    ]
                    for table, fading in self._tables.items()
                },
            }

    def _weight(self, now_ns: int) -> float:
        lives = (now_ns - self._since_ns) / (HALF_LIFE_S * NS_PER_S)
        weight = 2.0 ** min(lives, 1_000.0)
        if weight < WEIGHT_MAX:
            return float(weight)
        for each in (self._totals, *self._tables.values()):
            each.scale(1 / weight)
        self._since_ns = now_ns
        return 1.0


def together(rates: Iterable[Rates]) -> Rates:
    """The rates of several processes as one."""
    sums: dict[str, dict[Name, list[float]]] = {name: {} for name in TABLES}
    totals = [0.0] * len(AMOUNTS)
    for each in rates:
        totals = [a + each["totals"][n] for a, n in zip(totals, AMOUNTS, strict=True)]
        for table, names in TABLES.items():
            for row in each[table]:
                name = tuple(row[key] for key in names)
                into = sums[table].setdefault(name, [0.0] * len(AMOUNTS))
                for place, amount in enumerate(AMOUNTS):
                    into[place] += row[amount]
    return {
        "totals": _row((), (), totals),
        **{
            table: [
                _row(TABLES[table], name, found)
                for name, found in _heaviest(sums[table].items())
            ]
            for table in TABLES
        },
    }


def _heaviest(
    named: Iterable[tuple[Name, list[float]]],
) -> list[tuple[Name, list[float]]]:
    """What weighs on the archive first; of equals who asks most, then by name."""
    ranked = sorted(named, key=lambda it: (-it[1][COST], -it[1][REQUESTS], it[0]))
    return ranked[:SHOWN_MAX]


def _row(keys: Sequence[str], name: Name, sums: Sequence[float]) -> dict[str, Any]:
    figures = [round(each, 3) for each in sums]
    named = dict(zip(keys, name, strict=True))
    return named | dict(zip(AMOUNTS, figures, strict=True))
