"""The scoreboard: each target beside the latest figure, as one Markdown page.

Generated from `bench/results/latest.json`; whoever edits the page by hand finds a
failing test.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

HEAD = """\
# Scoreboard

What we promise of speed and memory, and what the last run of `make bench` found. \
This page is generated from \
[bench/results/latest.json](../../bench/results/latest.json); \
[bench/README.md](../../bench/README.md) says how it is measured. A figure is the \
median of its rounds, with minimum and maximum.

| what | target | measured | held | date | commit | machine |
|---|---|---|---|---|---|---|
"""
UNMEASURED = "not measured yet"


@dataclass(frozen=True, slots=True)
class Target:
    """A promise.

    Attributes:
        what: For a reader.
        key: Where the figure stands in the document, dotted.
        limit: The figure we hold ourselves to.
        is_least: Whether it is a minimum rather than a maximum.
        unit: Behind the figure.
    """

    what: str
    key: str
    limit: float
    is_least: bool = False
    unit: str = ""

    @property
    def text(self) -> str:
        """As in `≤ 2 ×`."""
        return f"{'≥' if self.is_least else '≤'} {self.limit:,g} {self.unit}".strip()

    def is_held(self, measured: float) -> bool:
        """Does a figure keep the promise?"""
        return measured >= self.limit if self.is_least else measured <= self.limit


def _over(what: str, key: str, limit: float) -> Target:
    return Target(what, f"inline.{key}", limit, unit="×")


TARGETS = (
    _over("1 KiB inline, CPU, against nginx", "1k.ratio.nginx", 2.0),
    _over("… against Caddy", "1k.ratio.caddy", 0.5),
    _over("… against node http-proxy", "1k.ratio.node", 0.35),
    _over("… against a naive aiohttp proxy", "1k.ratio.aiohttp", 0.2),
    _over("32 KiB, against nginx", "32k.ratio.nginx", 1.4),
    _over("1 MiB, against nginx", "1m.ratio.nginx", 0.6),
    _over(
        "100 MiB, against nginx with large buffers",
        "100m.ratio.nginx_large_buffers",
        1.3,
    ),
    Target("memory of a slow reader", "memory.slow_reader_mb", 0.6, unit="MiB"),
    Target("… of an idle connection", "memory.idle_connection_kb", 3, unit="KiB"),
    Target("… of an idle gateway", "memory.idle_mb", 150, unit="MiB"),
    Target("tax of policy, unmetered", "tax_us", 5, unit="µs"),
    Target("… with durable intent and event", "tax_metered_us", 40, unit="µs"),
    Target("forward-auth decision", "forward_auth.decision_us", 20, unit="µs"),
    Target("… uncached, nginx", "forward_auth.ratio_nginx_uncached", 3, unit="×"),
    Target("… cached, nginx", "forward_auth.ratio_nginx_cached", 1.6, unit="×"),
    Target("1,000 rules against few", "growth.ratio_1000_rules", 2, unit="×"),
    Target("100,000 ranges against few", "growth.ratio_100000_ranges", 2, unit="×"),
    Target("1,000,000 keys against few", "growth.ratio_1000000_keys", 2, unit="×"),
    Target(
        "durable usage events",
        "metering.events_per_s",
        100_000,
        is_least=True,
        unit="/s",
    ),
    Target(
        "… in full batches, without the event loop",
        "metering.batched_per_s",
        100_000,
        is_least=True,
        unit="/s",
    ),
    Target(
        "billing run of 10,000,000 events",
        "billing_run.seconds_10m_events",
        60,
        unit="s",
    ),
    Target(
        "`simulate`, log lines",
        "simulate.lines_per_s",
        150_000,
        is_least=True,
        unit="/s",
    ),
    Target("`simulate` against GoAccess", "simulate.ratio_goaccess", 3, unit="×"),
)


def scoreboard(document: Mapping[str, Any]) -> str:
    """The page of a results document."""
    place = document["machine"]
    where = f"{place['cpu']}, {place['cores']} cores, {place['kernel']}"
    when = f"{document['date']} | `{document['commit']}` | {where}"
    rows = [f"| {_measured(each, document)} | {when} |" for each in TARGETS]
    return HEAD + "\n".join(rows) + "\n" + _foot(document)


def _measured(target: Target, document: Mapping[str, Any]) -> str:
    found: Any = document
    for name in target.key.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    if found is None:
        return f"{target.what} | {target.text} | {UNMEASURED} | –"
    held = "yes" if target.is_held(found["median"]) else "**no**"
    spread = f"{found['min']:,g} – {found['max']:,g}, n = {found['n']}"
    figure = f"{found['median']:,g} {target.unit}".strip()
    return f"{target.what} | {target.text} | {figure} ({spread}) | {held}"


def _foot(document: Mapping[str, Any]) -> str:
    peers = ", ".join(document["missing_peers"]) or "none"
    used = ", ".join(f"{name} {one}" for name, one in document["versions"].items())
    busy = document["machine"]["load_average_before"]
    return (
        f"\nMeasured with {used}; effort `{document['effort']}`; load average before "
        f"the run {busy}. Peers not measured: {peers}.\n"
    )
