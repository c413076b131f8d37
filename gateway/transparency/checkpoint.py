"""A checkpoint: what the log was at one moment (C2SP tlog-checkpoint).

    archive.example/_copyfair/books
    4711
    base64 of the root

It is published as a signed note; who signs and how is `credentials`' business.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass

from gateway.kernel.errors import InvalidValue
from gateway.transparency.merkle import HASH_BYTES

SIZE = re.compile(r"0|[1-9][0-9]{0,17}")
LINES = 3


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """Size and root of a log.

    Attributes:
        origin: Which log: a name without spaces, as its address without a scheme.
        size: How many rows.
        root: The root over them, 32 bytes.
    """

    origin: str
    size: int
    root: bytes

    def __post_init__(self) -> None:
        if not self.origin or any(each.isspace() for each in self.origin):
            raise InvalidValue("a log has a name without spaces")
        if self.size < 0 or len(self.root) != HASH_BYTES:
            raise InvalidValue("a checkpoint has a size and a root of 32 bytes")

    @property
    def text(self) -> str:
        """What is signed."""
        root = base64.b64encode(self.root).decode()
        return f"{self.origin}\n{self.size}\n{root}\n"


def checkpoint_in(text: str) -> Checkpoint:
    """Read a checkpoint; further lines are somebody's extension and pass.

    Raises:
        InvalidValue: it is none.
    """
    lines = text.split("\n")
    if len(lines) <= LINES or not SIZE.fullmatch(lines[1]):
        raise InvalidValue("this is no checkpoint of a log")
    try:
        root = base64.b64decode(lines[2], validate=True)
    except (ValueError, binascii.Error):
        raise InvalidValue("the checkpoint's root is no base64") from None
    return Checkpoint(lines[0], int(lines[1]), root)
