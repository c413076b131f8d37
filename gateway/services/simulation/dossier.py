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
from gateway.services.simulation.heaviest import add, no_sums
from gateway.services.simulation.tally import Tally

LINE_CHARS = 78
HOUR_US = 3_600_000_000
WAYS = """There are three ways to settle this, and each is open to you today:
  1. pay: accept our published offer, and be metered to the byte;
  2. contribute: accepted work for the commons settles it in kind;
  3. open: publish what you built from it, and have it proven."""
APPEAL = (
    "Reading stays free for people. If you think that these were not your machines, "
    "publish their addresses or sign their requests (Web Bot Auth), and we will take "
    "the others for what they are."
)
LEVELS: Mapping[str, str] = {
    "unknown": "not known at all",
    "claimed": "only by the name in its user agent, which anybody can write",
    "verified": "verified by published addresses or a signature",
    "vouched": "vouched for",
}


def dossier(
    tally: Tally, told: Mapping[str, Any], *, operator: str, house: str, written_us: int
) -> str:
    """The text of the letter.

    Args:
        tally: Of one replay.
        told: Its figures.
        operator: Whom it is about.
        house: The archive's public address, or its name.
        written_us: Microseconds UTC.

    Raises:
        NotFound: the log has nothing of that operator.
    """
    rows = {row: sums for row, sums in tally.rows.items() if row.operator == operator}
    if not rows:
        known = ", ".join(name for name in told["by_operator"] if name != "unknown")
        raise NotFound(f"the logs name no operator {operator!r}; they name {known}")
    total = no_sums()
    for sums in rows.values():
        add(total, sums)
    period = told["period"]
    share = 100 * total[1] / max(1, told["bytes"])
    took = (
        f"From {period['from']} to {period['to']} our access log shows {total[0]:,} "
        f"requests of clients that name you, {total[1]:,} bytes in all: {share:.1f} % "
        "of everything that was taken."
    )
    cost = (
        f"They cost us {total[2]:,} page views' worth of work, about "
        f"{total[3] / HOUR_US:.1f} hours of a server's time."
    )
    parts = [
        f"{house}\n{iso(written_us)[:10]}\n\n{operator}: your machines in our archive",
        took,
        *_how_known(rows),
        _terms(tally, operator),
        cost,
        _price(told["list_price"], rows),
        WAYS,
        APPEAL,
    ]
    return "\n\n".join(_filled(part) for part in parts) + "\n"


def _how_known(rows: Mapping[Any, Any]) -> Iterator[str]:
    by_level: dict[str, int] = {}
    for row, sums in rows.items():
        by_level[row.level] = by_level.get(row.level, 0) + sums[0]
    for level, requests in sorted(by_level.items()):
        yield f"{requests:,} of them are known {LEVELS[level]}."


def _terms(tally: Tally, operator: str) -> str:
    seen = tally.terms.get(operator)
    if seen is None:
        return "They never fetched our terms (robots.txt, license.xml) in that time."
    return (
        f"They fetched our terms (robots.txt, license.xml) {seen[0]:,} times, first "
        f"on {iso(seen[1])} and last on {iso(seen[2])}."
    )


def _price(price: Mapping[str, Any], rows: Mapping[Any, Any]) -> str:
    if not any(row.decision in {"offer", "meter"} for row in rows):
        return "By our policy this use is free; we ask for nothing."
    return (
        "By our policy this use needs an agreement. Our published tariff, in "
        f"{price['currency']}, is part of the offer; this letter is no invoice."
    )


def _filled(part: str) -> str:
    if "\n" in part:
        return part
    return fill(part, LINE_CHARS, break_on_hyphens=False)
