"""Where letters go."""

from __future__ import annotations

from pathlib import Path

from gateway.kernel.letter import Postbox
from gateway.mail.letter_folder import LetterFolder


def letter_folder(folder: Path, *, sender: str) -> Postbox:
    """A folder that gets one file per letter."""
    return LetterFolder(folder, sender=sender)
