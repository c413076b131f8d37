"""What the fields of an answer's head say about its body and its connection."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from gateway.upstream.answer_field import (
    CODES,
    CONNECTS,
    DATES,
    LINKS,
    MEASURES,
    SWITCHES,
)
from gateway.upstream.failures import malformed
from gateway.upstream.headers import nominated

DIGITS = re.compile(r"[0-9]{1,18}\Z")
WEBSOCKET = "websocket"
NOTHING: frozenset[str] = frozenset()


@dataclass(slots=True)
class Said:
    """What was said, field by field.

    Attributes:
        options: What `Connection` names, in lower case.
        length: The announced length of the body; None where only its end will tell.
        codings: Values of `Transfer-Encoding`.
        switches: Values of `Upgrade`.
        is_dated: There is a date.
        has_links: A field may name the upstream's own address.
    """

    options: frozenset[str] = NOTHING
    length: int | None = None
    codings: tuple[str, ...] = ()
    switches: tuple[str, ...] = ()
    is_dated: bool = False
    has_links: bool = False

    @staticmethod
    def of(fields: Iterable[tuple[int, str]]) -> Said:
        """Hear the fields that say something to us.

        Args:
            fields: Kind and value of each.

        Raises:
            UpstreamFailed: they announce no one length.
        """
        said = Said()
        for kind, value in fields:
            if kind == DATES:
                said.is_dated = True
            elif kind == LINKS:
                said.has_links = True
            elif kind == MEASURES:
                if said.length is not None or not DIGITS.match(value):
                    raise malformed("announces no one length")
                said.length = int(value)
            elif kind == CONNECTS:
                said.options |= _named(value)
            elif kind == CODES:
                said.codings += (value,)
            elif kind == SWITCHES:
                said.switches += (value,)
        return said

    def is_chunked(self, *, is_old: bool) -> bool:
        """Does the body come in chunks?

        Args:
            is_old: The answer is HTTP/1.0, which has none.

        Raises:
            UpstreamFailed: it is coded otherwise, or announces a length too.
        """
        if not self.codings:
            return False
        if self.length is not None:
            raise malformed("announces a length and a coding")
        if is_old or len(self.codings) > 1 or self.codings[0].lower() != "chunked":
            raise malformed("is coded in a way that nobody asked for")
        return True

    def check_switch(self) -> None:
        """A switch of protocols goes to a WebSocket, and says so twice.

        Raises:
            UpstreamFailed: it does not.
        """
        named = ", ".join(self.switches).lower()
        if named != WEBSOCKET or "upgrade" not in self.options:
            raise malformed("switches to a protocol that nobody asked for")


@lru_cache(maxsize=64)
def _named(value: str) -> frozenset[str]:
    return nominated((value,))
