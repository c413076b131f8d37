"""Readers who ask at a steady pace, from a process of their own.

    python -m tests.journeys.steady_readers PORT BREATH_S

They say as one line of JSON how each fared with its first page, read on until standard
input ends, and then say how they fared in all.
"""

from __future__ import annotations

import asyncio
import json
import subprocess
import sys
import time
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
READERS = 10
BREATH_S = 0.1  # between two pages of one; together about a hundred a second
TIMEOUT_S = 60
REQUEST = b"GET /page HTTP/1.1\r\nHost: 127.0.0.1\r\nUser-Agent: Lynx/2.9\r\n\r\n"


@dataclass
class Fared:
    """What came of it.

    Attributes:
        waits_ms: From a request to the end of its answer, of each that was answered.
        counts: How often each reader has asked.
        failed: How the others ended.
    """

    waits_ms: list[float] = field(default_factory=list)
    counts: list[int] = field(default_factory=lambda: [0] * READERS)
    failed: list[str] = field(default_factory=list)

    def document(self) -> dict[str, Any]:
        waits = sorted(self.waits_ms) or [0.0]
        return {
            "answered": len(self.waits_ms),
            "asked_each_min": min(self.counts),
            "failed": self.failed[:20],
            "p50_ms": round(waits[len(waits) // 2], 1),
            "p99_ms": round(waits[len(waits) * 99 // 100], 1),
            "max_ms": round(waits[-1], 1),
        }


async def _read(
    number: int, fared: Fared, over: asyncio.Event, *, port: int, breath_s: float
) -> None:
    """One reader, on a kept connection."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    while not over.is_set():
        began = time.monotonic()
        try:
            async with asyncio.timeout(TIMEOUT_S):
                writer.write(REQUEST)
                head = await reader.readuntil(b"\r\n\r\n")
                length = head.lower().partition(b"content-length:")[2].split()[0]
                await reader.readexactly(int(length))
            if not head.startswith(b"HTTP/1.1 200 "):
                fared.failed.append(head.decode("latin-1").partition("\r\n")[0])
            else:
                fared.waits_ms.append((time.monotonic() - began) * 1000)
        except (OSError, TimeoutError, asyncio.IncompleteReadError) as fault:
            fared.failed.append(repr(fault))
            writer.close()
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
        fared.counts[number] += 1
        await asyncio.sleep(breath_s)
    writer.close()


async def _until_told(port: int, breath_s: float) -> Fared:
    fared, over = Fared(), asyncio.Event()
    readers = [
        asyncio.create_task(_read(number, fared, over, port=port, breath_s=breath_s))
        for number in range(READERS)
    ]
    while not all(fared.counts):  # noqa: ASYNC110 a fraction of a second
        await asyncio.sleep(breath_s)
    print(json.dumps(fared.document()), flush=True)  # noqa: T201 they have begun
    await asyncio.to_thread(sys.stdin.read)
    over.set()
    await asyncio.gather(*readers)
    return fared


@contextmanager
def steady_readers(
    port: int, *, breath_s: float = BREATH_S
) -> Generator[dict[str, Any]]:
    """Readers before and beside what the block does; how they fared is there after."""
    fared: dict[str, Any] = {}
    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "tests.journeys.steady_readers"),
            *(str(port), str(breath_s)),
        ],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        process.stdout.readline()  # each has read once
        yield fared
    finally:
        told, _ = process.communicate(timeout=2 * TIMEOUT_S)
        fared.update(json.loads(told))


if __name__ == "__main__":
    _fared = asyncio.run(_until_told(int(sys.argv[1]), float(sys.argv[2])))
    print(json.dumps(_fared.document()))  # noqa: T201 said to whoever started it
