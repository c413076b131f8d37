"""The writer is killed again and again: nothing acknowledged is lost or doubled."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from gateway.storage.sqlite.engine import open_sqlite
from gateway.storage.sqlite.health import check
from gateway.storage.stores.usage_store import SqlUsageStore

ROOT = Path(__file__).parents[2]
KILLS = 25
KILLS_IN_SOAK = 1_000
LINES_MAX = 400


@dataclass
class Heard:
    """What the killed writers acknowledged."""

    opened: set[str] = field(default_factory=set)
    settled: list[str] = field(default_factory=list)
    orphaned: int = 0

    def listen(self, line: str) -> None:
        if not line.endswith("\n"):
            return  # cut off by the kill: never acknowledged
        word, _, what = line.strip().partition(" ")
        if word == "open":
            self.opened.add(what)
        elif word == "settled":
            self.settled.append(what)
        else:
            self.orphaned += int(what)


def write_and_kill(path: Path, run: int, heard: Heard, *, lines: int) -> None:
    """Start a writer, listen to so many lines, and kill it without warning."""
    program = (sys.executable, "-m", "tests.integration.usage_writer")
    writer = subprocess.Popen(
        [*program, str(path), f"boot-{run}", str(run)],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert writer.stdout
    with writer.stdout as output:
        heard.listen(output.readline())
        for _ in range(lines):
            heard.listen(output.readline())
        writer.kill()
        for line in output:
            heard.listen(line)
    writer.wait()


def prove(folder: Path, kills: int) -> None:
    chance = random.Random(20261123)
    path = folder / "store.db"
    heard = Heard()

    for run in range(kills):
        write_and_kill(path, run, heard, lines=chance.randrange(LINES_MAX))

    db = open_sqlite(path)
    store = SqlUsageStore(db)
    heard.orphaned += store.start_node("node-1", "boot-last", at_us=1)
    stored = [event.id for event in store.events()]
    counts = store.intent_counts()
    health = check(db)
    db.close()
    assert health.is_sound
    assert not set(heard.settled) - set(stored), "acknowledged events were lost"
    assert max(Counter(stored).values(), default=1) == 1, "events were doubled"
    assert len(heard.settled) == len(set(heard.settled))
    assert counts.settled == len(stored)
    assert counts.orphaned == heard.orphaned
    assert counts.open == 0
    assert len(heard.opened - set(stored)) <= counts.orphaned
    assert len(stored) > kills


def test_25_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    prove(tmp_path, KILLS)


@pytest.mark.soak
def test_1000_kills_lose_and_double_nothing(tmp_path: Path) -> None:
    prove(tmp_path, KILLS_IN_SOAK)
