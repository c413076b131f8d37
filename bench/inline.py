"""Inline: what one request costs each contender, in rounds that alternate.

Every contender is asked for the same files with the same load. In each round all of
them have a turn, and the one that begins moves on by one, so that neither warmth nor
a busy minute favours anybody.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from bench.effort import CONNECTIONS, SIZES, Effort
from bench.load import BROWSER, Load, Shape, send
from bench.processes import NotMeasured, Server

NS_PER_US = 1_000
WARM_UP_REQUESTS = 32
LARGE = "100m"


@dataclass(frozen=True, slots=True)
class Contender:
    """A server, and how it is asked.

    Attributes:
        name: In the results.
        server: What is measured.
        headers: Sent with each request.
        sizes: Which bodies it is asked for.
        shape: How one request follows another.
    """

    name: str
    server: Server
    headers: Mapping[str, str] = field(default_factory=lambda: {"User-Agent": BROWSER})
    sizes: frozenset[str] = frozenset(SIZES)
    shape: Shape = Shape.REPEATED


@dataclass(slots=True)
class Measured:
    """CPU-µs per request: size, then contender, then one number for each round.

    Attributes:
        rounds: The numbers.
        faults: Why a contender has none, by `size/contender`.
    """

    rounds: dict[str, dict[str, list[float]]] = field(default_factory=dict)
    faults: dict[str, str] = field(default_factory=dict)

    def of(self, size: str, name: str) -> list[float]:
        """A contender's rounds; empty when it was not measured."""
        return self.rounds.get(size, {}).get(name, [])


def measure(contenders: Sequence[Contender], effort: Effort) -> Measured:
    """Measure all contenders at all sizes."""
    measured = Measured()
    for size in SIZES:
        racing = [each for each in contenders if size in each.sizes]
        for contender in racing:
            _take(contender, _warm_up(size), size=size, measured=measured)
        for number in range(effort.rounds):
            first = number % max(1, len(racing))
            for contender in [*racing[first:], *racing[:first]]:
                load = _load(size, effort)
                cost_us = _take(contender, load, size=size, measured=measured)
                rounds = measured.rounds.setdefault(size, {})
                if cost_us is not None:
                    rounds.setdefault(contender.name, []).append(cost_us)
    _drop_incomplete(measured)
    return measured


def cost_us(contender: Contender, load: Load) -> float:
    """CPU-µs that one request of a load cost the contender.

    Raises:
        NotMeasured: an answer was not 200, or a connection broke.
    """
    asked = replace(load, headers=contender.headers, shape=contender.shape)
    before_ns = contender.server.cpu_ns()
    sent = send(asked, contender.server.port)
    return (contender.server.cpu_ns() - before_ns) / NS_PER_US / sent.requests


def _take(
    contender: Contender, load: Load, *, size: str, measured: Measured
) -> float | None:
    """One turn; None once the contender has failed at this size."""
    turn = f"{size}/{contender.name}"
    if turn in measured.faults:
        return None
    try:
        return cost_us(contender, load)
    except (NotMeasured, OSError) as fault:
        measured.faults[turn] = str(fault)
        return None


def _drop_incomplete(measured: Measured) -> None:
    """A contender that failed in any round has no figure: ratios need pairs."""
    for turn in measured.faults:
        size, _, name = turn.partition("/")
        measured.rounds.get(size, {}).pop(name, None)


def _warm_up(size: str) -> Load:
    requests = 1 if size == LARGE else WARM_UP_REQUESTS
    return Load(_target(size), connections=CONNECTIONS[size], requests=requests)


def _load(size: str, effort: Effort) -> Load:
    requests = effort.large_requests if size == LARGE else effort.requests
    return Load(
        _target(size),
        connections=CONNECTIONS[size],
        seconds=effort.seconds,
        requests=requests,
    )


def _target(size: str) -> str:
    return f"/{size}.bin"
