"""One client at one time: what it is, where it is sent, and how it is run."""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from tests.journeys.chromium import Browser
from tests.journeys.many_kinds import Archive
from tests.journeys.running import ENVIRONMENT
from tests.journeys.witness import Witness

WITHIN_S = 240
HELD, BUTTON = "great demand", "Show me this page"
SEARCH, FOUND = "/search?q=ink", "Letters about ink: three"


@dataclass(frozen=True, slots=True)
class Place:
    """What the clients are, and where they are sent.

    Attributes:
        programs: Path by name.
        tools: The `bin` of the Python clients.
        opened: Set once the search goes on.
    """

    programs: Mapping[str, Path]
    tools: Path
    browser: Browser
    archive: Archive
    opened: Event


@dataclass(frozen=True, slots=True)
class Visit:
    """A client with an address and a folder of its own."""

    place: Place
    witness: Witness
    folder: Path

    def url(self, target: str) -> str:
        return self.witness.origin + target

    def run(self, words: str, *more: str | Path) -> subprocess.CompletedProcess[str]:
        """Run a client: the words of a command, and more of them."""
        name, *arguments = words.split()
        program = self.place.programs.get(name, self.place.tools / name)
        return subprocess.run(
            [str(program), *arguments, *map(str, more)],
            cwd=self.folder,
            env={**ENVIRONMENT, "HOME": str(self.folder)},
            capture_output=True,
            text=True,
            errors="replace",
            timeout=WITHIN_S,
            check=False,
        )


Story = Callable[[Visit], str]
"""Raises where the client failed; what it was told, where it was refused."""
