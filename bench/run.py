"""One run: start everything, let it race, end everything.

What cannot be measured is left out and says why; the rest of the run goes on.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Generator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench import (
    billing,
    contenders,
    deciding,
    front,
    inline,
    memory,
    metering,
    simulating,
)
from bench import workers as two_workers
from bench.billing import BillingRun
from bench.contenders import OURS
from bench.deciding import Growth
from bench.effort import SIZES, Effort
from bench.front import Front
from bench.inline import Measured
from bench.peers import gateway, nginx
from bench.peers.site import Site
from bench.processes import NotMeasured, Server
from bench.simulating import Simulated
from bench.workers import Workers

SEED = 7

Say = Callable[[str], None]


@dataclass(slots=True)
class Results:
    """Every round of everything, before medians are taken.

    Attributes:
        loop: The event loop that the gateway took.
        inline: CPU-µs per request, by size and contender.
        idle_mb, idle_connection_kb, slow_reader_mb, slow_growth_mb: Of the gateway.
        workers: Of one and two workers.
        front: Of forward-auth.
        metering: Of the group commit.
        growth: Of deciding.
        billing: Of the billing run, a small one and a large one.
        simulated: Of the replay of a log.
        faults: Why something has no figure.
    """

    loop: str = ""
    inline: Measured = field(default_factory=Measured)
    idle_mb: list[float] = field(default_factory=list)
    idle_connection_kb: list[float] = field(default_factory=list)
    slow_reader_mb: list[float] = field(default_factory=list)
    slow_growth_mb: list[float] = field(default_factory=list)
    workers: Workers = field(default_factory=Workers)
    front: Front = field(default_factory=Front)
    metering: list[metering.Round] = field(default_factory=list)
    growth: Growth = field(default_factory=Growth)
    billing: tuple[BillingRun, ...] = ()
    simulated: Simulated = field(default_factory=Simulated)
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
    plant(tree)
    with nginx.archive(folder, tree) as archive:
        site = Site(folder, archive.port)
        _race(site, effort, results=results, say=say)
        say("memory")
        with results.forgiving("memory"):
            # A set-up of its own: one folder is served by one process.
            fresh = gateway.set_up(site, "memory")
            _remember(fresh.serving, fresh.known, effort=effort, results=results)
        say("workers")
        with results.forgiving("workers"):
            results.workers = two_workers.measure(site, effort)
        say("forward-auth")
        with results.forgiving("forward_auth"):
            results.front = front.measure(site, effort)
            results.faults |= results.front.faults
        say("metering")
        with results.forgiving("metering"):
            results.metering = metering.measure(folder, effort)
        say("growth")
        with results.forgiving("growth"):
            results.growth = deciding.measure(site, effort)
            results.faults |= results.growth.faults
        say("billing")
        with results.forgiving("billing_run"):
            results.billing = billing.measure(site, effort.billed_events)
            rated = results.billing[-1].events
            if rated < effort.billed_events:
                reason = f"{effort.billed_events} events would take too long here"
                results.faults["billing_run.seconds_10m_events"] = reason
        say("simulating")
        with results.forgiving("simulate"):
            results.simulated = simulating.measure(folder, effort)
            if not results.simulated.goaccess_cpu_s:
                reason = "goaccess is not installed; `make services` does it on Debian"
                results.faults["simulate.ratio_goaccess"] = reason
    return results


def plant(tree: Path) -> None:
    """The archive: one file of chance for each size, the same in every run."""
    tree.mkdir()
    chance = random.Random(SEED)  # noqa: S311 - bytes to carry, no secret
    megabyte = chance.randbytes(1 << 20)
    for name, size in SIZES.items():
        with (tree / f"{name}.bin").open("wb") as file:
            for _ in range(max(1, size >> 20)):
                file.write(megabyte[:size])
    (tree / "index.html").write_text("ready", encoding="utf-8")


def _race(site: Site, effort: Effort, *, results: Results, say: Say) -> None:
    """Peers and ourselves, side by side."""
    with ExitStack() as stack:
        theirs = contenders.of_peers(contenders.peers(stack, site, results.faults))
        ours = None
        racing = theirs
        with results.forgiving(OURS):
            ours = gateway.set_up(site, OURS)
            on = stack.enter_context(ours.serving())
            off = gateway.set_up(site, "off", is_off=True).serving()
            results.loop = on.loop
            mine = contenders.of_ours(on, stack.enter_context(off), ours)
            plain = gateway.set_up(site, "asyncio")
            mine += contenders.on_other_loop(stack, plain, on=on, faults=results.faults)
            racing = contenders.in_fair_order(mine, theirs)
        say(f"racing: {', '.join(each.name for each in racing)}")
        results.inline = inline.measure(racing, effort)
        results.faults |= results.inline.faults
        if ours is not None:
            with results.forgiving(f"{OURS}_metered"):
                ours.assert_metered()


def _remember(
    fresh: Callable[[], AbstractContextManager[Server]],
    headers: Mapping[str, str],
    *,
    effort: Effort,
    results: Results,
) -> None:
    """Figures of memory, each round on servers started afresh."""
    for _ in range(effort.memory_rounds):
        with fresh() as server:
            results.idle_mb.append(memory.idle_mb(server))
            connection_kb = memory.idle_connection_kb(server, headers, effort)
            results.idle_connection_kb.append(connection_kb)
        with fresh() as server:
            found = memory.slow_readers(server, headers, effort)
            results.slow_reader_mb.append(found.most_mb)
            results.slow_growth_mb.append(found.growth_mb)
