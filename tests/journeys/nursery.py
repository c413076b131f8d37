"""Gateways that start at once: a process that has read the code, and forks.

    python -m tests.journeys.nursery

Most of a start is reading a thousand modules, which touches nothing that a kill could
harm. Here that is done once: each line on standard input is the arguments of one
`copyfair`, as JSON, and where its output goes; its process id is the answer.
"""

from __future__ import annotations

import gc
import json
import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.journeys.environment import ENVIRONMENT

ROOT = Path(__file__).parents[2]


class Forked:
    """A process that is no child of ours, with the manners of one."""

    def __init__(self, pid: int) -> None:
        self.pid = pid
        self._handle = os.pidfd_open(pid)
        self.returncode: int | None = None

    def poll(self) -> int | None:
        """None while it lives."""
        return self._ended(0)

    def wait(self, timeout: float | None = None) -> int:
        """Wait for its end; how it ended only its parent knows."""
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
                self.returncode = 0
                os.close(self._handle)
        return self.returncode


@dataclass
class Nursery:
    """The process that forks, as a test sees it."""

    process: subprocess.Popen[bytes]

    def start(self, arguments: Sequence[str], log: Path) -> Forked:
        """Run `copyfair` with these arguments."""
        assert self.process.stdin
        assert self.process.stdout
        line = json.dumps({"arguments": list(arguments), "log": str(log)})
        self.process.stdin.write(line.encode() + b"\n")
        self.process.stdin.flush()
        return Forked(int(self.process.stdout.readline()))


@contextmanager
def nursery(module: str = "tests.journeys.nursery") -> Generator[Nursery]:
    """A nursery for the time of a test; another *module* rears something else."""
    command = [sys.executable, "-m", module]
    with subprocess.Popen(
        command,
        cwd=ROOT,
        env=ENVIRONMENT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as process:
        try:
            yield Nursery(process)
        finally:
            assert process.stdin
            process.stdin.close()
            process.wait(timeout=30)


def serve(
    live: Callable[[list[str]], None],
    *,
    prepare: Callable[[list[str]], None] = lambda _: None,
) -> None:
    """Fork whatever standard input asks for; each is *live* with its arguments.

    What all of them would read alike, *prepare* reads before.
    """
    gc.freeze()
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # the dead need not be waited for
    for line in sys.stdin:
        asked = json.loads(line)
        prepare(asked["arguments"])
        pid = os.fork()
        if not pid:
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            _speak_to(asked["log"])
            live(asked["arguments"])
            os._exit(0)
        print(pid, flush=True)  # noqa: T201 the answer


def _speak_to(log: str) -> None:
    with Path(log).open("ab") as out, Path(os.devnull).open("rb") as nothing:
        os.dup2(nothing.fileno(), 0)
        os.dup2(out.fileno(), 1)
        os.dup2(out.fileno(), 2)


def _gateway(arguments: list[str]) -> None:
    """Be a gateway; does not return."""
    from gateway.cli import main  # noqa: PLC0415 read before, in the nursery alone

    sys.argv = ["copyfair", *arguments]
    main()


if __name__ == "__main__":
    import gateway.cli.serve  # noqa: F401 what all of them need

    serve(_gateway)
