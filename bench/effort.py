"""How much is measured: everything, a minute's smoke, or a test's handful."""

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


EFFORTS: Mapping[str, Effort] = MappingProxyType(
    {
        each.name: each
        for each in (
            Effort("full", 5, 2, 0, 5, 3, 16, 4, 2_000, 20_000, 20_000),
            Effort("quick", 1, 1, 0, 1, 1, 8, 2, 200, 5_000, 2_000),
            Effort("tiny", 2, 0, 64, 1, 1, 2, 1, 8, 200, 50),
        )
    }
)
