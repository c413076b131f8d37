"""What a worker and the writer say to each other about intents, events and holds.

A message is a short list that starts with its kind. Everything is about one request
and carries its id, so that answers may come in any order, and so that a worker may
say the same again to the next writer.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

from gateway.metering.admit import CapReached
from gateway.metering.cap import Hold
from gateway.metering.intent import Intent
from gateway.metering.quantity import Quantity
from gateway.metering.room import Room
from gateway.metering.usage_event import UsageEvent


class Message(msgspec.Struct, array_like=True, frozen=True):
    """One thing said."""


class Held(Message, frozen=True):
    """Money that was set aside before, as a worker remembers it."""

    request_id: str
    agreement_id: str
    hold: Hold


# From a worker.


class Hello(Message, frozen=True, tag=1):
    """The first message on every line.

    Attributes:
        boot_id: Which run of which worker.
        process_id: As the operating system counts.
        is_new: This worker has talked to no writer yet.
        held: What earlier writers set aside, and still stands.
        under_way: Requests whose intent is, or may be, durable and still wanted.
    """

    boot_id: str
    process_id: int
    is_new: bool
    held: tuple[Held, ...]
    under_way: tuple[str, ...]


class Reserve(Message, frozen=True, tag=2):
    """Set money aside."""

    request_id: str
    agreement_id: str
    hold: Hold


class Extend(Message, frozen=True, tag=3):
    """Set more aside."""

    request_id: str
    more: Quantity


class Release(Message, frozen=True, tag=4):
    """Give back what is set aside."""

    request_id: str


class Open(Message, frozen=True, tag=5):
    """Write an intent down."""

    intent: Intent


class Withdraw(Message, frozen=True, tag=6):
    """Nothing came of an intent that was written down."""

    request_id: str


class Settle(Message, frozen=True, tag=7):
    """Record an event."""

    event: UsageEvent


class Figures(Message, frozen=True, tag=8):
    """How the worker does, and what it has counted; plain texts and numbers."""

    document: dict[str, Any]


# From the writer.


class Reserved(Message, frozen=True, tag=20):
    """Set aside; the fields are those of `Granted`."""

    request_id: str
    micros: int
    room: Room | None = None


class Extended(Message, frozen=True, tag=21):
    """Set aside in addition, micros."""

    request_id: str
    micros: int


class NoRoom(Message, frozen=True, tag=22):
    """A cap has no room."""

    request_id: str
    asked: int
    reached: CapReached


class Opened(Message, frozen=True, tag=23):
    """The intent is durable."""

    request_id: str


class Stored(Message, frozen=True, tag=24):
    """The event is durable; the fields are those of `Settled`."""

    request_id: str
    seq: int
    is_repeat: bool


class Kept(Message, frozen=True, tag=25):
    """The event waits for the store."""

    request_id: str


class Failed(Message, frozen=True, tag=26):
    """Something about a request cannot be done.

    Attributes:
        request_id: Which request.
        asked: The tag of the message that asked.
        code: The code of a `GatewayError`.
        detail: One sentence.
        retry_after_s: When another try makes sense; 0 where none does.
    """

    request_id: str
    asked: int
    code: str
    detail: str
    retry_after_s: int = 0


class Ask(Message, frozen=True, tag=27):
    """Send your figures now."""


FromWorker = Hello | Reserve | Extend | Release | Open | Withdraw | Settle | Figures
FromWriter = Reserved | Extended | NoRoom | Opened | Stored | Kept | Failed | Ask

RESERVE, EXTEND, OPEN, SETTLE = 2, 3, 5, 7

_encoder = msgspec.msgpack.Encoder()
_of_worker = msgspec.msgpack.Decoder(list[FromWorker])
_of_writer = msgspec.msgpack.Decoder(list[FromWriter])


def written(messages: Sequence[Message]) -> bytes:
    """Many messages as bytes."""
    return _encoder.encode(messages)


def read_worker(frame: bytes) -> list[FromWorker]:
    """What a worker said.

    Raises:
        ValueError: it is none of ours.
    """
    return _of_worker.decode(frame)


def read_writer(frame: bytes) -> list[FromWriter]:
    """What the writer said.

    Raises:
        ValueError: it is none of ours.
    """
    return _of_writer.decode(frame)
