"""copyfair simulate holds what it remembers, not the log: memory stays where it is."""

from __future__ import annotations

import json
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from bench.simulating import written
from tests.figures import publish

COPYFAIR = str(Path(sys.executable).with_name("copyfair"))
LINES, LINES_IN_SOAK = 60_000, 5_000_000
PEAK_MB_MAX = 400
LOOK_AGAIN_S = 0.2
MIB = 2**20


def replayed(log: Path) -> dict[str, Any]:
    """Replay a log in one process; what it came to, and what it held meanwhile."""
    said, held_mb, began = log.with_suffix(".json"), [], time.monotonic()
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    command = [COPYFAIR, "simulate", "--json", "--jobs", "0", str(log)]
    page_bytes = resource.getpagesize()
    with said.open("wb") as out, subprocess.Popen(command, stdout=out) as process:
        while process.poll() is None:
            fields = Path(f"/proc/{process.pid}/statm").read_text("ascii").split()
            if len(fields) > 1:
                held_mb.append(int(fields[1]) * page_bytes // MIB)
            time.sleep(LOOK_AGAIN_S)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    third = len(held_mb) // 3
    told = json.loads(said.read_text("utf-8"))
    return {
        "lines": told["lines"],
        "skipped": told["skipped"],
        "log_mb": log.stat().st_size // MIB,
        "peak_mb": max(held_mb),
        "middle_third_peak_mb": max(held_mb[third : 2 * third]),
        "last_third_peak_mb": max(held_mb[2 * third :]),
        "cpu_s": round(
            after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, 1
        ),
        "seconds": round(time.monotonic() - began, 1),
    }


@pytest.mark.timeout(600)
def test_a_log_of_strangers_is_replayed_in_bounded_memory(tmp_path: Path) -> None:
    log = tmp_path / "access.log"
    written(log, LINES)

    figures = replayed(log)

    assert (figures["lines"], figures["skipped"]) == (LINES, 0)
    assert figures["peak_mb"] < PEAK_MB_MAX


@pytest.mark.soak
@pytest.mark.serial
def test_five_million_lines_are_replayed_in_memory_that_stays_flat(
    tmp_path: Path,
) -> None:
    log = tmp_path / "access.log"
    written(log, LINES_IN_SOAK)

    figures = replayed(log)

    publish("simulate-memory", figures)
    assert (figures["lines"], figures["skipped"]) == (LINES_IN_SOAK, 0)
    assert figures["peak_mb"] < PEAK_MB_MAX
    # Nothing that is remembered grows any more once a third of the log has passed.
    assert figures["last_third_peak_mb"] <= figures["middle_third_peak_mb"] * 1.1
