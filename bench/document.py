"""The results as others read them: `bench/results/latest.json`.

The keys are promised. What is not measured yet, or could not be measured here, is
null, and named in `not_measured`; `reasons` says why where a run knows it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from bench.contenders import NGINX, OURS
from bench.deciding import IN_USE, Growth
from bench.effort import CONNECTIONS, SIZES, Effort
from bench.figures import Figure, difference, figure, ratio
from bench.front import ASKED, CACHED, DECISION, NATIVE, PLAIN, PLAIN_READER
from bench.inline import Measured
from bench.load import Load
from bench.machine import commit, machine, now, versions
from bench.networks import FEW, MANY
from bench.peers.table import PEERS
from bench.run import Results
from bench.workers import NGINX_ONE, NGINX_TWO, ONE, TWO

SCHEMA = "copyfair/bench/1"
SMALL = "1k"
BILLED_MAX = 10_000_000
KEYS_MAX = 1_000_000
SHAPED = ("varying", "fresh")

Document = dict[str, Any]
Written = dict[str, float | int]


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
    found: Document = {
        "loop": results.loop or None,
        "inline": {size: _inline(rounds, size) for size in SIZES},
        "inline_more": _inline_more(rounds),
        "memory": {
            "slow_reader_mb": _written(figure(results.slow_reader_mb)),
            "slow_reader_growth_mb": _written(figure(results.slow_growth_mb)),
            "idle_connection_kb": _written(figure(results.idle_connection_kb)),
            "idle_mb": _written(figure(results.idle_mb)),
        },
        **_taxes(rounds),
        "workers": _workers(results),
        "forward_auth": _forward_auth(results),
        "growth": _growth(results.growth),
        "metering": _metering(results),
        "billing_run": _billing(results),
        "simulate": results.simulated.document(),
    }
    missing = [name for name in PEERS if not rounds.of(SMALL, name)]
    return {
        **opening,
        **found,
        "missing_peers": sorted(missing),
        "not_measured": list(_nulls(found)),
        "reasons": dict(sorted(results.faults.items())),
    }


def _inline(rounds: Measured, size: str) -> Document:
    ours = rounds.of(size, OURS)
    peers = {name: rounds.of(size, name) for name in PEERS}
    return {
        "cpu_us": _written(figure(ours)),
        "ratio": {name: _written(ratio(ours, them)) for name, them in peers.items()},
        "peers_cpu_us": {name: _written(figure(them)) for name, them in peers.items()},
    }


def _inline_more(rounds: Measured) -> Document:
    """Ourselves in other ways, and how each compares with nginx asked the same."""
    small = {
        f"{who}_cpu_us": _written(figure(rounds.of(SMALL, f"{OURS}_{who}")))
        for who in ("reader", "metered", "off", "asyncio")
    }
    ratios: Document = {}
    for who in ("reader", "metered"):
        peer = dict.fromkeys(SIZES, NGINX) | {"100m": "nginx_large_buffers"}
        ratios[who] = {
            size: _against(rounds, size, f"{OURS}_{who}", peer=peer[size])
            for size in SIZES
        }
    for shape in SHAPED:
        peer_name = f"{NGINX}_{shape}"
        for prefix in (OURS, f"{OURS}_reader"):
            name = f"{prefix}_{shape}".removeprefix(f"{OURS}_")
            ratios[name] = _against(rounds, SMALL, f"{prefix}_{shape}", peer=peer_name)
    name = f"{OURS}_metered_varying"
    ratios["metered_varying"] = _against(rounds, SMALL, name, peer=f"{NGINX}_varying")
    return {**small, "ratio_nginx": ratios}


def _against(rounds: Measured, size: str, name: str, *, peer: str) -> Written | None:
    return _written(ratio(rounds.of(size, name), rounds.of(size, peer)))


def _taxes(rounds: Measured) -> Document:
    """What policy and metering cost, over the same request after `copyfair off`."""

    def tax(who: str, off: str) -> Written | None:
        return _written(difference(rounds.of(SMALL, who), rounds.of(SMALL, off)))

    off = f"{OURS}_off"
    return {
        "tax_us": tax(OURS, off),
        "tax_reader_us": tax(f"{OURS}_reader", f"{OURS}_reader_off"),
        "tax_metered_us": tax(f"{OURS}_metered", off),
    }


def _workers(results: Results) -> Document:
    per_s, cpu_us = results.workers.per_s, results.workers.cpu_us
    return {
        "one_per_s": _written(figure(per_s.get(ONE, ()))),
        "two_per_s": _written(figure(per_s.get(TWO, ()))),
        "ratio": _written(ratio(per_s.get(TWO, ()), per_s.get(ONE, ()))),
        "ratio_of_nginx": _written(
            ratio(per_s.get(NGINX_TWO, ()), per_s.get(NGINX_ONE, ()))
        ),
        "two_cpu_us": _written(figure(cpu_us.get(TWO, ()))),
    }


def _forward_auth(results: Results) -> Document:
    front = results.front
    return {
        "decision_us": _written(figure(front.of(DECISION))),
        "ratio_nginx_uncached": _written(ratio(front.of(ASKED), front.of(PLAIN))),
        "ratio_nginx_cached": _written(ratio(front.of(CACHED), front.of(PLAIN))),
        "ratio_nginx_readers": _written(
            ratio(front.of(NATIVE), front.of(PLAIN_READER))
        ),
    }


def _growth(growth: Growth) -> Document:
    rules = {f"decide_us_{n}_rules": figure(us) for n, us in growth.rules.items()}
    keys = sorted(growth.keys)
    many_keys = keys[-1] if keys else IN_USE
    ratio_keys = _written(
        ratio(growth.keys.get(many_keys, ()), growth.keys.get(IN_USE, ()))
    )
    return {
        "decide_us": _written(figure(growth.shipped)),
        **{name: _written(one) for name, one in rules.items()},
        "ratio_1000_rules": _written(
            ratio(growth.rules.get(1_000, ()), growth.shipped)
        ),
        "range_look_up_us": _written(figure(growth.ranges.get(MANY, ()))),
        "ratio_100000_ranges": _written(
            ratio(growth.ranges.get(MANY, ()), growth.ranges.get(FEW, ()))
        ),
        "decide_us_key": _written(figure(growth.keys.get(IN_USE, ()))),
        "keys": many_keys,
        "ratio_keys": ratio_keys,
        "ratio_1000000_keys": ratio_keys if many_keys == KEYS_MAX else None,
        "key_look_up_us": _written(figure(growth.key_look_up.get(many_keys, ()))),
        "ratio_key_look_up": _written(
            ratio(
                growth.key_look_up.get(many_keys, ()),
                growth.key_look_up.get(IN_USE, ()),
            )
        ),
    }


def _metering(results: Results) -> Document:
    rounds = results.metering
    return {
        "events_per_s": _written(figure([each.events_per_s for each in rounds])),
        "cpu_us": _written(figure([each.cpu_us for each in rounds])),
        "batched_per_s": _written(figure([each.batched_per_s for each in rounds])),
    }


def _billing(results: Results) -> Document:
    if not results.billing:
        return _nothing("events", "seconds", "peak_mb", "seconds_10m_events")
    small, large = results.billing
    seconds = _once(large.seconds)
    return {
        "events": large.events,
        "seconds": seconds,
        "events_per_s": _once(large.events / large.seconds),
        "peak_mb": _once(large.peak_mb),
        "events_small": small.events,
        "peak_mb_small": _once(small.peak_mb),
        "seconds_10m_events": seconds if large.events == BILLED_MAX else None,
    }


def _once(value: float) -> Written | None:
    return _written(figure([value]))


def _written(one: Figure | None) -> Written | None:
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
