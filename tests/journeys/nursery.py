"""Processes that start at once: one that has read the code, and forks.

    python -m tests.journeys.nursery

Most of a start is reading a thousand modules, the same each time. Here that is done
once for all tests of a process: each line on standard input is the arguments of one
`copyfair` as JSON, and where its output goes; its process id is the answer. What is
forked is a process of its own, with its own memory, files and signals.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import select
import signal
import subprocess
import sys
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any, Never

from tests.journeys.environment import ENVIRONMENT

ROOT = Path(__file__).parents[2]


class Forked:
    """A process that is no child of ours, with the manners of one."""

    def __init__(self, pid: int, parent: Nursery) -> None:
        self.pid = pid
        self._parent = parent
        self._handle = os.pidfd_open(pid)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it lives."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end: its status, below 0 for the signal that ended it."""
        status = self._ended(timeout)
        assert status is not None, f"{self.pid} does not end"
        return status

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            signal.pidfd_send_signal(self._handle, number)

    def terminate(self) -> None:
        self.send_signal(signal.SIGTERM)

    def _ended(self, within_s: float | None) -> int | None:
        if self.returncode is None:
            ready, _, _ = select.select([self._handle], [], [], within_s)
            if ready:
                self.returncode = self._parent.asked({"ended": self.pid})
                os.close(self._handle)
        return self.returncode


@dataclass
class Nursery:
    """The process that forks, as a test sees it."""

    process: subprocess.Popen[bytes]
    _one_at_a_time: threading.Lock = field(default_factory=threading.Lock)

    def start(
        self, arguments: Sequence[str], out: Path, err: Path | None = None
    ) -> Forked:
        """Run `copyfair` with these arguments; what it says is added to files."""
        told = {"arguments": list(arguments), "out": str(out), "err": str(err or out)}
        return Forked(self.asked(told), self)

    def asked(self, told: Any) -> int:
        assert self.process.stdin
        assert self.process.stdout
        with self._one_at_a_time:
            self.process.stdin.write(json.dumps(told).encode() + b"\n")
            self.process.stdin.flush()
            return int(self.process.stdout.readline())

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(timeout=30)
        self.process.stdout.close()


@cache
def nursery(module: str = "tests.journeys.nursery") -> Nursery:
    """The nursery of this test process; another *module* rears something else."""
    command = [sys.executable, "-m", module]
    process = subprocess.Popen(
        command,
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    made = Nursery(process)
    atexit.register(made.close)
    return made


def serve(
    live: Callable[[list[str]], None],
    *,
    prepare: Callable[[list[str]], None] = lambda _: None,
) -> None:
    """Fork whatever standard input asks for; each is *live* with its arguments.

    What all of them would read alike, *prepare* reads before.
    """
    gc.freeze()
    for line in sys.stdin:
        asked = json.loads(line)
        if "ended" in asked:
            _, status = os.waitpid(asked["ended"], 0)
            answer = os.waitstatus_to_exitcode(status)
        else:
            prepare(asked["arguments"])
            answer = os.fork()
            if not answer:
                _be(live, **asked)
        print(answer, flush=True)  # noqa: T201 the answer


def _be(
    live: Callable[[list[str]], None], *, arguments: list[str], out: str, err: str
) -> Never:
    status = 1
    try:
        _speak_to(out, err)
        live(arguments)
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:  # noqa: BLE001 nothing may come back into the nursery
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _speak_to(out: str, err: str) -> None:
    for number, path, mode in ((0, os.devnull, "rb"), (1, out, "ab"), (2, err, "ab")):
        with Path(path).open(mode) as file:
            os.dup2(file.fileno(), number)


def _copyfair(arguments: list[str]) -> None:
    from gateway.cli import main  # noqa: PLC0415 read before, in the nursery alone

    sys.argv = ["copyfair", *arguments]
    main()


if __name__ == "__main__":
    import gateway.cli.serve  # noqa: F401 what all of them need

    serve(_copyfair)
