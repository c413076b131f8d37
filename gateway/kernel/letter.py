"""A letter to one reader, and the postbox that takes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """What somebody is to be told.

    Attributes:
        to: One address: `accounts@company.example`.
        subject: One line.
        text: Plain text, lines of any length.
        once: Why it is sent, as a key: the same key goes out once. Empty for a
            letter of its own.
    """

    to: str
    subject: str
    text: str
    once: str = ""


class Postbox(Protocol):
    """Takes letters: the outbox, which keeps them, or the mail server itself."""

    async def send(self, letter: Letter) -> None:
        """Take a letter; once this returns it is not lost.

        Raises:
            InvalidValue: it can never be sent: no such address, a line break in the
                subject.
            Unavailable: not now; nothing was taken.
        """
