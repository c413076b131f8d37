"""Processes we start, measure and end: by id, never by name.

CPU time is what the kernel charged to every thread of the server and of the
processes it started, in nanoseconds (`schedstat`) or, where the kernel does not
count so finely, in clock ticks (`stat`). It leaves out waiting, so a busy machine
disturbs it far less than it disturbs a wall clock.
"""

from __future__ import annotations

import os
import random
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Callable, Generator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import MappingProxyType

PROC = Path("/proc")
READY_WITHIN_S = 60
END_WITHIN_S = 20
NS_PER_TICK = 1_000_000_000 // os.sysconf("SC_CLK_TCK")
ENVIRONMENT = {**os.environ, "NO_COLOR": "1"}
NOTHING_MORE: Mapping[str, str] = MappingProxyType({})
HOMES = ("HOME", "XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME")
PORTS = range(9_000, 10_000)  # tests and outgoing connections take others
SBIN = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/sbin"])


class NotMeasured(Exception):
    """Why something could not be measured; the run goes on without it."""


def program(name: str) -> str | None:
    """Where a program is; daemons often stand where only root looks."""
    return shutil.which(name, path=SBIN)


@dataclass(frozen=True, slots=True)
class Server:
    """A server we started, and whatever it started.

    Attributes:
        pid: Its first process.
        port: Where it is asked, on loopback.
        helpers: First processes of the servers it asks for help.
    """

    pid: int
    port: int
    helpers: tuple[int, ...] = ()

    def cpu_ns(self) -> int:
        """CPU time of all its processes and threads so far, nanoseconds."""
        return sum(_cpu_ns(pid) for pid in self._processes())

    def has_loaded(self, library: str) -> bool:
        """Whether any of its processes has *library* in its memory."""
        maps = (PROC / str(pid) / "maps" for pid in self._processes())
        return any(library in _read(each) for each in maps)

    def resident_bytes(self) -> int:
        """Resident memory of all its processes; pages they share count twice."""
        return sum(_resident_bytes(pid) for pid in self._processes())

    def _processes(self) -> list[int]:
        return [pid for first in (self.pid, *self.helpers) for pid in family(first)]


def family(pid: int) -> list[int]:
    """A process and its descendants."""
    found = [pid]
    for parent in found:
        for task in (PROC / str(parent) / "task").glob("*/children"):
            found += [int(child) for child in _read(task).split()]
    return found


def _cpu_ns(pid: int) -> int:
    lines = [_read(each) for each in (PROC / str(pid) / "task").glob("*/schedstat")]
    if lines and all(lines):
        return sum(int(line.split()[0]) for line in lines)
    fields = _read(PROC / str(pid) / "stat").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * NS_PER_TICK if fields else 0


def _resident_bytes(pid: int) -> int:
    pages = _read(PROC / str(pid) / "statm").split()
    return int(pages[1]) * os.sysconf("SC_PAGE_SIZE") if pages else 0


def peak_resident_bytes(pid: int) -> int:
    """The most memory a process held so far; 0 once it has ended."""
    status = _read(PROC / str(pid) / "status")
    found = re.search(r"VmHWM:\s*(\d+) kB", status)
    return int(found[1]) * 1_024 if found else 0


def _read(file: Path) -> str:
    """A file of /proc; empty when the process has just ended."""
    try:
        return file.read_text(encoding="ascii", errors="replace")
    except OSError:
        return ""


def free_port() -> int:
    """A port on loopback that nobody listens on, and no connection will have."""
    chance = random.SystemRandom()
    while True:
        port = chance.choice(PORTS)
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


def on_core(core: int, command: Sequence[str]) -> list[str]:
    """The command pinned to a core, where there is more than one to choose from."""
    taskset = program("taskset")
    if taskset is None or (os.cpu_count() or 1) < 2:
        return list(command)
    return [taskset, "--cpu-list", str(core), *command]


@contextmanager
def serving(
    command: Sequence[str],
    *,
    port: int,
    folder: Path,
    ready: str = "/",
    environment: Mapping[str, str] = NOTHING_MORE,
) -> Generator[Server]:
    """Run a server until the block ends; it is ready when *ready* answers.

    Args:
        command: What to run.
        port: Where it listens on loopback.
        folder: Where it runs and writes what it says.
        ready: A target that it answers once it is up.
        environment: What it is told besides our own environment.

    Raises:
        NotMeasured: it ended, or did not answer within a minute.
    """
    said = folder / f"server-{port}.log"
    home = {name: str(folder) for name in HOMES}  # no server writes into ours
    with said.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=folder,
            env={**ENVIRONMENT, **home, **environment},
            stdout=log,
            stderr=log,
        )
    try:
        _wait(process, said, is_there=lambda: _answers(port, ready))
        yield Server(process.pid, port)
    finally:
        _end(process)


def _wait(
    process: subprocess.Popen[bytes], said: Path, *, is_there: Callable[[], bool]
) -> None:
    give_up_at = time.monotonic() + READY_WITHIN_S
    while not is_there():
        if process.poll() is not None or time.monotonic() > give_up_at:
            last = said.read_text(errors="replace").strip().splitlines()[-1:]
            detail = f"it did not start: {''.join(last)[:200] or 'no answer'}"
            raise NotMeasured(detail)
        time.sleep(0.05)


def _answers(port: int, target: str) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", target)
        return connection.getresponse().status < 500
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(END_WITHIN_S)
    except subprocess.TimeoutExpired:
        for pid in reversed(family(process.pid)):
            os.kill(pid, 9)
        process.wait()
