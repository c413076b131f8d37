"""Runs the blocks of one page, in order, in one empty folder."""

import contextlib
import os
import re
import signal
import socket
import subprocess
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.docs.commands import folder_of_commands
from tests.docs.pages import ROOT, Block

STEP_TIMEOUT_S = 60
SERVE_TIMEOUT_S = 30
PROMPT = "$ "
CONTINUED = "> "


@dataclass(frozen=True, slots=True)
class Step:
    command: str
    expected: str


def steps_of(text: str) -> list[Step]:
    """Split a console block into commands and what each must print."""
    commands: list[list[str]] = []
    outputs: list[list[str]] = []
    for line in text.splitlines():
        if line.startswith(PROMPT):
            commands.append([line.removeprefix(PROMPT)])
            outputs.append([])
        elif not commands:
            message = f"a console block starts with {PROMPT!r}, not {line!r}"
            raise ValueError(message)
        elif line.startswith(CONTINUED) and not outputs[-1]:
            commands[-1].append(line.removeprefix(CONTINUED))
        else:
            outputs[-1].append(line)
    return [
        Step("\n".join(command), "\n".join(output).strip("\n"))
        for command, output in zip(commands, outputs, strict=True)
    ]


def says(expected: str, printed: str) -> bool:
    """Compare as a reader does: `...` or `…` stands for anything, also for lines."""
    parts = re.split(r"\.\.\.|…", expected)
    pattern = ".*".join(re.escape(part) for part in parts)
    return re.fullmatch(rf"{pattern}\s*", printed, flags=re.DOTALL) is not None


@dataclass(slots=True)
class PageRunner:
    folder: Path
    _servers: list[subprocess.Popen[bytes]] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        fault: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for server in reversed(self._servers):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(server.pid, signal.SIGTERM)
            try:
                server.wait(timeout=10)
            except subprocess.TimeoutExpired:
                os.killpg(server.pid, signal.SIGKILL)
                server.wait()

    def run(self, block: Block) -> None:
        if path := block.options.get("file"):
            target = self.folder / path
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(block.text + "\n", encoding="utf-8")
        if "run" not in block.words:
            return
        match block.language:
            case "console" if "serve" in block.options:
                self._serve(block)
            case "console":
                self._console(block)
            case "python":
                self._check([sys.executable, "-c", block.text], Step(block.text, "..."))
            case other:
                message = f"line {block.line}: {other!r} blocks cannot run"
                raise ValueError(message)

    def _console(self, block: Block) -> None:
        steps = steps_of(block.text)
        for step in steps:
            status = int(block.options.get("exit", "0")) if step is steps[-1] else 0
            shown = Step(step.command, step.expected or "...")
            self._check(["bash", "-euc", step.command], shown, status=status)

    def _check(self, argv: list[str], step: Step, *, status: int = 0) -> None:
        done = subprocess.run(
            argv,
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=STEP_TIMEOUT_S,
            check=False,
        )
        assert done.returncode == status, f"$ {step.command}\n{done.stdout}"
        assert says(step.expected, done.stdout), (
            f"$ {step.command}\n--- the page says\n{step.expected}\n"
            f"--- it printed\n{done.stdout}"
        )

    def _serve(self, block: Block) -> None:
        (step,) = steps_of(block.text)
        port = int(block.options["serve"])
        server = subprocess.Popen(
            ["bash", "-euc", f"exec {step.command}"],
            cwd=self.folder,
            env=self._environment(),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        self._servers.append(server)
        give_up_at = time.monotonic() + SERVE_TIMEOUT_S
        while time.monotonic() < give_up_at:
            assert server.poll() is None, f"$ {step.command}\nended by itself"
            with contextlib.suppress(OSError), socket.socket() as probe:
                probe.connect(("127.0.0.1", port))
                return
            time.sleep(0.05)
        message = f"$ {step.command}\nnothing listens on port {port}"
        raise AssertionError(message)

    def _environment(self) -> dict[str, str]:
        """Give what a reader's shell would have, and nothing of this run's."""
        return {
            "HOME": str(self.folder),
            "LANG": "C.UTF-8",
            "NO_COLOR": "1",
            "PATH": os.pathsep.join(
                [
                    str(folder_of_commands()),
                    str(Path(sys.executable).parent),
                    os.environ.get("PATH", os.defpath),
                ]
            ),
            "REPOSITORY": str(ROOT),
        }
