"""What every peer is started with: a folder for its files, and the archive's port."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

from bench.processes import NotMeasured, Server, program

PROXY_CORE = 0


@dataclass(frozen=True, slots=True)
class Site:
    """Where a peer may write, and what stands behind it.

    Attributes:
        folder: For configuration, logs and temporary files.
        upstream_port: The archive's port on loopback.
    """

    folder: Path
    upstream_port: int

    def write(self, name: str, text: str) -> str:
        """Write a configuration file; its path."""
        file = self.folder / name
        file.write_text(text, encoding="utf-8")
        return str(file)


Peer = Callable[[Site], AbstractContextManager[Server]]


def installed(name: str) -> str:
    """The path of a peer's program.

    Raises:
        NotMeasured: it is not installed here.
    """
    found = program(name)
    if found is None:
        raise NotMeasured(f"{name} is not installed")
    return found
