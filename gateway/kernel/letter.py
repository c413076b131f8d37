"""A letter, and the box it is put into."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Letter:
    """What is sent to somebody.

    Attributes:
        to: An e-mail address.
        subject: One line.
        text: Plain text.
        language: `en` or `fr`.
    """

    to: str
    subject: str
    text: str
    language: str = "en"


class Postbox(Protocol):
    """Takes letters."""

    async def send(self, letter: Letter) -> None:
        """Hand a letter over.

        Raises:
            Unavailable: it was not taken; nobody will get it.
        """
