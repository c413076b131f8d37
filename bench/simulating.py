"""`copyfair simulate` beside GoAccess on one log: `python -m bench.simulating`.

A month of an archive is generated (seeded): people, feed readers, crawlers; a third of
the addresses are new. CPU time of the whole process tree is compared, in alternating
rounds, because wall-clock time alone says nothing on a shared machine. GoAccess counts;
we also ask the admission about each line.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from bench.effort import EFFORTS, Effort
from bench.figures import figure, ratio
from bench.processes import NotMeasured

SEED = 7
START_S = 1_700_000_000
MONTH_S = 30 * 86_400
OURS = (
    str(Path(sys.executable).with_name("copyfair")),
    *("simulate", "--json", "--jobs", "0"),
)
GOACCESS = (
    *("goaccess", "--log-format=COMBINED", "--no-global-config", "--no-progress"),
)
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
    """CPU seconds of a command and all its children.

    Raises:
        NotMeasured: it failed.
    """
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=False, stdout=subprocess.DEVNULL)
    if done.returncode:
        message = f"{command[0]} ended with {done.returncode}"
        raise NotMeasured(message)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


@dataclass(frozen=True, slots=True)
class Simulated:
    """Rounds of simulating one log.

    Attributes:
        lines: Of the log.
        cpu_s: CPU seconds of ours, one process, each round.
        goaccess_cpu_s: Of GoAccess in the same rounds; empty without it.
    """

    lines: int = 0
    cpu_s: tuple[float, ...] = ()
    goaccess_cpu_s: tuple[float, ...] = ()

    def document(self) -> dict[str, Any]:
        """The promised keys: lines per CPU second, and CPU over that of GoAccess."""
        per_s = figure([self.lines / each for each in self.cpu_s])
        times = ratio(self.cpu_s, self.goaccess_cpu_s)
        return {
            "lines": self.lines or None,
            "lines_per_s": per_s and per_s.document(),
            "ratio_goaccess": times and times.document(),
        }


def measure(folder: Path, effort: Effort) -> Simulated:
    """Replay one log in alternating rounds; its file is removed at the end."""
    log, page = folder / "simulated.log", folder / "goaccess.json"
    written(log, effort.simulated_lines)
    ours, theirs = [], []
    has_goaccess = shutil.which(GOACCESS[0]) is not None
    try:
        for _ in range(effort.rounds):
            ours.append(cpu_s([*OURS, str(log)]))
            if has_goaccess:
                theirs.append(cpu_s([*GOACCESS, "-o", str(page), str(log)]))
    finally:
        log.unlink()
        page.unlink(missing_ok=True)
    return Simulated(effort.simulated_lines, tuple(ours), tuple(theirs))


def main() -> None:
    """Measure, and print one JSON document."""
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--lines", type=int, default=500_000)
    asked.add_argument("--rounds", type=int, default=5)
    told = asked.parse_args()
    effort = replace(EFFORTS["full"], rounds=told.rounds, simulated_lines=told.lines)
    with tempfile.TemporaryDirectory() as folder:
        document = measure(Path(folder), effort).document()
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
