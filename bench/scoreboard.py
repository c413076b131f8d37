"""The scoreboard: each target beside the latest figure, as one Markdown page.

Generated from `bench/results/latest.json`; whoever edits the page by hand finds a
failing test.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from bench.targets import BESIDE, TARGETS, Target

HEAD = """\
# Scoreboard

What we promise of speed and memory, and what the last run of `make bench` found. \
This page and its chart are generated from \
[bench/results/latest.json](../../bench/results/latest.json); \
[bench/README.md](../../bench/README.md) says how it is measured. A figure is the \
median of its rounds, with minimum and maximum.

![CPU time per request of the gateway and its peers, against nginx](scoreboard.svg)

"""
PROMISES = """
## What we promise

| what | target | measured | met |
|---|---|---|---|
"""
BESIDE_THEM = """
## Measured beside it

No promise, but nothing above may be met by a narrow case: other askers, other heads \
on every request, new connections, another event loop.

| what | measured |
|---|---|
"""
UNMEASURED = "not measured"


def scoreboard(document: Mapping[str, Any]) -> str:
    """The page of a results document."""
    return "".join(
        (
            HEAD,
            _where(document),
            PROMISES,
            *_promised(TARGETS, document),
            BESIDE_THEM,
            *_beside(BESIDE, document),
            _foot(document),
        )
    )


def _promised(targets: Iterable[Target], document: Mapping[str, Any]) -> list[str]:
    return [
        f"| {each.what} | {each.text} | {_figure(each, document)} "
        f"| {_met(each, document)} |\n"
        for each in targets
    ]


def _beside(targets: Iterable[Target], document: Mapping[str, Any]) -> list[str]:
    return [f"| {each.what} | {_figure(each, document)} |\n" for each in targets]


def _found(target: Target, document: Mapping[str, Any]) -> Mapping[str, Any] | None:
    found: Any = document
    for name in target.key.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, Mapping) else None


def _figure(target: Target, document: Mapping[str, Any]) -> str:
    found = _found(target, document)
    if found is None:
        return UNMEASURED
    figure = f"{found['median']:,g} {target.unit}".strip()
    if found["n"] == 1:
        return f"{figure} (once)"
    return f"{figure} ({found['min']:,g} – {found['max']:,g}, n = {found['n']})"


def _met(target: Target, document: Mapping[str, Any]) -> str:
    found = _found(target, document)
    if found is None:
        return "–"
    return "yes" if target.is_held(found["median"]) else "**no**"


def _where(document: Mapping[str, Any]) -> str:
    place = document["machine"]
    loop = document.get("loop") or "asyncio"
    return (
        f"Measured on {document['date']} at commit `{document['commit']}`, effort "
        f"`{document['effort']}`, on {place['cpu']}, {place['cores']} cores, "
        f"{place['kernel']}; load average before the run "
        f"{place['load_average_before']}; the gateway on {loop}.\n"
    )


def _foot(document: Mapping[str, Any]) -> str:
    used = ", ".join(f"{name} {one}" for name, one in document["versions"].items())
    peers = ", ".join(document["missing_peers"]) or "none"
    lines = [f"\nVersions: {used}. Peers not measured: {peers}.\n"]
    reasons = document.get("reasons", {})
    if reasons:
        lines.append("\nWhy something was not measured:\n\n")
        lines += [f"- `{what}`: {why}\n" for what, why in reasons.items()]
    return "".join(lines)
