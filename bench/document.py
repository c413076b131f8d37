"""The results as others read them: `bench/results/latest.json`.

The keys are promised. What is not measured yet, or could not be measured here, is
null, and named in `not_measured`; `reasons` says why where a run knows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.effort import CONNECTIONS, SIZES, Effort
from bench.figures import Figure, difference, figure, ratio
from bench.load import Load
from bench.machine import commit, machine, now, versions
from bench.peers.table import NOT_YET, PEERS
from bench.run import OURS, OURS_METERED, OURS_OFF, OURS_READER, Results

SCHEMA = "copyfair/bench/1"
SMALL = "1k"

Document = dict[str, Any]


def about(effort: Effort) -> Document:
    """When, where and how; made before the load begins."""
    at = now()
    generator = Load("/", requests=effort.requests).generator
    return {
        "schema": SCHEMA,
        "commit": commit(),
        "date": at.date().isoformat(),
        "measured_at": at.isoformat(timespec="seconds"),
        "effort": effort.name,
        "machine": machine(),
        "versions": versions(),
        "load": {
            "generator": generator,
            "connections": dict(CONNECTIONS),
            "seconds": effort.seconds,
            "rounds": effort.rounds,
        },
    }


def document(results: Results, opening: Document) -> Document:
    """Everything that was measured, in the promised shape."""
    rounds = results.inline
    metered = [each.events_per_s for each in results.metering]
    small = rounds.of(SMALL, OURS)
    off = rounds.of(SMALL, OURS_OFF)
    found: Document = {
        "inline": {size: _inline(results, size) for size in SIZES},
        "inline_more": {
            "reader_cpu_us": _written(figure(rounds.of(SMALL, OURS_READER))),
            "metered_cpu_us": _written(figure(rounds.of(SMALL, OURS_METERED))),
            "off_cpu_us": _written(figure(off)),
        },
        "memory": {
            "slow_reader_mb": _written(figure(results.slow_reader_mb)),
            "idle_connection_kb": _written(figure(results.idle_connection_kb)),
            "idle_mb": _written(figure(results.idle_mb)),
        },
        "tax_us": _written(difference(small, off)),
        "tax_metered_us": _written(difference(rounds.of(SMALL, OURS_METERED), off)),
        "forward_auth": _nothing(
            "decision_us", "ratio_nginx_uncached", "ratio_nginx_cached"
        ),
        "growth": {
            "decide_us": _written(figure(results.decide_us)),
            "decide_us_1000_rules": _written(figure(results.decide_us_large)),
            "ratio_1000_rules": _written(
                ratio(results.decide_us_large, results.decide_us)
            ),
            **_nothing("ratio_100000_ranges", "ratio_1000000_keys"),
        },
        "metering": {
            "events_per_s": _written(figure(metered)),
            "cpu_us": _written(figure([each.cpu_us for each in results.metering])),
            "batched_per_s": _written(
                figure([each.batched_per_s for each in results.metering])
            ),
        },
        "billing_run": _nothing("seconds_10m_events", "peak_mb"),
        "simulate": _nothing("lines_per_s", "ratio_goaccess"),
    }
    missing = [name for name in PEERS if not rounds.of(SMALL, name)]
    return {
        **opening,
        **found,
        "missing_peers": sorted([*missing, *NOT_YET]),
        "not_measured": list(_nulls(found)),
        "reasons": dict(sorted(results.faults.items())),
    }


def _inline(results: Results, size: str) -> Document:
    rounds = results.inline
    ours = rounds.of(size, OURS)
    peers = {name: rounds.of(size, name) for name in PEERS}
    ratios = {name: _written(ratio(ours, theirs)) for name, theirs in peers.items()}
    return {
        "cpu_us": _written(figure(ours)),
        "ratio": ratios | _nothing(*NOT_YET),
        "peers_cpu_us": {
            name: _written(figure(theirs)) for name, theirs in peers.items()
        },
    }


def _written(one: Figure | None) -> dict[str, float | int] | None:
    return one.document() if one else None


def _nothing(*names: str) -> dict[str, None]:
    return dict.fromkeys(names)


def _nulls(found: Mapping[str, Any], prefix: str = "") -> Iterator[str]:
    """The dotted names of everything that is null."""
    for name, value in found.items():
        if value is None:
            yield prefix + name
        elif isinstance(value, Mapping):
            yield from _nulls(value, f"{prefix}{name}.")
