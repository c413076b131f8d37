"""One run: start everything, let it race, end everything.

What cannot be measured is left out and says why; the rest of the run goes on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import deciding, inline, memory, metering
from bench.effort import SIZES, Effort
from bench.inline import Contender, Measured
from bench.peers import gateway, nginx
from bench.peers.gateway import SetUp
from bench.peers.site import Site
from bench.peers.table import PEERS
from bench.processes import NotMeasured, Server

OURS, OURS_OFF = "gateway", "gateway_off"
OURS_METERED, OURS_READER = "gateway_metered", "gateway_reader"
SMALL = frozenset({"1k"})
SEED = 7

Say = Callable[[str], None]


@dataclass(slots=True)
class Results:
    """Every round of everything, before medians are taken.

    Attributes:
        inline: CPU-µs per request, by size and contender.
        idle_mb, idle_connection_kb, slow_reader_mb: Of the gateway.
        metering: Of the group commit.
        decide_us, decide_us_large: Of the shipped and the large policy.
        faults: Why something has no figure.
    """

    inline: Measured = field(default_factory=Measured)
    idle_mb: list[float] = field(default_factory=list)
    idle_connection_kb: list[float] = field(default_factory=list)
    slow_reader_mb: list[float] = field(default_factory=list)
    metering: list[metering.Round] = field(default_factory=list)
    decide_us: list[float] = field(default_factory=list)
    decide_us_large: list[float] = field(default_factory=list)
    faults: dict[str, str] = field(default_factory=dict)

    @contextmanager
    def forgiving(self, what: str) -> Generator[None]:
        """Note why *what* could not be measured, and go on."""
        try:
            yield
        except (NotMeasured, OSError) as fault:
            self.faults[what] = str(fault)


def measure(folder: Path, effort: Effort, say: Say) -> Results:
    """Measure everything that can be measured here; *folder* is empty and ours."""
    results = Results()
    tree = folder / "tree"
    _plant(tree)
    with ExitStack() as stack:
        archive = stack.enter_context(nginx.archive(folder, tree))
        site = Site(folder, archive.port)
        contenders = _peers(stack, site, results)
        ours = None
        with results.forgiving(OURS):
            ours = gateway.set_up(site, OURS)
            contenders += _ours(stack, ours, gateway.set_up(site, "off", is_off=True))
        say(f"racing: {', '.join(each.name for each in contenders)}")
        results.inline = inline.measure(contenders, effort)
        results.faults |= results.inline.faults
        if ours is not None:
            with results.forgiving(OURS_METERED):
                ours.assert_metered()
            say("memory")
            with results.forgiving("memory"):
                # A set-up of its own: one folder is served by one process.
                fresh = gateway.set_up(site, "memory")
                _remember(fresh.serving, fresh.known, effort=effort, results=results)
    say("metering")
    with results.forgiving("metering"):
        results.metering = metering.measure(folder, effort)
    say("deciding")
    with results.forgiving("growth"):
        policies = folder / "policies"
        policies.mkdir()
        results.decide_us = deciding.decide_us(deciding.shipped(), effort)
        results.decide_us_large = deciding.decide_us(deciding.large(policies), effort)
    return results


def _plant(tree: Path) -> None:
    """The archive: one file of chance for each size, the same in every run."""
    tree.mkdir()
    chance = random.Random(SEED)  # noqa: S311 - bytes to carry, no secret
    megabyte = chance.randbytes(1 << 20)
    for name, size in SIZES.items():
        with (tree / f"{name}.bin").open("wb") as file:
            for _ in range(max(1, size >> 20)):
                file.write(megabyte[:size])
    (tree / "index.html").write_text("ready", encoding="utf-8")


def _peers(stack: ExitStack, site: Site, results: Results) -> list[Contender]:
    started = []
    for name, peer in PEERS.items():
        with results.forgiving(name):
            started.append(Contender(name, stack.enter_context(peer(site))))
    return started


def _ours(stack: ExitStack, ours: SetUp, off: SetUp) -> list[Contender]:
    """Ourselves: known, as a reader, metered; and switched off beside it."""
    on = stack.enter_context(ours.serving())
    passing = stack.enter_context(off.serving())
    return [
        Contender(OURS, on, ours.known),
        Contender(OURS_READER, on, sizes=SMALL),
        Contender(OURS_METERED, on, ours.metered, sizes=SMALL),
        Contender(OURS_OFF, passing, off.known, sizes=SMALL),
    ]


def _remember(
    fresh: Callable[[], AbstractContextManager[Server]],
    headers: Mapping[str, str],
    *,
    effort: Effort,
    results: Results,
) -> None:
    """Three figures of memory, each round on servers started afresh."""
    for _ in range(effort.memory_rounds):
        with fresh() as server:
            results.idle_mb.append(memory.idle_mb(server))
            connection_kb = memory.idle_connection_kb(server, headers, effort)
            results.idle_connection_kb.append(connection_kb)
        with fresh() as server:
            reader_mb = memory.slow_reader_mb(server, headers, effort)
            results.slow_reader_mb.append(reader_mb)
