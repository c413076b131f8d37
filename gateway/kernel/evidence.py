"""How well something is known: the four evidence levels of the domain."""

from __future__ import annotations

from enum import IntEnum


class Level(IntEnum):
    """`unknown < claimed < verified < vouched`; money only moves on the last two."""

    UNKNOWN = 0
    CLAIMED = 1
    VERIFIED = 2
    VOUCHED = 3

    @property
    def word(self) -> str:
        """The level as policies and JSON write it."""
        return self.name.lower()

    @classmethod
    def named(cls, word: str) -> Level:
        """The level that policies call *word*.

        Raises:
            KeyError: there is no such level.
        """
        return cls[word.upper()]
