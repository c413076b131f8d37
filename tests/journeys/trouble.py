"""Trouble made to order: a disk that is full, a store that somebody else holds."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

from tests.journeys.running import COPYFAIR, ENVIRONMENT, Gateway

# Writing holds up writers; the bytes are where SQLite locks its index of the
# write-ahead log (sqlite.org/walformat.html, "WAL locks"): then nobody may read.
HOLDS_THE_PEN = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
HOLDS_IT_ALONE = """
import sqlite3, sys
db = sqlite3.connect(sys.argv[1], isolation_level=None)
db.execute("PRAGMA locking_mode=EXCLUSIVE")
db.execute("BEGIN IMMEDIATE")
print("held", flush=True)
sys.stdin.read()
"""
HOLDS_EVERYTHING = """
import fcntl, sys
index = open(sys.argv[1] + "-shm", "r+b")
fcntl.lockf(index, fcntl.LOCK_EX, 8, 120)
print("held", flush=True)
sys.stdin.read()
"""
FULL_AT_BYTES = 4_096


def store_of(gateway: Gateway) -> Path:
    return gateway.folder / "copyfair.db"


@contextmanager
def held(program: str, store: Path) -> Generator[None]:
    """Another process holds the store, for as long as the block lasts."""
    holder = subprocess.Popen(
        [sys.executable, "-c", program, str(store)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert holder.stdin
    assert holder.stdout
    try:
        assert holder.stdout.readline() == b"held\n"
        yield
    finally:
        holder.stdin.close()
        holder.wait(timeout=30)
        holder.stdout.close()


@contextmanager
def full_disk(gateway: Gateway) -> Generator[None]:
    """No file of the gateway can grow any more: its store, its log, nothing."""
    assert gateway.process
    process_id = gateway.process.pid
    before = resource.prlimit(process_id, resource.RLIMIT_FSIZE)
    resource.prlimit(process_id, resource.RLIMIT_FSIZE, (FULL_AT_BYTES, before[1]))
    try:
        yield
    finally:
        resource.prlimit(process_id, resource.RLIMIT_FSIZE, before)


ON_A_FULL_DISK = ("sh", "-c", 'ulimit -f 8 && exec "$@"', "sh")


def refusal_to_start(gateway: Gateway, *where: str) -> tuple[int, str]:
    """Start a gateway that cannot; its exit status and what it said."""
    done = subprocess.run(
        [
            *where,
            *(COPYFAIR, "serve", "--config", gateway.config),
            *("--listen", f"127.0.0.1:{gateway.port}"),
            *("--admin-listen", f"127.0.0.1:{gateway.admin_port}"),
        ],
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
        text=True,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, " ".join(done.stderr.split())
