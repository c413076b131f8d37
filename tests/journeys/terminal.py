"""A terminal with somebody at it: sees what the screen shows, and presses keys."""

from __future__ import annotations

import os
import pty
import re
import subprocess
from collections.abc import Generator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread

from tests.journeys.running import ENVIRONMENT, eventually

SCREEN = {"TERM": "vt100", "LINES": "40", "COLUMNS": "100", "LANG": "C.UTF-8"}
CONTROL = re.compile(rb"\x1b[\[(][0-9;?]*[A-Za-z]|\x1b[=>]|\x0f|\x0e")
PIECE_BYTES = 4096
SHOWN_WITHIN_S = 60


@dataclass(slots=True)
class Terminal:
    """A program that runs on it.

    Attributes:
        shown: All that was painted so far, without the painting.
    """

    _master: int
    _raw: bytearray = field(default_factory=bytearray)

    @property
    def shown(self) -> str:
        plain = CONTROL.sub(b" ", bytes(self._raw)).replace(b"\0", b"")
        return " ".join(plain.decode("utf-8", "replace").split())

    def wait_for(self, words: str) -> None:
        """Wait until the screen has shown these words."""
        eventually(
            lambda: words in self.shown, within_s=SHOWN_WITHIN_S, what=repr(words)
        )

    def press(self, keys: str) -> None:
        """Press these keys."""
        os.write(self._master, keys.encode())

    def read(self) -> None:
        """Keep what is painted, until the program is over."""
        # Linux says EIO where the other end of a terminal is gone.
        with suppress(OSError):
            while piece := os.read(self._master, PIECE_BYTES):
                self._raw += piece


@contextmanager
def terminal(command: Sequence[str], home: Path) -> Generator[Terminal]:
    """Run a program at a terminal, with no settings but its own."""
    master, slave = pty.openpty()
    process = subprocess.Popen(
        command,
        stdin=slave,
        stdout=slave,
        stderr=slave,
        env={**ENVIRONMENT, **SCREEN, "HOME": str(home)},
        start_new_session=True,
    )
    os.close(slave)
    screen = Terminal(master)
    reading = Thread(target=screen.read)
    reading.start()
    try:
        yield screen
    finally:
        process.terminate()
        process.wait(timeout=30)
        reading.join(timeout=30)
        os.close(master)
