"""`copyfair simulate` beside GoAccess on one log: `python -m bench.simulating`.

A month of an archive is generated (seeded): people, feed readers, crawlers; a third of
the addresses are new. CPU time of the whole process tree is compared, in alternating
rounds, because wall-clock time alone says nothing on a shared machine. GoAccess counts;
we also ask the admission about each line.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

SEED = 7
START_S = 1_700_000_000
MONTH_S = 30 * 86_400
BLOCK_LINES = 10_000
SAMPLES = 10
AGENTS = (
    *("Mozilla/5.0 (X11; Linux x86_64; rv:{0}.0) Gecko/20100101 Firefox/{0}.0",) * 6,
    *("Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/{0}.0 Safari/537.36",)
    * 6,
    "Miniflux/2.2.{0}",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
    "Mozilla/5.0 (compatible; GPTBot/1.{0}; +https://openai.com/gptbot)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "git/2.{0}.0",
    "-",
)


def written(path: Path, lines: int) -> None:
    """Write a log of so many lines."""
    chance = random.Random(SEED)  # noqa: S311
    with path.open("w", encoding="ascii") as file:
        file.writelines(_lines(chance, lines))


def _lines(chance: random.Random, lines: int) -> Iterator[str]:
    at_s = float(START_S)
    for _ in range(lines):
        at_s += chance.expovariate(lines / MONTH_S)
        at = time.strftime("%d/%b/%Y:%H:%M:%S +0000", time.gmtime(at_s))
        agent = chance.choice(AGENTS).format(chance.randrange(60, 140))
        page = f"/page/{chance.randrange(10**6 if chance.random() < 0.3 else 2_000)}"
        address = f"198.18.{chance.randrange(256)}.{chance.randrange(256)}"
        size = chance.randrange(200, 90_000)
        yield f'{address} - - [{at}] "GET {page} HTTP/1.1" 200 {size} "-" "{agent}"\n'


def cpu_s(command: list[str]) -> float:
    """CPU seconds of a command and all its children."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def memory_mb(command: list[str], every_s: float) -> list[int]:
    """Resident megabytes of a command, looked at from time to time."""
    seen: list[int] = []
    page_bytes = os.sysconf("SC_PAGE_SIZE")
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as running:
        while running.poll() is None:
            fields = Path(f"/proc/{running.pid}/statm").read_text("ascii").split()
            if len(fields) > 1:
                seen.append(int(fields[1]) * page_bytes // 2**20)
            time.sleep(every_s)
    return seen


def main() -> None:
    """Measure, and print one JSON document."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--lines", type=int, default=500_000)
    asked.add_argument("--rounds", type=int, default=5)
    asked.add_argument("--memory-lines", type=int, default=0)
    told = asked.parse_args()
    ours = [str(Path(sys.executable).with_name("copyfair")), "simulate", "--json"]
    theirs = ["goaccess", "--log-format=COMBINED", "--no-global-config"]
    with tempfile.TemporaryDirectory() as folder:
        log, page = Path(folder, "access.log"), Path(folder, "page.json")
        written(log, told.lines)
        mine: list[float] = []
        peer: list[float] = []
        for _ in range(told.rounds):
            mine.append(cpu_s([*ours, "--jobs", "0", str(log)]))
            if shutil.which("goaccess"):
                peer.append(
                    cpu_s([*theirs, "--no-progress", "-o", str(page), str(log)])
                )
        document = {
            "lines": told.lines,
            "lines_per_cpu_s": _figure([told.lines / each for each in mine]),
            "goaccess_lines_per_cpu_s": _figure([told.lines / each for each in peer]),
            "ratio_goaccess": _figure(
                [one / other for one, other in zip(mine, peer, strict=False)]
            ),
        }
        if told.memory_lines:
            written(log, told.memory_lines)
            seen = memory_mb([*ours, "--jobs", "0", str(log)], every_s=0.5)
            step = max(1, len(seen) // SAMPLES)
            document["memory"] = {"lines": told.memory_lines, "mb": seen[::step]}
    print(json.dumps(document, indent=1))


def _figure(values: list[float]) -> dict[str, float | int] | None:
    if not values:
        return None
    return {
        "median": round(statistics.median(values), 3),
        "min": round(min(values), 3),
        "max": round(max(values), 3),
        "n": len(values),
    }


if __name__ == "__main__":
    main()
