"""An application for individual terms, and the clock that runs for the host.

Whoever asks for terms of its own is owed an answer within the days that the tariff
publishes. If none comes, the published tariff as it stood when it was asked for
applies by itself: the applicant accepts it without the host, also when the price was
raised or the offer withdrawn meanwhile.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Standing(StrEnum):
    """How an application stands."""

    OPEN = "open"
    ANSWERED = "answered"
    GUARANTEED = "guaranteed"  # the days are over and nobody answered


@dataclass(frozen=True, slots=True)
class Application:
    """What was asked.

    Attributes:
        id: `apn_…`.
        offer_id: The offer it was asked beside.
        collection: The collection's id.
        tariff: The published tariff that is guaranteed.
        tariff_version: As it stood when it was asked.
        document: The offer as it was shown, canonical JSON.
        name: Who asks, as they say.
        email: Where to answer.
        wish: What is wished, in the applicant's words.
        asked_us: When, microseconds UTC.
        due_us: Until when an answer is owed.
        answered_us: When the host answered; None while it has not.
        answer: What it said.
    """

    id: str
    offer_id: str
    collection: str
    tariff: str
    tariff_version: int
    document: str
    name: str
    email: str
    wish: str
    asked_us: int
    due_us: int
    answered_us: int | None = None
    answer: str = ""

    def standing(self, *, now_us: int) -> Standing:
        """How it stands; an answer after the days are over takes nothing back."""
        if self.answered_us is not None and self.answered_us < self.due_us:
            return Standing.ANSWERED
        return Standing.GUARANTEED if now_us >= self.due_us else Standing.OPEN


class ApplicationStore(Protocol):
    """Keeps applications and answers; nothing is ever changed."""

    def add(self, application: Application) -> None:
        """Keep a new one."""

    def find(self, application_id: str) -> Application | None:
        """The application of that id, with its answer."""

    def all(self) -> tuple[Application, ...]:
        """Every application, oldest first."""

    def answer(self, application_id: str, text: str, *, at_us: int) -> None:
        """Keep the host's answer.

        Raises:
            Conflict: it was answered already.
        """
