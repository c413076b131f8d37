"""Metering from a front server's log: read, understand, record; again and again."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from gateway.access_logs.formats import Format
from gateway.access_logs.log_file import LogFile, Piece
from gateway.kernel.clock import Clock
from gateway.kernel.errors import GatewayError, InvalidValue
from gateway.metering.logged import Logged, Place, logged_event
from gateway.metering.ports import Checkpoint, LoggedUsageStore
from gateway.metering.usage_event import UsageEvent
from gateway.metering.usage_reference import Seal
from gateway.proxy.forward_auth.holds import Holds
from gateway.proxy.host import read_host
from gateway.proxy.target import read_target

LOOK_AGAIN_S = 0.2
TRY_AGAIN_S = 2.0


@dataclass(frozen=True, slots=True)
class LogReading:
    """From lines to usage events.

    Attributes:
        form: The log's format.
        seal: Opens what decisions left.
        node: Which gateway reads.
        unsent_bytes: Taken off what broke off.
    """

    form: Format
    seal: Seal
    node: str
    unsent_bytes: int

    def events_of(self, piece: Piece) -> tuple[list[UsageEvent], int]:
        """The events of a piece, and how many lines could not be read."""
        events: list[UsageEvent] = []
        unread = piece.unread
        for line in piece.lines:
            try:
                logged = self.form(line)
                if logged is not None:
                    events.append(self._event(logged))
            except (GatewayError, KeyError, TypeError, ValueError):
                unread += 1
        return events, unread

    def _event(self, logged: Logged) -> UsageEvent:
        target = logged.target
        if not logged.method.isascii():
            raise InvalidValue("a log line tells the method in ASCII")
        if not target.startswith("/"):
            raise InvalidValue("a log line tells the target in origin-form")
        place = Place(read_host(logged.host).name, read_target(target).path)
        reference = self.seal.opened(logged.usage)
        return logged_event(
            logged, reference, place, node=self.node, unsent_bytes=self.unsent_bytes
        )


@dataclass(slots=True)
class LogMetering:
    """Follows one log.

    Attributes:
        log: The file.
        reading: Understands its lines.
        store: Keeps events and how far the log was read.
        holds: Hears what passed.
        clock: When.
        say: Writes an event to our own log.
    """

    log: LogFile
    reading: LogReading
    store: LoggedUsageStore
    holds: Holds
    clock: Clock
    say: Callable[..., None]
    _since: Checkpoint | None = field(default=None)
    _is_known: bool = field(default=False)

    async def run(self, sleep: Callable[[float], Awaitable[None]]) -> None:
        """Follow the log for ever; a fault is told, and tried again."""
        while True:
            try:
                has_more = await self.step()
            except (GatewayError, OSError) as fault:
                self.say("access-log.waiting", reason=str(fault))
                await sleep(TRY_AGAIN_S)
            else:
                if not has_more:
                    await sleep(LOOK_AGAIN_S)

    async def step(self) -> bool:
        """Read and record one piece; is there more?

        Raises:
            Unavailable: the store cannot write now; the piece is read again.
            OSError: the log cannot be read.
        """
        name = str(self.log.path)
        # Also where no front server asks: whoever asks inline draws on the same caps.
        self.holds.give_back_late()
        if not self._is_known:
            self._since = await asyncio.to_thread(self.store.checkpoint, name)
            self._is_known = True
        now_us = self.clock.now_us()
        piece = await asyncio.to_thread(self.log.read, self._since, now_us=now_us)
        if piece is None:
            return False
        events, unread = self.reading.events_of(piece)
        settled = await asyncio.to_thread(
            self.store.record_logged, name, events, piece.upto, recorded_us=now_us
        )
        self._since = piece.upto
        for event, one in zip(events, settled, strict=True):
            if one is None:
                self.say("usage.refused", request_id=event.id, error="conflict")
            else:
                self.holds.settle(event, one)
        if unread:
            self.say("access-log.unreadable", lines=unread)
        return piece.has_more
