"""Who races: our peers, and ourselves in every way we are asked.

The name of a contender is its key in the results. Those of us whose figures are
subtracted from each other, or compared with nginx, stand side by side, so that they
have their turns one after the other.
"""

from __future__ import annotations

from contextlib import ExitStack

from bench.inline import Contender
from bench.load import BROWSER, Shape
from bench.peers.gateway import How, Running, SetUp
from bench.peers.site import Site
from bench.peers.table import PEERS
from bench.processes import NotMeasured, Server

OURS = "gateway"
SMALL = frozenset({"1k"})
READER = {"User-Agent": BROWSER, "Accept": "text/html"}

NGINX = "nginx"
SHAPES = {"varying": Shape.VARYING, "fresh": Shape.FRESH}


def peers(stack: ExitStack, site: Site, faults: dict[str, str]) -> dict[str, Server]:
    """Start every peer that can be; the others get their reason."""
    started = {}
    for name, peer in PEERS.items():
        try:
            started[name] = stack.enter_context(peer(site))
        except (NotMeasured, OSError) as fault:
            faults[name] = str(fault)
    return started


def of_peers(started: dict[str, Server]) -> list[Contender]:
    """Every peer as a reader asks; nginx also in the other two shapes."""
    found = [Contender(name, server, READER) for name, server in started.items()]
    if NGINX in started:
        server = started[NGINX]
        found += [
            Contender(f"{NGINX}_{name}", server, READER, SMALL, shape)
            for name, shape in SHAPES.items()
        ]
    return found


def of_ours(on: Running, off: Running, ours: SetUp) -> list[Contender]:
    """Ourselves: known, a reader, metered, and switched off; in all three shapes."""
    known, metered = ours.known, ours.metered
    found = [
        Contender(OURS, on, known),
        Contender(f"{OURS}_off", off, known, SMALL),
        Contender(f"{OURS}_metered", on, metered),
        Contender(f"{OURS}_reader", on, READER),
        Contender(f"{OURS}_reader_off", off, READER, SMALL),
    ]
    for name, shape in SHAPES.items():
        found += [
            Contender(f"{OURS}_{name}", on, known, SMALL, shape),
            Contender(f"{OURS}_reader_{name}", on, READER, SMALL, shape),
        ]
    varying = Shape.VARYING
    found.append(Contender(f"{OURS}_metered_varying", on, metered, SMALL, varying))
    return found


def on_other_loop(
    stack: ExitStack, setting: SetUp, *, on: Running, faults: dict[str, str]
) -> list[Contender]:
    """Ourselves on plain asyncio, where the gateway takes uvloop by itself."""
    name = f"{OURS}_asyncio"
    if on.loop != "uvloop":
        reason = f"{OURS} runs on {on.loop} by itself: uvloop is not installed or used"
        faults[f"{OURS}_uvloop"] = reason
        return []
    try:
        plain = stack.enter_context(setting.serving(How(is_plain_asyncio=True)))
    except (NotMeasured, OSError) as fault:
        faults[name] = str(fault)
        return []
    if plain.loop == "uvloop":
        faults[name] = "uvloop could not be hidden from it"
        return []
    return [Contender(name, plain, setting.known, SMALL)]


def in_fair_order(ours: list[Contender], theirs: list[Contender]) -> list[Contender]:
    """Ourselves right behind nginx, with which most targets compare us."""
    return [*theirs[:1], *ours, *theirs[1:]]
