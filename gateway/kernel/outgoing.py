"""What waits to be sent, and the outbox that keeps it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


class Way(StrEnum):
    """How something goes out."""

    MAIL = "mail"
    WEBHOOK = "webhook"


class State(StrEnum):
    """What became of it."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    DEAD = "dead"  # nobody tries any more


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One letter or one event for one receiver.

    Attributes:
        id: `msg_…`; the same at every try, so that a receiver can drop doubles.
        way: How it goes.
        address: Whose: an address of mail, or a webhook's id.
        subject: The letter's subject, or the event's type.
        body: The letter's text, or the event as JSON.
        once: Why it is sent: the same key is kept once.
        made_us: When it was put in, microseconds UTC.
        tries: How often it was tried.
        next_us: When it is tried next.
        state: What became of it.
        answer: What the last try met, for whoever looks; never a body.
    """

    id: str
    way: Way
    address: str
    subject: str
    body: str
    once: str
    made_us: int
    tries: int = 0
    next_us: int = 0
    state: State = State.WAITING
    answer: str = ""


@dataclass(frozen=True, slots=True)
class Waiting:
    """How the outbox stands, for one way.

    Attributes:
        way: Which.
        waiting: How many wait.
        dead: How many nobody tries any more.
        oldest_us: Since when the oldest of those that wait; 0 for none.
        answer: What its last try met.
    """

    way: Way
    waiting: int
    dead: int
    oldest_us: int
    answer: str


class OutboxStore(Protocol):
    """Keeps what is to be sent. Everything here blocks."""

    def put(self, parcels: Sequence[Outgoing]) -> int:
        """Keep what is new by `once`; how many that were. Durable on return."""

    def due(self, *, now_us: int, ways: Sequence[Way], at_most: int) -> list[Outgoing]:
        """What is to be tried now: the oldest for each receiver."""

    def claim(self, parcel: Outgoing, *, until_us: int) -> bool:
        """Take it for one try; nobody else tries it before *until_us*."""

    def keep(self, parcel: Outgoing, *, at_us: int) -> None:
        """Keep what became of a try."""

    def listed(self, *, address: str = "", at_most: int = 100) -> list[Outgoing]:
        """The newest, of one receiver or of all; newest first."""

    def standing(self) -> tuple[Waiting, ...]:
        """How it stands, for each way that was ever used."""

    def drop(self, address: str, *, at_us: int) -> int:
        """Empty everything of a receiver, and send it nothing more; how many."""

    def forget(self, *, before_us: int) -> int:
        """Empty what was ended before: receivers and contents go, the rest stays."""
