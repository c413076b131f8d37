"""`python -m bench.ladder`: climb every rung, and write the page of its figures."""

from __future__ import annotations

import sys

from bench.ladder.page import page
from bench.ladder.rungs import FULL, REFERRED, RUNGS, Climb, climb
from bench.machine import ROOT

PAGE = ROOT / "docs" / "reference" / "ladder.md"
COLD_MORE = 0.1
SAID_FROM_WHERE = 0.72
"""Of 452 first pages from outside of addresses that then fetched parts, in the one log
of ours that has such readers (a site of 2015), 327 said from where."""
LINKED = 1_000
WHEN_FULL = (
    """{page: {stale: 15 min, canonical: [q]}, dear: {stale: 15 min, canonical: [q]}}"""
)


def main() -> int:
    """Climb, say what was found, and write it down."""
    climbs: list[tuple[str, Climb]] = []
    for rung in RUNGS:
        climbs.append((f"{rung.name}: {rung.what}", climb(rung)))
        print(rung.name, file=sys.stderr)
    a2 = next(rung for rung in RUNGS if rung.name == "A2")
    cold = climb(a2, cold=COLD_MORE)
    climbs.append(("A2, and 10 % of visits begin on an expensive page", cold))
    said = climb(a2, cold=COLD_MORE, referred=SAID_FROM_WHERE)
    climbs.append((f"the same, {SAID_FROM_WHERE:.0%} of them say from where", said))
    forged = climb(REFERRED, cold=COLD_MORE, referred=SAID_FROM_WHERE)
    climbs.append(("the same, and the crawler says so too", forged))
    linked = climb(a2, cold=COLD_MORE, linked=LINKED)
    climbs.append((f"10 %, who say nothing, from links to {LINKED:,} pages", linked))
    copied = climb(a2, cold=COLD_MORE, linked=LINKED, when_full=WHEN_FULL)
    climbs.append(("the same, and copies are allowed (`when_full`)", copied))
    bare = climb(a2, is_protected=False)
    climbs.append(("A2 **without relief**", bare))
    text = page(climbs, FULL)
    PAGE.write_text(text, encoding="utf-8")
    print(text)
    return 0


if __name__ == "__main__":
    sys.exit(main())
