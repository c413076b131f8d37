"""How much is measured: everything, less, a minute's smoke, or a test's handful."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

KIB = 1 << 10
MIB = 1 << 20

SIZES: Mapping[str, int] = MappingProxyType(
    {"1k": KIB, "32k": 32 * KIB, "1m": MIB, "100m": 100 * MIB}
)
"""Body sizes by the name they have in the results."""
CONNECTIONS: Mapping[str, int] = MappingProxyType(
    {"1k": 32, "32k": 32, "1m": 8, "100m": 1}
)
"""How many connections ask at once; a large body keeps a server busy alone."""


@dataclass(frozen=True, slots=True)
class Effort:
    """Counts of one run.

    Attributes:
        name: As chosen on the command line.
        rounds: Alternating rounds over all contenders.
        seconds: Of load per contender, round and size; 0 asks `requests` times.
        requests: Where not measured by time: per contender, round and size.
        large_requests: The same for 100 MiB bodies.
        memory_rounds: Fresh starts of the gateway for figures of memory.
        slow_readers: Readers of a 100 MiB body at once.
        slow_seconds: How long they read.
        idle_connections: Kept alive after one request each.
        events: Usage events per round of group commit.
        decisions: Decisions per round.
        keys: Keys in the larger store.
        billed_events: Usage events that the billing run takes up.
        simulated_lines: Log lines per round of simulating.
    """

    name: str
    rounds: int
    seconds: int
    requests: int
    large_requests: int
    memory_rounds: int
    slow_readers: int
    slow_seconds: int
    idle_connections: int
    events: int
    decisions: int
    keys: int
    billed_events: int
    simulated_lines: int


EFFORTS: Mapping[str, Effort] = MappingProxyType(
    {
        each.name: each
        for each in (
            Effort(
                name="full",
                rounds=5,
                seconds=2,
                requests=0,
                large_requests=5,
                memory_rounds=3,
                slow_readers=16,
                slow_seconds=6,
                idle_connections=5_000,
                events=20_000,
                decisions=20_000,
                keys=1_000_000,
                billed_events=10_000_000,
                simulated_lines=500_000,
            ),
            Effort(
                name="short",
                rounds=3,
                seconds=2,
                requests=0,
                large_requests=3,
                memory_rounds=2,
                slow_readers=16,
                slow_seconds=5,
                idle_connections=2_000,
                events=20_000,
                decisions=10_000,
                keys=1_000_000,
                billed_events=10_000_000,
                simulated_lines=200_000,
            ),
            Effort(
                name="quick",
                rounds=1,
                seconds=1,
                requests=0,
                large_requests=1,
                memory_rounds=1,
                slow_readers=8,
                slow_seconds=2,
                idle_connections=200,
                events=5_000,
                decisions=2_000,
                keys=100_000,
                billed_events=100_000,
                simulated_lines=100_000,
            ),
            Effort(
                name="tiny",
                rounds=2,
                seconds=0,
                requests=64,
                large_requests=1,
                memory_rounds=1,
                slow_readers=2,
                slow_seconds=1,
                idle_connections=8,
                events=200,
                decisions=50,
                keys=2_000,
                billed_events=500,
                simulated_lines=2_000,
            ),
        )
    }
)
