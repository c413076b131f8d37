"""The two switches of a gateway: does it slow, and does it license?"""

from __future__ import annotations

from dataclasses import dataclass
from enum import IntEnum, StrEnum


class Protect(StrEnum):
    """Whether budgets and lanes act."""

    WATCH = "watch"
    ON = "on"


class LicenceMode(IntEnum):
    """What licensing adds; each mode includes the ones before it."""

    OFF = 0
    LABEL = 1
    OFFER = 2
    INVOICE = 3

    @property
    def word(self) -> str:
        """As gateway.yaml writes it."""
        return self.name.lower()

    @classmethod
    def named(cls, word: str) -> LicenceMode:
        """The mode gateway.yaml calls *word*.

        Raises:
            KeyError: there is no such mode.
        """
        return cls[word.upper()]


@dataclass(frozen=True, slots=True)
class Switches:
    """Both switches as they stand for one collection."""

    protect: Protect = Protect.WATCH
    licence_mode: LicenceMode = LicenceMode.OFF


FULL = Switches(Protect.ON, LicenceMode.INVOICE)
