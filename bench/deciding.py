"""Deciding: what a request costs without a socket, and how that grows.

The verbs before forwarding (identify, classify, decide, admit) run in processes of
their own on real set-ups, put together as `copyfair serve` does it, and are measured
in CPU time. Rules stand before those of the pack, and each must be passed over: the
worst order there is. Of the keys in the store a thousand are in use, and warm; what
a key costs that nobody remembers is measured beside it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from concurrent.futures import BrokenExecutor, ProcessPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from multiprocessing import get_context
from pathlib import Path
from types import MappingProxyType

from bench import networks
from bench.effort import Effort
from bench.load import BROWSER
from bench.peers import gateway
from bench.peers.site import Site
from bench.processes import NotMeasured
from bench.stored_keys import fill
from gateway.bootstrap.door import admission_of
from gateway.bootstrap.house import House, opened
from gateway.kernel.errors import GatewayError
from gateway.kernel.request import Headers, Request
from gateway.licensing.decision import Allow, Meter
from gateway.licensing.switches import FULL
from gateway.services.admission import Admission
from gateway.settings import read_settings

RULES = (1, 10, 1_000)
IN_USE = 1_000
PATHS = 64
NS_PER_US = 1_000
ROUND_NS_MAX = 1_000_000_000

NOTHING_TOLD: Mapping[str, str] = MappingProxyType({})
RULE = """\
  - id: house-rule-{number}
    when: {{client.operator: operator-{number}}}
    then: deny
    because: A rule among many.
"""


@dataclass(slots=True)
class Growth:
    """CPU-µs per decision, one number for each round.

    Attributes:
        shipped: A reader, on the policies that come with the gateway.
        rules: The same, by how many rules stand before those of the pack.
        keys: A key holder, by how many keys the store holds.
        key_look_up: Finding a key that nobody remembers, by the same.
        ranges: Finding the network of an address, by how many networks there are.
        faults: Why something was not measured.
    """

    shipped: list[float] = field(default_factory=list)
    rules: dict[int, list[float]] = field(default_factory=dict)
    keys: dict[int, list[float]] = field(default_factory=dict)
    key_look_up: dict[int, list[float]] = field(default_factory=dict)
    ranges: dict[int, list[float]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)


def measure(site: Site, effort: Effort) -> Growth:
    """Measure everything that can grow; set-ups are made for it.

    Raises:
        NotMeasured: a set-up of ours does not load.
    """
    growth = Growth()
    try:
        with ExitStack() as stack:
            _rules(stack, site, effort=effort, growth=growth)
        with ExitStack() as stack:
            _keys(stack, site, effort=effort, growth=growth)
    except GatewayError as fault:
        raise NotMeasured(fault.detail) from fault
    except BrokenExecutor as fault:
        raise NotMeasured(f"a set-up does not open: {fault}") from fault
    try:
        growth.ranges = networks.measure(effort)
    except NotMeasured as fault:
        growth.faults["growth.ratio_100000_ranges"] = str(fault)
    return growth


def _rules(stack: ExitStack, site: Site, *, effort: Effort, growth: Growth) -> None:
    deciders = {}
    for count in (0, *RULES):
        setting = gateway.set_up(site, f"growth-rules-{count}")
        if count:
            rules = "".join(RULE.format(number=number) for number in range(count))
            _append(setting.folder, f"rules:\n{rules}")
        deciders[count] = _started(stack, _decider, folder=setting.folder, words=())
    found = _raced(deciders, effort)
    growth.shipped = found.pop(0)
    growth.rules = found


def _keys(stack: ExitStack, site: Site, *, effort: Effort, growth: Growth) -> None:
    deciders, seekers = {}, {}
    for count in (IN_USE, effort.keys):
        setting = gateway.set_up(site, f"growth-keys-{count}")
        with _house(setting.folder) as house:
            secrets, hashes = fill(house, total=count, in_use=min(IN_USE, count))
        deciders[count] = _started(
            stack, _decider, folder=setting.folder, words=secrets
        )
        seekers[count] = _started(stack, _seeker, folder=setting.folder, words=hashes)
    growth.keys = _raced(deciders, effort)
    growth.key_look_up = _raced(seekers, effort)


Work = Callable[[int], float]
"""Does at least so many; CPU-µs for each."""
Maker = Callable[[House, Sequence[str]], Work]

_open = ExitStack()
_here: dict[str, Work] = {}
"""What this process was started for; each set-up has a process of its own, because
what Python remembers of one must not help or hinder another."""


def _started(
    stack: ExitStack, make: Maker, *, folder: Path, words: Sequence[str]
) -> ProcessPoolExecutor:
    return stack.enter_context(
        ProcessPoolExecutor(
            max_workers=1,
            mp_context=get_context("spawn"),
            initializer=_begin,
            initargs=(make, folder, words),
        )
    )


def _begin(make: Maker, folder: Path, words: Sequence[str]) -> None:
    _here["work"] = make(_open.enter_context(_house(folder)), words)


def _do(wanted: int) -> float:
    return _here["work"](wanted)


def _raced(
    workers: Mapping[int, ProcessPoolExecutor], effort: Effort
) -> dict[int, list[float]]:
    """Every worker once unmeasured, then in rounds that alternate."""
    for worker in workers.values():
        worker.submit(_do, 1).result()
    found: dict[int, list[float]] = {count: [] for count in workers}
    for _ in range(effort.rounds):
        for count, worker in workers.items():
            found[count].append(worker.submit(_do, effort.decisions).result())
    return found


def _decider(house: House, keys: Sequence[str]) -> Work:
    """Decisions about a reader, or about the holders of *keys* in turns."""
    admission = admission_of(house, switches=FULL)
    headers = [{"Authorization": f"License {key}"} for key in keys]
    asked = [
        _request(number, told)
        for number, told in enumerate(headers or [NOTHING_TOLD] * PATHS)
    ]

    async def decide(wanted: int) -> float:
        decided = used_ns = 0
        before_ns = time.process_time_ns()
        while decided < wanted and used_ns < ROUND_NS_MAX:
            await _decide_all(admission, asked)
            decided += len(asked)
            used_ns = time.process_time_ns() - before_ns
        return used_ns / NS_PER_US / decided

    return lambda wanted: asyncio.run(decide(wanted))


async def _decide_all(admission: Admission, asked: Sequence[Request]) -> None:
    for each in asked:
        identified = await admission.identify(each)
        facts = admission.classify(each, identified)
        decision = admission.decide(each, identified, facts)
        if isinstance(decision, Allow | Meter):
            admission.admit(each, identified, decision)


def _seeker(house: House, hashes: Sequence[str]) -> Work:
    """Look-ups in the store itself, as for a key that nobody remembers."""

    def seek(wanted: int) -> float:
        sought = hashes[: max(wanted, 1)]
        before_ns = time.process_time_ns()
        found = [house.identities.find_by_hash((each,)).held for each in sought]
        used_ns = time.process_time_ns() - before_ns
        if None in found:
            raise NotMeasured("a key that was stored is not found")
        return used_ns / NS_PER_US / len(sought)

    return seek


@contextmanager
def _house(folder: Path) -> Generator[House]:
    with opened(read_settings(folder / "gateway.yaml")) as house:
        yield house


def _append(folder: Path, text: str) -> None:
    collection = folder / "policies" / "collections" / "whole-site.yaml"
    with collection.open("a", encoding="utf-8") as file:
        file.write(text)


def _request(number: int, headers: Mapping[str, str]) -> Request:
    path = f"/pages/{number % PATHS}"
    fields = {"User-Agent": BROWSER, "Accept": "text/html", **headers}
    return Request(
        id=f"req_{number:026d}",
        method="GET",
        scheme="https",
        host="127.0.0.1",
        authority="127.0.0.1",
        target=path,
        path=path,
        headers=Headers(list(fields.items())),
        client_ip="198.51.100.7",
        received_us=time.time_ns() // NS_PER_US,
    )
