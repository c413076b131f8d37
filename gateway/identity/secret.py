"""A text that never shows itself.

Keys, tokens and peppers travel in this wrapper, so that a log line, a traceback
or a careless f-string prints a placeholder. Whoever really needs the text calls
`reveal`, and that name can be searched for.
"""

from __future__ import annotations

import hmac
from typing import Never

PLACEHOLDER = "Secret(…)"


class Secret:
    """A secret text; compares in constant time and refuses to be pickled."""

    __slots__ = ("_text",)

    def __init__(self, text: str) -> None:
        self._text = text

    def reveal(self) -> str:
        """The text itself; for the wire, a screen shown once, or a hash."""
        return self._text

    def __repr__(self) -> str:
        return PLACEHOLDER

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Secret):
            return NotImplemented
        # What a client sends may hold bytes that are no UTF-8.
        mine, theirs = (
            text.encode("utf-8", "surrogatepass") for text in (self._text, other._text)
        )
        return hmac.compare_digest(mine, theirs)

    def __hash__(self) -> int:
        return hash(self._text)

    def __reduce__(self) -> Never:
        message = "a secret does not leave the process by accident"
        raise TypeError(message)
