"""One client connection: our own protocol, from the first byte to the last.

It cuts heads out of what arrives, hands them one after the other to one task, and
knows at its end how much of the answers really left. Nothing here knows what a
request means; and nothing here has a timer: `check` is called once a second.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

from gateway.proxy.blocks import Known
from gateway.proxy.body import WAITING_BYTES_MAX, RequestBody
from gateway.proxy.head import CRLF, END, Malformed, fault_of_part, without_empty_lines
from gateway.proxy.limits import ConnectionLimits
from gateway.proxy.outflow import Outflow
from gateway.proxy.phase import Asked, Phase, Taker, Underway

LINGER_BYTES_MAX = 1024 * 1024
NOTHING_YET = (b"", b"\r")
# For so long a task waits with an idle connection: the next request may be near.
DOZE_S, WAITING_TASKS_MAX = 1, 256  # each takes 2 KiB


class Owner(Protocol):
    """The server, as its connections see it."""

    limits: ConnectionLimits
    now_s: int
    tasks: set[asyncio.Task[None]]

    def joined(self, connection: Connection) -> bool:
        """A client connected; False where there is no room for it."""

    def left(self, connection: Connection) -> None:
        """It is gone."""

    def begin(self, connection: Connection, head: Asked) -> Asked | None:
        """Begin to answer without a task; give back what needs one."""

    async def answer(self, connection: Connection, head: Asked) -> bool:
        """Answer one request; True where another may follow."""

    def escaped(self, fault: Exception) -> None:
        """A mistake of ours was met."""


class Connection(asyncio.Protocol):
    """A connection of a client.

    Attributes:
        owner: The server.
        peer: Who is at the other end; empty where there is no address.
        transport: Also after the connection was lost; None before it is made.
        phase: What it is doing.
        known: The last header block, kept because most clients repeat theirs.
        body: The body of the request in flight, or None.
        journey: That request itself, while no task answers it.
        is_lost: It is gone.
        out: What goes to the client.
    """

    __slots__ = (
        "_empty_lines",
        "_inbox",
        "_is_distrusted",
        "_is_reading_paused",
        "_next",
        "_scanned",
        "_since_s",
        "_taker",
        "body",
        "is_lost",
        "journey",
        "known",
        "out",
        "owner",
        "peer",
        "phase",
        "transport",
    )

    transport: asyncio.Transport
    out: Outflow

    def __init__(self, owner: Owner, peer: str | None = None) -> None:
        self.owner = owner
        self.peer = peer
        self.phase = Phase.WAITING
        self.known: Known | None = None
        self.body: RequestBody | None = None
        self.journey: Underway | None = None
        self.is_lost = False
        self._inbox = b""
        self._scanned = self._empty_lines = 0
        self._since_s = owner.now_s
        self._taker: Taker | None = None
        self._next: asyncio.Future[Asked | None] | None = None
        self._is_reading_paused = self._is_distrusted = False

    # ── what the event loop calls ───────────────────────────────────────────

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """A client connected."""
        # uvloop's transports have every method of the class and not its name.
        self.transport = made = cast("asyncio.Transport", transport)
        if self.peer is None:
            name = transport.get_extra_info("peername")
            self.peer = name[0] if isinstance(name, tuple) else ""
        self.out = Outflow(made)
        if not self.owner.joined(self):
            self.phase = Phase.CLOSED

    def data_received(self, data: bytes) -> None:
        """Bytes of the client arrived, and with them acknowledgements."""
        if self.out.is_awaited:
            self.out.stir()
        if self.phase is Phase.WAITING and not self._inbox:
            # Nearly always: one head, and nothing besides.
            end = data.find(END)
            if 0 < end == len(data) - len(END) and not data.startswith(CRLF):
                self.phase = Phase.BUSY
                left = self.owner.begin(self, data)
                if left is not None:
                    self._hand_over(left)
                return
        self._take(data)

    def _take(self, data: bytes) -> None:
        """Bytes that are not just one head."""
        if self._taker is not None:
            data = self._taker.feed(data)
            if not data:
                return
        if self.phase is Phase.WAITING:
            self._inbox = self._inbox + data if self._inbox else data
            head = self._cut_head()
            if head is not None:
                self._begin(head)
        elif self.phase is Phase.LINGERING:
            self._scanned += len(data)
            if self._scanned > LINGER_BYTES_MAX:
                self.transport.abort()
        elif self.phase is not Phase.CLOSED:
            self._inbox += data
            self.regulate_reading()

    def eof_received(self) -> bool:
        """The client sends no more; unless in a tunnel, that ends the conversation."""
        if (
            self.phase is Phase.TUNNEL
            and self._taker is not None
            and not self.out.is_tls
        ):
            self._taker.feed(b"")
            return True
        return False

    def connection_lost(self, exc: Exception | None) -> None:
        """The connection is gone; its socket closes after this."""
        self.is_lost = True
        self.out.lose()
        self.by_task()
        self.phase = Phase.CLOSED
        self._inbox = b""
        gone = ConnectionResetError("the client is gone")
        if self.body is not None:
            self.body.break_off(gone)
        if self._taker is not None:
            self._taker.feed(b"")
        self._wake(None)
        self.owner.left(self)

    def pause_writing(self) -> None:
        """The client reads slowly."""
        self.out.pause()

    def resume_writing(self) -> None:
        """There is room again."""
        self.out.resume()

    # ── what the server calls ───────────────────────────────────────────────

    @property
    def is_idle(self) -> bool:
        """Nothing was begun: it can be closed and nobody loses anything."""
        return self.phase is Phase.WAITING and not self._has_begun

    @property
    def has_more(self) -> bool:
        """Something came behind the head that is being answered."""
        return bool(self._inbox)

    def check(self, elapsed_s: int) -> None:
        """Enforce everything that has to do with time; called once a second."""
        limits, waited_s = self.owner.limits, self.owner.now_s - self._since_s
        if self.phase is Phase.WAITING:
            if self._has_begun:
                if waited_s >= limits.head_s:
                    detail = "the head of the request did not arrive in time"
                    self._hand_over(Malformed("request-timeout", detail))
            elif waited_s >= limits.idle_s:
                self.close_idle()
            elif waited_s >= DOZE_S:
                self._doze()
        elif self.phase is Phase.BUSY:
            if self.body is not None:
                self.body.tick(elapsed_s)
        elif self.phase is Phase.LINGERING:
            self._linger(waited_s)
        if self.out.is_stuck(self.owner.now_s, limits):
            self.out.reset()

    def close_idle(self) -> None:
        """Close, if nothing was begun."""
        # Closed twice, asyncio's TLS transport falls apart before it says farewell.
        if self.is_idle and not self.transport.is_closing():
            self.transport.close()

    def refuse(self, answer: bytes) -> None:
        """Say one thing and close: there is no room."""
        self.phase = Phase.CLOSED
        self.transport.write(answer)
        self.transport.close()

    # ── what an exchange, or a journey, calls ───────────────────────────────

    def by_task(self) -> None:
        """Let a task go on with what was begun without one, if anything was."""
        journey, self.journey = self.journey, None
        if journey is not None:
            journey.let_go()
            self._hand_over(journey)

    def answered(self, *, may_continue: bool) -> None:
        """What was begun without a task is over."""
        self.journey = None
        if not may_continue or self.is_lost:
            self._end()
            return
        if not self._inbox:
            # As `_next_head`; nearly always nothing came ahead.
            self.phase, self._since_s = Phase.WAITING, self.owner.now_s
            self._empty_lines = 0
            return
        head = self._next_head()
        if head is not None:
            self._begin(head)

    def begin_body(self, length: int | None) -> RequestBody:
        """What follows the head is a body; None for a chunked one."""
        body = RequestBody(length, self.owner.limits, self.regulate_reading)
        self.body = body
        if not body.is_complete:
            self._taker = body
            inbox, self._inbox = self._inbox, b""
            if inbox:
                self._inbox = body.feed(inbox)
        return body

    def distrust(self) -> None:
        """Where the request ends is uncertain: whatever follows is thrown away."""
        self._is_distrusted = True

    def begin_tunnel(self, taker: Taker) -> None:
        """What follows is no HTTP any more."""
        self.phase, self.body, self._taker = Phase.TUNNEL, None, taker
        inbox, self._inbox = self._inbox, b""
        if inbox:
            taker.feed(inbox)
        self.regulate_reading()

    def regulate_reading(self) -> None:
        """Pause the client while too much of it waits here; resume when it does not."""
        body, taker = self.body, self._taker
        waiting = body.waiting_bytes if body is not None else 0
        is_full = (
            waiting > WAITING_BYTES_MAX
            or len(self._inbox) > self.owner.limits.pipelined_bytes_max
            or (taker is not None and getattr(taker, "is_full", False))
        )
        if is_full is self._is_reading_paused or self.is_lost:
            return
        self._is_reading_paused = is_full
        if self.transport.is_closing():
            return
        if is_full:
            self.transport.pause_reading()
        else:
            self.transport.resume_reading()

    # ── inside ──────────────────────────────────────────────────────────────

    @property
    def _has_begun(self) -> bool:
        """Part of a head is here; half an empty line is none."""
        return self._inbox not in NOTHING_YET

    def _cut_head(self) -> bytes | Malformed | None:
        """The next head in the inbox; None where it is not whole yet."""
        inbox, scanned = self._inbox, self._scanned
        if not scanned:
            if inbox.startswith(b"\r"):
                inbox, self._empty_lines = without_empty_lines(inbox, self._empty_lines)
                self._inbox = inbox
                if not self._has_begun:
                    return None
            self._since_s = self.owner.now_s
        end = inbox.find(END, max(0, scanned - len(END) + 1))
        if end < 0:
            fault = fault_of_part(inbox, scanned, self.owner.limits) if inbox else None
            self._scanned = len(inbox)
            return fault
        end += len(END)
        self._scanned = 0
        self._inbox = inbox[end:]
        if self._is_reading_paused:
            self.regulate_reading()
        return inbox[:end]

    def _begin(self, head: bytes | Malformed) -> None:
        """Answer a request: at once, or by a task."""
        self.phase = Phase.BUSY
        left = self.owner.begin(self, head)
        if left is not None:
            self._hand_over(left)

    def _next_head(self) -> bytes | Malformed | None:
        """An answer was given: the next head, or None after beginning to wait."""
        self.body = self._taker = None
        self._empty_lines = 0
        head = self._cut_head() if self._inbox else None
        if head is None:
            self.phase, self._since_s = Phase.WAITING, self.owner.now_s
        return head

    def _hand_over(self, head: Asked) -> None:
        """Wake whoever answers requests here, or call somebody."""
        self.phase = Phase.BUSY
        if self._next is not None:
            self._wake(head)
            return
        loop = asyncio.get_running_loop()
        task = loop.create_task(self._converse(head))
        self.owner.tasks.add(task)
        task.add_done_callback(self.owner.tasks.discard)

    async def _converse(self, head: Asked | None) -> None:
        """Answer requests, one after the other."""
        loop = asyncio.get_running_loop()
        while head is not None:
            if not await self.owner.answer(self, head) or self.is_lost:
                self._end()
                return
            head = self._next_head()
            if head is None:
                if len(self.owner.tasks) > WAITING_TASKS_MAX:
                    return
                self._next = loop.create_future()
                head = await self._next

    def _wake(self, head: Asked | None) -> None:
        """Give the task that waits its next head; None lets it go."""
        waiting, self._next = self._next, None
        if waiting is not None and not waiting.done():
            waiting.set_result(head)

    def _doze(self) -> None:
        """Nothing is near: let the task go, and what was read of the last head."""
        self._wake(None)
        self.known = None

    def _linger(self, waited_s: int) -> None:
        """Wait for the end, once the answer has left; `is_stuck` says if it does."""
        if self.transport.get_write_buffer_size():
            self._since_s = self.owner.now_s
        elif waited_s >= self.owner.limits.linger_s:
            self.transport.abort()

    def _end(self) -> None:
        """The last answer was given: close so that the client can still read it."""
        transport = self.transport
        if self.is_lost or transport.is_closing():
            return
        is_heard = self.body is None or self.body.is_complete
        # Where reading was paused, more waits in the kernel that nobody will read.
        is_heard = is_heard and not (self._is_distrusted or self._is_reading_paused)
        self.body = self._taker = None
        if is_heard or self.out.is_tls or not transport.can_write_eof():
            self.phase, self._inbox = Phase.CLOSED, b""
            transport.close()
            return
        # With unread bytes a close would be a reset, and the answer lost with it.
        self.phase, self._inbox, self._scanned = Phase.LINGERING, b"", 0
        self._since_s = self.owner.now_s
        transport.write_eof()
        self.regulate_reading()
