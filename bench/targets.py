"""The promises of speed and memory, and where each figure stands in the results."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """A promise.

    Attributes:
        what: For a reader.
        key: Where the figure stands in the document, dotted.
        limit: The figure we hold ourselves to; None where we promise none.
        is_least: Whether it is a minimum rather than a maximum.
        unit: Behind the figure.
    """

    what: str
    key: str
    limit: float | None
    is_least: bool = False
    unit: str = ""

    @property
    def text(self) -> str:
        """As in `≤ 2 ×`; a dash where nothing is promised."""
        if self.limit is None:
            return "–"
        return f"{'≥' if self.is_least else '≤'} {self.limit:,g} {self.unit}".strip()

    def is_held(self, measured: float) -> bool | None:
        """Does a figure keep the promise? None where there is none."""
        if self.limit is None:
            return None
        return measured >= self.limit if self.is_least else measured <= self.limit


def _over(what: str, key: str, limit: float | None) -> Target:
    return Target(what, key, limit, unit="×")


def _rate(what: str, key: str, limit: float | None) -> Target:
    return Target(what, key, limit, is_least=True, unit="/s")


MORE = "inline_more.ratio_nginx"

TARGETS = (
    _over("1 KiB inline, CPU, against nginx", "inline.1k.ratio.nginx", 2.0),
    _over("… against Caddy", "inline.1k.ratio.caddy", 0.5),
    _over("… against node http-proxy", "inline.1k.ratio.node", 0.35),
    _over("… against a naive aiohttp proxy", "inline.1k.ratio.aiohttp", 0.2),
    _over("32 KiB, against nginx", "inline.32k.ratio.nginx", 1.4),
    _over("1 MiB, against nginx", "inline.1m.ratio.nginx", 0.6),
    _over(
        "100 MiB, against nginx with large buffers",
        "inline.100m.ratio.nginx_large_buffers",
        1.3,
    ),
    Target("memory of a slow reader", "memory.slow_reader_mb", 0.6, unit="MiB"),
    Target("… of an idle connection", "memory.idle_connection_kb", 3, unit="KiB"),
    Target("… of an idle gateway", "memory.idle_mb", 150, unit="MiB"),
    Target("tax of policy, unmetered", "tax_us", 5, unit="µs"),
    Target("… with durable intent and event", "tax_metered_us", 40, unit="µs"),
    Target("forward-auth decision", "forward_auth.decision_us", 20, unit="µs"),
    _over("… uncached, nginx", "forward_auth.ratio_nginx_uncached", 3),
    _over("… cached, nginx", "forward_auth.ratio_nginx_cached", 1.6),
    _over(
        "readers behind nginx with exported rules",
        "forward_auth.ratio_nginx_readers",
        1.05,
    ),
    _over("1,000 more rules against none", "growth.ratio_1000_rules", 2),
    _over("100,000 address ranges against 100", "growth.ratio_100000_ranges", 2),
    _over("1,000,000 keys against 1,000", "growth.ratio_1000000_keys", 2),
    _rate("durable usage events", "metering.events_per_s", 100_000),
    Target(
        "billing run of 10,000,000 events",
        "billing_run.seconds_10m_events",
        60,
        unit="s",
    ),
    _rate("`simulate`, log lines", "simulate.lines_per_s", 150_000),
    _over("`simulate` against GoAccess", "simulate.ratio_goaccess", 3),
    Target("two workers against one", "workers.ratio", 1.7, is_least=True, unit="×"),
)

BESIDE = (
    _over("1 KiB, an anonymous reader, against nginx", f"{MORE}.reader.1k", None),
    _over("… 32 KiB", f"{MORE}.reader.32k", None),
    _over("… 1 MiB", f"{MORE}.reader.1m", None),
    _over("… 100 MiB, nginx with large buffers", f"{MORE}.reader.100m", None),
    _over("… another head on every request", f"{MORE}.reader_varying", None),
    _over("… a new connection for every request", f"{MORE}.reader_fresh", None),
    _over("1 KiB, key holder, another head every time", f"{MORE}.varying", None),
    _over("… a new connection every time", f"{MORE}.fresh", None),
    _over("1 KiB, metered, against nginx", f"{MORE}.metered.1k", None),
    _over("… another head on every request", f"{MORE}.metered_varying", None),
    _over("… 100 MiB, nginx with large buffers", f"{MORE}.metered.100m", None),
    Target("1 KiB, CPU, key holder", "inline.1k.cpu_us", None, unit="µs"),
    Target("… on plain asyncio", "inline_more.asyncio_cpu_us", None, unit="µs"),
    Target("… metered", "inline_more.metered_cpu_us", None, unit="µs"),
    Target("… switched off", "inline_more.off_cpu_us", None, unit="µs"),
    Target("tax of policy, an anonymous reader", "tax_reader_us", None, unit="µs"),
    Target(
        "growth of a slow reader while it reads",
        "memory.slow_reader_growth_mb",
        None,
        unit="MiB",
    ),
    Target("a decision without a socket", "growth.decide_us", None, unit="µs"),
    Target("… with 1 more rule", "growth.decide_us_1_rules", None, unit="µs"),
    Target("… with 1,000 more", "growth.decide_us_1000_rules", None, unit="µs"),
    Target("… for a key holder", "growth.decide_us_key", None, unit="µs"),
    Target(
        "finding the network of an address among 100,000",
        "growth.range_look_up_us",
        None,
        unit="µs",
    ),
    Target(
        "finding a key that nobody remembers", "growth.key_look_up_us", None, unit="µs"
    ),
    _over("… among many keys against 1,000", "growth.ratio_key_look_up", None),
    _rate("usage events in full batches", "metering.batched_per_s", None),
    _rate("billing run, events", "billing_run.events_per_s", None),
    Target("… memory at most", "billing_run.peak_mb", None, unit="MiB"),
    Target("… with a hundredth as many", "billing_run.peak_mb_small", None, unit="MiB"),
    _over("nginx, two workers against one", "workers.ratio_of_nginx", None),
)
"""Measured beside the promises, so that none of them is met by a narrow case."""
