"""Memory: idle, per idle connection, and per reader who is slow.

Resident memory of all processes of the server. Each figure comes from a fresh start,
because what a server took once it seldom gives back.
"""

from __future__ import annotations

import resource
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass

from bench.effort import KIB, MIB, Effort
from bench.load import Connection, Load
from bench.processes import Server

SETTLED_S = 1.0
TURN_S = 0.05
SLOW_BYTES_PER_S = 2 * MIB
FILES_SPARE = 128
CONNECTIONS_PER_ADDRESS = 25


def idle_mb(server: Server) -> float:
    """Right after the start, MiB."""
    time.sleep(SETTLED_S)
    return server.resident_bytes() / MIB


def idle_connection_kb(
    server: Server, headers: Mapping[str, str], effort: Effort
) -> float:
    """What one kept-alive connection holds after one request, KiB.

    Raises:
        NotMeasured: a connection was refused.
    """
    count = min(effort.idle_connections, _files_allowed())
    load = Load("/1k.bin", headers)
    with Connection(server.port) as first:
        first.get(load)
    before = server.resident_bytes()
    with ExitStack() as stack:
        for number in range(count):
            # Nobody holds thousands of connections from one address, or may.
            source = f"127.0.1.{1 + number // CONNECTIONS_PER_ADDRESS}"
            stack.enter_context(Connection(server.port, source=source)).get(load)
        time.sleep(SETTLED_S)
        return (server.resident_bytes() - before) / KIB / count


@dataclass(frozen=True, slots=True)
class SlowReaders:
    """What readers of a large body cost.

    Attributes:
        most_mb: The most that one of them held, MiB.
        growth_mb: How much more that was in the last third than in the middle one.
    """

    most_mb: float
    growth_mb: float


def slow_readers(
    server: Server, headers: Mapping[str, str], effort: Effort
) -> SlowReaders:
    """Readers of 100 MiB at 2 MiB/s, all at once.

    Raises:
        NotMeasured: an answer broke off.
    """
    load = Load("/100m.bin", headers)
    with Connection(server.port) as first:
        first.get(load)
    before = server.resident_bytes()
    seen = []
    a_turn = int(SLOW_BYTES_PER_S * TURN_S)
    with ExitStack() as stack:
        readers = [
            stack.enter_context(Connection(server.port))
            for _ in range(effort.slow_readers)
        ]
        for reader in readers:
            reader.ask(load)
            reader.head()
        until = time.monotonic() + effort.slow_seconds
        while time.monotonic() < until:
            for reader in readers:
                reader.read(a_turn)
            seen.append((server.resident_bytes() - before) / MIB / len(readers))
            time.sleep(TURN_S)
    third = len(seen) // 3
    middle, last = seen[third : 2 * third] or seen, seen[2 * third :]
    return SlowReaders(max(seen), max(last) - max(middle))


def _files_allowed() -> int:
    """How many connections this process may hold; the limit is raised if it can be."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    return hard - FILES_SPARE
