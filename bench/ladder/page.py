"""The figures of the ladder, as a page of the reference."""

from __future__ import annotations

from collections.abc import Sequence

from bench.ladder.rungs import NETWORKS, SEED, WORKERS, Climb, Effort
from bench.ladder.world import Pages

HEAD = """# The adversary ladder

What each kind of crawler still gets while relief is on, and what readers meet. Made by
`make ladder`, from the seed {seed}; the same figures each time, losses too.

The gateway's own admission and relief run on a clock moved by hand. The archive has
{workers} workers and one line before them; an ordinary page takes {cheap} ms of work
(exponential), an expensive one {dear_least} ms and {dear_more} ms more on average
(exponential). Of three kinds of expensive page the set-up as `init` writes it declares
one (`/search**`); **the others are found out**. Readers begin
three visits a second, from random ones of {networks:,} /24s in which the crawlers sit
as well; a fifth of what they ask for is expensive, and {cold} of visits begin on an
expensive page. Crawlers ask for 50 expensive pages a second, three times what the
archive can make, for {crawled} minutes after {quiet} quiet ones.
"""
COLUMNS = (
    "rung",
    "asked",
    "made",
    "excess shed",
    "of all shed",
    "readers refused",
    "> 2 s late",
    "one more click",
    "readers' p95",
    "workers busy",
    "line",
)
TARGETS = """
Targets for A0 to A2: ≥ 75 % of the excess shed, readers refused ≤ 0.1 %, late ≤ 1 %,
one more click ≤ 1 % of page views. For A3 half of the first, published; for A4 a
bounded
load of the archive and no more.

*Excess* is what crawlers asked for beyond what the archive can make beside its readers.
Places that no reader needs are given to whoever asks, so with these figures about a
quarter of all that crawlers ask for is made; it costs readers nothing. *Late* counts
page views that came more than two seconds later than at rest. *Line* is the longest
that ever stood before the archive itself.

## What this does not show

- A3 reads a page with its parts from each address, and so has what a reader has. It is
  held to what the archive can make, but readers pay: the figures above say how much.
- A4 cannot be told from readers by anything that we are willing to look at. Relief
  bounds the load of the archive; it does not keep readers from waiting.
- A reader who comes to an expensive page from elsewhere, with no history here, looks
  exactly like A2 where it does not say from where. The row with {more} such visits
  shows the price: one more click. Each begins on a page that nobody asked for before.
  Most browsers say which site led them there; a crowd that does not is another crowd,
  and the row below it shows what that spares readers, and the next one that a crawler
  takes it away by writing such a field. Links lead many to the same pages: in the two
  rows after these they lead to 1,000 pages, the first of them most often, and in the
  last of them the host and the archive let earlier copies be given for 15 minutes. No
  page there has a plainer one that is cheap: nobody is led on.
- Memory of networks, TLS, and the gateway's own time are not simulated.
"""


def page(climbs: Sequence[tuple[str, Climb]], effort: Effort) -> str:
    """The page, in Markdown."""
    head = HEAD.format(
        seed=SEED,
        workers=WORKERS,
        cheap=Pages.CHEAP_MS,
        dear_least=Pages.DEAR_LEAST_MS,
        dear_more=Pages.DEAR_MORE_MS,
        networks=NETWORKS,
        cold="2 %",
        crawled=effort.crawled_s // 60,
        quiet=effort.quiet_s // 60,
    )
    names = f"| {' | '.join(COLUMNS)} |\n{'|---' * len(COLUMNS)}|"
    lines = [names, *[_line(name, climb) for name, climb in climbs]]
    return head + "\n" + "\n".join(lines) + "\n" + TARGETS.format(more="10 %")


def _line(name: str, climb: Climb) -> str:
    readers, views = climb.readers, max(1, climb.readers.views)
    waits = sorted(readers.waits_s) or [0.0]
    p95_s = waits[(len(waits) * 95 - 1) // 100]
    cells = (
        name,
        f"{climb.offered:,}",
        f"{climb.served:,}",
        f"{climb.shed_of_excess:.0%}",
        f"{climb.shed:.0%}",
        f"{readers.refused / views:.2%}",
        f"{readers.late / views:.2%}",
        f"{readers.clicks / views:.2%}",
        f"{p95_s:.1f} s",
        f"{climb.busy:.0%}",
        f"{climb.line_max}",
    )
    return f"| {' | '.join(cells)} |"
