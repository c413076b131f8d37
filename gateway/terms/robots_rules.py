"""What the archive's robots.txt asks machines to leave, as it was read last.

Where it was not read yet, nothing is forbidden. Read as Google's parser does
(RFC 9309), by the name that a machine gives itself.
"""

from __future__ import annotations

from protego import Protego

from gateway.kernel.lately import Lately

ORIGINS_MAX = 64
FRESH_S, AGAIN_S = 3_600, 60


class RobotsRules:
    """Rules by origin."""

    __slots__ = ("_due_s", "_rules")

    def __init__(self) -> None:
        self._rules: Lately[str, Protego] = Lately(ORIGINS_MAX)
        self._due_s: Lately[str, int] = Lately(ORIGINS_MAX)

    def is_due(self, origin: str, *, now_s: int) -> bool:
        """Is it time to read the file again, where nobody else has it read?"""
        return now_s >= (self._due_s.get(origin) or 0)

    def learn(self, origin: str, body: bytes | None, *, now_s: int) -> None:
        """Keep what it says now; None where it could not be had, and the last stands.

        Args:
            origin: Whose.
            body: The file; empty where there is none, which forbids nothing.
            now_s: Now, seconds.
        """
        self._due_s.keep(origin, now_s + (AGAIN_S if body is None else FRESH_S))
        if body is not None:
            text = body.decode("utf-8", "replace")
            self._rules.keep(origin, Protego.parse(text))

    def forbids(self, origin: str, target: str, user_agent: str) -> bool:
        """Does it ask whoever calls itself so to leave that page alone?"""
        rules = self._rules.get(origin)
        return rules is not None and not rules.can_fetch(target, user_agent)
