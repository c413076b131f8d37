"""Policy lines that the figures suggest: something to start from, never more."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from gateway.services.simulation.figures import BUSY, COST, REQUESTS
from gateway.services.simulation.heaviest import Sums
from gateway.services.simulation.tally import MALFORMED, Tally

REQUESTS_MIN = 50
DEARER_MIN = 4
COST_MAX = 50
LINES_MAX = 6


class Suggestion(NamedTuple):
    """A line for a collection's file, and why.

    Attributes:
        line: YAML, as it stands in `policies/collections/*.yaml`.
        why: What in the log speaks for it: a word of `BECAUSE`.
        figures: The figures of that, by name.
    """

    line: str
    why: str
    figures: Mapping[str, int | float]

    def document(self) -> dict[str, Any]:
        """As JSON, with the reason in English."""
        because = BECAUSE[self.why].format(**self.figures)
        return {
            "line": self.line,
            "because": because,
            "why": self.why,
            "figures": dict(self.figures),
        }


BECAUSE: Mapping[str, str] = {
    "readers-slowed": "readers would have been slowed: a wider budget",
    "dear-page": "it takes {times} times as long as an ordinary page",
    "no-terms": "requests of commercial machines without terms: {requests} "
    "({percent:.1f} %)",
    "over-budget": "budgets would have slowed {requests} requests",
}
"""Every reason there is; reports say it in their own language."""


def suggestions(tally: Tally, told: Mapping[str, Any]) -> list[Suggestion]:
    """What a steward may want to write down.

    Args:
        tally: Of one replay.
        told: Its figures.
    """
    found = [*_costs(tally), *_modes(told)]
    slowed = {who for (who, rule) in tally.hurt_rules if rule != MALFORMED}
    if slowed & {"readers", "feeds"}:
        terms = "{cost: 1200, per: 1h, burst: 600, only_under: pressure}"
        line = f"budgets: {{anonymous: {terms}}}"
        found.append(Suggestion(line, "readers-slowed", {}))
    return found[:LINES_MAX]


def _costs(tally: Tally) -> Iterator[Suggestion]:
    """Pages that take several times as long as a page does: they cost more."""
    usual_us = _usual_us([sums for sums in tally.pages.of.values() if sums[COST]])
    for page, sums in tally.pages.ranked(BUSY):
        if sums[REQUESTS] < REQUESTS_MIN or not sums[COST] or not usual_us:
            continue
        mean_us = sums[BUSY] // sums[REQUESTS]
        units = mean_us * sums[COST] // sums[REQUESTS] // usual_us
        if units >= DEARER_MIN:
            times = mean_us // usual_us
            yield Suggestion(
                f"costs: {{{_quoted(_glob(page))}: {min(units, COST_MAX)}}}",
                "dear-page",
                {"times": times},
            )


def _usual_us(pages: Sequence[Sums]) -> int:
    """How long the page takes that half of all requests are no dearer than.

    The mean would be that of the few dear ones.
    """
    by_length = sorted((sums[BUSY] // sums[REQUESTS], sums[REQUESTS]) for sums in pages)
    left = sum(requests for _, requests in by_length) // 2
    for mean_us, requests in by_length:
        left -= requests
        if left < 0:
            return mean_us
    return 0


def _modes(told: Mapping[str, Any]) -> Iterator[Suggestion]:
    offered = told["by_decision"].get("offer", 0)
    if offered:
        share = 100 * offered / max(1, told["parsed"])
        yield Suggestion(
            "licence_mode: offer",
            "no-terms",
            {"requests": offered, "percent": round(share, 1)},
        )
    if told["by_decision"].get("throttle", 0):
        slowed = told["by_decision"]["throttle"]
        yield Suggestion("protect: on", "over-budget", {"requests": slowed})


def _glob(page: str) -> str:
    path, mark, keys = page.partition("?")
    if mark:
        return f"{path}?*{keys.partition('&')[0]}=*"
    return path


def _quoted(text: str) -> str:
    """As a YAML scalar, whatever strangers wrote into an address."""
    return json.dumps(text)
