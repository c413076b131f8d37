"""The report of a simulation: one file that needs nothing but a browser.

No script, no font, no image from elsewhere: it can be mailed, printed, and opened in
ten years.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from gateway.kernel.clock import US_PER_DAY, iso
from gateway.services.simulation.heaviest import Sums, add, no_sums
from gateway.services.simulation.tally import Tally
from gateway.web.charts import Bar, Stack, bars, timeline
from gateway.web.numbers import Numbers
from gateway.web.report_texts import REPORT_TEXTS
from gateway.web.templates.rendering import render

STACKS_MAX = 120
KINDS_MAX = 8
ROWS_MAX = 15
PEOPLE = frozenset(("person", "browser", "feed-reader"))
HOUR_US = 3_600_000_000
COST, BUSY = 2, 3

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of the headline."""

    figure: str
    text: str
    tone: str = ""


@dataclass(frozen=True, slots=True)
class Grid:
    """A table of a report; figures stand to the right from *figures_from* on."""

    head: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    figures_from: int


@dataclass(frozen=True, slots=True)
class ReportView:
    """What the template sees."""

    language: str
    words: Words
    period: str
    tiles: tuple[Tile, ...]
    over_time: Markup
    by_kind: Markup
    by_page: Markup
    taken: Grid
    takers: Grid
    capture: str
    price: Grid
    hurt_count: int
    hurt: Grid
    lanes: str
    malformed: str
    lines: tuple[tuple[str, str], ...]
    method: str


def report_page(told: Mapping[str, Any], tally: Tally, *, language: str) -> bytes:
    """The report as a page.

    Args:
        told: The document that `copyfair simulate --json` prints.
        tally: What it was made from; its hours become the timeline.
        language: `en` or `fr`.
    """
    words, told_number = REPORT_TEXTS[language], Numbers(language)
    period = told["period"]
    view = ReportView(
        language=language,
        words=words,
        period=words["period"].format(
            start=(period["from"] or "–")[:10],
            end=(period["to"] or "–")[:10],
            parsed=told_number.whole(told["parsed"]),
            skipped=told_number.whole(told["skipped"]),
        ),
        tiles=_tiles(told, words, told_number),
        over_time=_over_time(told, tally, words),
        by_kind=_by_kind(tally, words, told_number),
        by_page=_by_page(told, words, told_number),
        taken=_taken(told, words, told_number),
        takers=_takers(told, words, told_number),
        capture=words["capture"].format(
            capture=told_number.share(told["capture_index"]),
            unverified=told_number.share(told["unverified"]),
        ),
        price=_price(told, words, told_number),
        hurt_count=sum(told["hurt"].values()),
        hurt=_hurt(told, words),
        lanes=_lanes(told, words, told_number),
        malformed=_malformed(told, words, told_number),
        lines=tuple(
            (each["line"], _because(each, words, told_number))
            for each in told["suggested"]
        ),
        method=words["method_text"].format(
            protect=told["switches"]["protect"],
            licence=told["switches"]["licence_mode"],
        ),
    )
    return render("report.html", view)


def _tiles(told: Mapping[str, Any], words: Words, say: Numbers) -> tuple[Tile, ...]:
    hurt = sum(told["hurt"].values())
    share = told["load_shed"] / told["cost"] if told["cost"] else 0.0
    return (
        Tile(say.share(share), words["shed"], "lead"),
        _saved(told["hours_saved"], words, say),
        Tile(say.size(told["bytes"]), words["taken"]),
        Tile(say.whole(hurt), words["hurt"], "bad" if hurt else "good"),
    )


def _saved(hours: float, words: Words, say: Numbers) -> Tile:
    """Short spans in minutes: 0.0 hours would say that nothing was saved."""
    if 0 < hours < 1:
        return Tile(say.decimal(60 * hours), words["minutes"])
    return Tile(say.decimal(hours), words["hours"])


def _malformed(told: Mapping[str, Any], words: Words, say: Numbers) -> str:
    """Why somebody stands among the refused and not among the hurt."""
    number = told["by_decision"].get("bad-request", 0)
    return words["malformed"].format(number=say.whole(number)) if number else ""


def _lanes(told: Mapping[str, Any], words: Words, say: Numbers) -> str:
    lanes = told["lanes"]
    if lanes is None:
        is_watching = told["switches"]["protect"] != "on"
        return words["lanes_off" if is_watching else "lanes_untold"]
    if not lanes["came"]:
        return words["lanes_none"]
    return words["lanes_text"].format(
        came=say.whole(lanes["came"]),
        at_once=say.whole(lanes["at_once"]),
        long=say.whole(lanes["waited_over_2_s"]),
        clicks=say.whole(sum(lanes["asked_to_click"].values())),
        away=say.whole(sum(lanes["turned_away"].values())),
    )


def _over_time(told: Mapping[str, Any], tally: Tally, words: Words) -> Markup:
    moments: dict[int, dict[str, int]] = {}
    for (hour, kind, is_passed), sums in tally.hours.items():
        shade = "people" if kind in PEOPLE else "automation"
        shades = moments.setdefault(hour, {})
        shade = shade if is_passed else "refused"
        shades[shade] = shades.get(shade, 0) + sums[COST]
    first = tally.first_us // HOUR_US
    hours = tally.last_us // HOUR_US - first + 1 if tally.parsed else 0
    width = max(1, -(-hours // STACKS_MAX))
    stacks = []
    for start in range(first, first + hours, width):
        together: dict[str, int] = {}
        for hour in range(start, start + width):
            for shade, cost in moments.get(hour, {}).items():
                together[shade] = together.get(shade, 0) + cost
        parts = [(name, together.get(name, 0)) for name in SHADES]
        stacks.append(Stack(_moment(start, hours), tuple(parts)))
    top = max((sum(n for _, n in each.parts) for each in stacks), default=0)
    text = words["time_text"].format(top=top, shed=told["load_shed"])
    return timeline(stacks, title=words["time"], text=text, top=_brief(top))


SHADES = ("people", "automation", "refused")


def _moment(hour: int, hours: int) -> str:
    instant = iso(hour * HOUR_US)
    return instant[:10] if hours * HOUR_US > 2 * US_PER_DAY else f"{instant[11:16]} UTC"


def _brief(number: int) -> str:
    return f"{number / 1000:.0f}k" if number >= 10_000 else str(number)


def _by_kind(tally: Tally, words: Words, say: Numbers) -> Markup:
    kinds: dict[str, tuple[Sums, Sums]] = {}
    for row, sums in tally.rows.items():
        served, refused = kinds.setdefault(row.kind, (no_sums(), no_sums()))
        add(served if row.is_passed else refused, sums)
    ranked = sorted(
        kinds.items(), key=lambda it: (-it[1][0][COST] - it[1][1][COST], it[0])
    )
    rows = [
        Bar(
            words.get(f"kind_{kind}", kind),
            (
                ("people" if kind in PEOPLE else "automation", served[COST]),
                ("refused", refused[COST]),
            ),
            say.whole(served[COST] + refused[COST]),
        )
        for kind, (served, refused) in ranked[:KINDS_MAX]
    ]
    first = f"{rows[0].name} ({rows[0].label})" if rows else "–"
    text = words["who_text"].format(first=first)
    return bars(rows, title=words["who"], text=text)


def _by_page(told: Mapping[str, Any], words: Words, say: Numbers) -> Markup:
    rows = [
        Bar(each["page"], (("automation", int(each["busy_s"] * 10)),),
            f"{say.decimal(each['busy_s'], 0)} s")
        for each in told["top_pages"][:KINDS_MAX]
    ]  # fmt: skip
    first = f"{rows[0].name} ({rows[0].label})" if rows else "–"
    return bars(
        rows, title=words["pages"], text=words["pages_text"].format(first=first)
    )


def _taken(told: Mapping[str, Any], words: Words, say: Numbers) -> Grid:
    head = ("kind", "operator", "level", "requests", "bytes", "load", "refused")
    lines = [
        (
            words.get(f"kind_{each['kind']}", each["kind"]),
            each["operator"] if each["operator"] != "unknown" else "–",
            _known(each, words),
            say.whole(each["requests"]),
            say.size(each["bytes"]),
            say.share(each["cost"] / max(1, told["cost"])),
            say.whole(each["refused"]),
        )
        for each in told["taken"][:ROWS_MAX]
    ]
    return _grid(words, head, lines, figures_from=3)


def _known(each: Mapping[str, Any], words: Words) -> str:
    level = "contradicted" if each["contradicted"] else each["level"]
    return words.get(f"level_{level}", level)


def _takers(told: Mapping[str, Any], words: Words, say: Numbers) -> Grid:
    lines = [
        (
            each["taker"],
            say.whole(each["requests"]),
            say.size(each["bytes"]),
            say.share(each["share"]),
        )
        for each in told["top_takers"][:10]
    ]
    return _grid(words, ("taker", "requests", "bytes", "share"), lines, figures_from=1)


def _price(told: Mapping[str, Any], words: Words, say: Numbers) -> Grid:
    price = told["list_price"]
    names = ("agreed", "verified", "claimed") if price["currency"] else ()
    lines = [
        (
            words[name],
            say.money(price[f"{name}_minor"], price["currency"]),
        )
        for name in names
    ]
    return Grid((), tuple(lines), 1)


def _hurt(told: Mapping[str, Any], words: Words) -> Grid:
    lines = [
        (
            words.get(f"hurt_{each['who']}", each["who"]),
            each["network"],
            each["page"] or "–",
            each["rule"],
        )
        for each in told["examples"]
    ]
    return _grid(words, ("kind", "example", "page", "rule"), lines, figures_from=9)


def _because(suggested: Mapping[str, Any], words: Words, say: Numbers) -> str:
    figures = {
        name: say.whole(figure) if isinstance(figure, int) else say.decimal(figure)
        for name, figure in suggested["figures"].items()
    }
    return words[f"why_{suggested['why']}"].format(**figures)


def _grid(
    words: Words,
    head: Sequence[str],
    lines: Iterable[tuple[str, ...]],
    *,
    figures_from: int,
) -> Grid:
    return Grid(tuple(words[name] for name in head), tuple(lines), figures_from)
