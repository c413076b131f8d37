"""Repositories as a forge holds them, and git as people run it."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

from tests.journeys.running import ENVIRONMENT

COMMITS = 20


def git(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    quiet = {"GIT_TERMINAL_PROMPT": "0", "GIT_CONFIG_GLOBAL": "/dev/null"}
    identity = {
        f"GIT_{role}_{part}": value
        for role in ("AUTHOR", "COMMITTER")
        for part, value in (("NAME", "Ada"), ("EMAIL", "ada@archive.example"))
    }
    return subprocess.run(
        ["git", *arguments],
        capture_output=True,
        check=False,
        env={**ENVIRONMENT, **quiet, **identity, **environment},
        text=True,
        timeout=60,
    )


def commit(work: Path, name: str, content: bytes, **environment: str) -> None:
    (work / name).write_bytes(content)
    assert git("-C", str(work), "add", name).returncode == 0
    done = git("-C", str(work), "commit", "-qm", f"add {name}", **environment)
    assert done.returncode == 0, done.stderr


def make_repository(folder: Path) -> Path:
    """A bare repository with some history, as a forge holds it."""
    work = folder / "work"
    assert git("init", "-q", "-b", "main", str(work)).returncode == 0
    chance = random.Random(11)
    for number in range(COMMITS):
        commit(work, f"record-{number}.txt", chance.randbytes(20_000))
    bare = folder / "repositories" / "records.git"
    assert git("clone", "-q", "--bare", str(work), str(bare)).returncode == 0
    return bare
