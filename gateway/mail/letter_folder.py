"""Letters as files in a folder, for whoever prints or sends them."""

from __future__ import annotations

import hashlib
from email.errors import MessageError
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.kernel.letter import Letter

NAME_DIGITS = 16


class LetterFolder:
    """A `gateway.kernel.letter.Postbox` that writes one `.eml` file per letter.

    Args:
        folder: Made where it is missing.
        sender: Whom letters are from; may be empty.
    """

    def __init__(self, folder: Path, *, sender: str = "") -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, letter: Letter) -> None:
        """Write a letter; see the port."""
        message = EmailMessage(policy=SMTP)
        try:
            if self._sender:
                message["From"] = self._sender
            message["To"] = letter.to
            message["Subject"] = letter.subject
        except (ValueError, MessageError, IndexError):
            raise InvalidValue("a letter has one address and a one-line subject") from (
                None
            )
        message.set_content(letter.text)
        content = message.as_bytes()
        name = hashlib.sha256(content).hexdigest()[:NAME_DIGITS]
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            (self._folder / f"{name}.eml").write_bytes(content)
        except OSError as fault:
            detail = f"a letter cannot be written to {self._folder}: {fault.strerror}"
            raise Unavailable(detail) from None
