"""One connection to an upstream: bytes in, bytes out, and when to stop both."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import Callable
from typing import Protocol, cast

from gateway.kernel.errors import UpstreamFailed
from gateway.upstream.answer_reader import OVER, TUNNEL, AnswerReader
from gateway.upstream.failures import Stale, too_late
from gateway.upstream.limits import (
    DAWDLE_BYTES_PER_S,
    UNREAD_BYTES_MAX,
)
from gateway.upstream.origin import Origin


class Keeper(Protocol):
    """Hears what becomes of a connection; the pool fills it."""

    def give(self, connection: Connection) -> None:
        """An answer ended exactly as announced: another may follow."""

    def gone(self, connection: Connection) -> None:
        """It is lost."""


class Listener(Protocol):
    """Whoever waits for the answer on a connection."""

    reader: AnswerReader

    def takes(self, data: bytes) -> Callable[[], None] | None:
        """Whom to tell, where these bytes are all of a plain answer; else None.

        Another may follow it, and nothing need be read of it.
        """

    def stirred(self) -> None:
        """Something came."""

    def failed(self, fault: Exception) -> None:
        """Nothing more will come."""

    def gave_way(self) -> None:
        """Nothing more will come: the client was too slow while others waited."""


class Connection(asyncio.Protocol):
    """A connection, kept from answer to answer.

    Attributes:
        loop: The event loop it lives in.
        origin: To whom.
        transport: Its transport.
        is_reused: It has carried an answer before.
        is_heard: A byte has come since the last request began.
        is_lost: It is gone.
        is_awaited: The upstream owes us bytes, or room for ours.
        is_write_paused: It takes less than we give.
        quiet_s: For how many whole seconds nothing has moved.
        client: On whose behalf it is used: an address.
        dawdles_since_s: Since when the client has let the upstream wait, and all
            but nothing has moved; 0 for not at all.
    """

    __slots__ = (
        "_drained",
        "_is_ended",
        "_is_paused",
        "_keepable",
        "_keeper",
        "_listener",
        "_moved_bytes",
        "client",
        "dawdles_since_s",
        "is_awaited",
        "is_heard",
        "is_lost",
        "is_reused",
        "is_write_paused",
        "loop",
        "origin",
        "quiet_s",
        "transport",
    )

    def __init__(self, keeper: Keeper, origin: Origin) -> None:
        self.loop = asyncio.get_running_loop()
        self.origin = origin
        self.transport: asyncio.Transport
        self.is_reused = False
        self.is_heard = False
        self.is_lost = False
        self.is_awaited = True
        self.is_write_paused = False
        self.quiet_s = 0
        self.client = ""
        self.dawdles_since_s = 0.0
        self._moved_bytes = 0
        self._keeper = keeper
        self._listener: Listener | None = None
        self._keepable = False
        self._is_paused = False
        self._is_ended = False
        self._drained: asyncio.Future[None] | None = None

    # ── what the client does with it ────────────────────────────────────────

    def begin(self, listener: Listener, wire: bytes, *, is_keepable: bool) -> None:
        """Send a request's head, and listen for its answer.

        Args:
            listener: Hears of the answer.
            wire: The head.
            is_keepable: Another request may follow, if the answer lets it.
        """
        self._listener = listener
        self._keepable = is_keepable
        self.is_heard = False
        self.is_awaited = True
        self.quiet_s = 0
        self.dawdles_since_s = 0.0
        self.transport.write(wire)

    def hears(self, listener: Listener) -> bool:
        """Is it still with this answer?"""
        return self._listener is listener

    def hold(self) -> None:
        """Nothing is taken for a while: no more shall come."""
        if not self._is_paused and not self.transport.is_closing():
            self._is_paused = True
            self.transport.pause_reading()

    def resume(self) -> None:
        """All was taken: more may come."""
        if self._is_paused:
            self._is_paused = False
            self.quiet_s = 0
            if not self.transport.is_closing():
                self.transport.resume_reading()

    def abort(self) -> None:
        """Close at once, whatever is still under way."""
        self._listener = None
        self.transport.abort()

    def finish(self) -> None:
        """Close when what was written has left."""
        self._listener = None
        self.quiet_s = 0
        self.transport.close()

    def give_way(self) -> None:
        """Others wait, and this client does not get on: end what it asked for."""
        listener = self._listener
        self.abort()
        if listener is not None:
            listener.gave_way()

    @property
    def lets_wait(self) -> bool:
        """The upstream would go on, and the client does not."""
        return self._listener is not None and (self._is_paused or not self.is_awaited)

    async def send(self, data: bytes) -> None:
        """Write, and wait while the upstream is slow.

        Raises:
            ConnectionError: it is gone.
        """
        if self.is_lost or self.transport.is_closing():
            raise ConnectionResetError("the archive is gone")
        self.transport.write(data)
        self.quiet_s = 0
        self._moved_bytes += len(data)
        if self.is_write_paused:
            self._drained = self.loop.create_future()
            await self._drained

    def tick(self, *, silence_s: int, idle_s: int) -> None:
        """A second has passed."""
        listener = self._listener
        self.quiet_s += 1
        if listener is None:
            if self.quiet_s > idle_s:
                self.transport.abort()
        elif listener.reader.phase == TUNNEL or self._is_paused or not self.is_awaited:
            self.quiet_s = 0
        elif self.quiet_s > silence_s:
            self._fail(too_late())

    def look(self, now_s: float, elapsed_s: float) -> None:
        """Does the client dawdle, by what has moved since the last look?"""
        if self.lets_wait and self._moved_bytes < DAWDLE_BYTES_PER_S * elapsed_s:
            self.dawdles_since_s = self.dawdles_since_s or now_s
        else:
            self.dawdles_since_s = 0.0
        self._moved_bytes = 0

    # ── what the event loop says ────────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """It stands."""
        # Not every loop's transport says that it is one.
        self.transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """Bytes came."""
        listener = self._listener
        if listener is None:
            # Nothing was asked: they belong to no answer.
            self.transport.abort()
            return
        self.quiet_s = 0
        self._moved_bytes += len(data)
        self.is_heard = True
        told = listener.takes(data)
        if told is not None:
            self._listener = None
            if not self.transport.is_closing():
                self.is_reused = True
                self._keeper.give(self)
            told()
            return
        reader = listener.reader
        try:
            reader.feed(data)
        except UpstreamFailed as fault:
            self._fail(fault)
            return
        if reader.phase == OVER:
            self._release(reader)
        elif reader.unread_bytes > UNREAD_BYTES_MAX:
            self.hold()
        listener.stirred()

    def eof_received(self) -> bool:
        """The upstream has said all."""
        self._is_ended = _is_goodbye(self.transport)
        return False

    def pause_writing(self) -> None:
        """It reads more slowly than we write."""
        self.is_write_paused = True

    def resume_writing(self) -> None:
        """It has caught up."""
        self.is_write_paused = False
        self.quiet_s = 0
        self._wake_writer(None)

    def connection_lost(self, exc: Exception | None) -> None:
        """It is gone."""
        self.is_lost = True
        self._keeper.gone(self)
        self._wake_writer(ConnectionResetError("the archive is gone"))
        listener, self._listener = self._listener, None
        if listener is None:
            return
        try:
            listener.reader.end(is_orderly=self._is_ended and exc is None)
        except UpstreamFailed as fault:
            is_stale = self.is_reused and not self.is_heard
            listener.failed(Stale() if is_stale else fault)
        else:
            listener.stirred()

    def _release(self, reader: AnswerReader) -> None:
        """The answer is complete: let another have the connection."""
        self._listener = None
        if self._is_paused:
            self.resume()
        if self._keepable and reader.is_reusable and not self.transport.is_closing():
            self.is_reused = True
            self.quiet_s = 0
            self._keeper.give(self)
        elif self.transport.get_write_buffer_size():
            self.transport.abort()
        else:
            self.transport.close()

    def _fail(self, fault: UpstreamFailed) -> None:
        listener = self._listener
        self.abort()
        if listener is not None:
            listener.failed(fault)

    def _wake_writer(self, fault: Exception | None) -> None:
        drained, self._drained = self._drained, None
        if drained is not None and not drained.done():
            if fault is None:
                drained.set_result(None)
            else:
                drained.set_exception(fault)


def _is_goodbye(transport: asyncio.Transport) -> bool:
    """Is it the upstream that ended the connection? Over TLS anybody can cut it."""
    spoken = transport.get_extra_info("ssl_object")
    if spoken is None:
        return True
    try:
        return not spoken.read(1)
    except ssl.SSLError:
        return False
