"""Published books in a folder: any web server can serve it as it is.

A file is written beside its place and moved there, so a reader sees it whole.
"""

from __future__ import annotations

import os
from pathlib import Path

from gateway.kernel.errors import Unavailable


class PublishedFolder:
    """`gateway.transparency.ports.PublishedFiles` in a folder, and how it grows."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def read(self, path: str) -> bytes | None:
        """A file's bytes; None where there is none."""
        try:
            return (self.folder / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as fault:
            detail = f"{self.folder / path} cannot be read ({fault.strerror})"
            raise Unavailable(detail) from fault

    def write(self, path: str, content: bytes) -> None:
        """Put a file in its place; nothing happens where it lies there already.

        Raises:
            Unavailable: it cannot be written now.
        """
        if self.read(path) == content:
            return
        place = self.folder / path
        draft = place.with_name(f".{place.name}.draft-{os.getpid()}")
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            draft.write_bytes(content)
            draft.replace(place)
        except OSError as fault:
            detail = f"{place} cannot be written ({fault.strerror})"
            raise Unavailable(detail) from fault
