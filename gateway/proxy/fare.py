"""A fare: what a metered request pays on its way by express.

Its intent is durable before its first byte leaves, and its event says what the client
has acknowledged. No task waits for either: the writer calls back, and the client's next
request brings its acknowledgements along. Whatever turns out otherwise goes on as a
task, from where it is.
"""

from __future__ import annotations

import asyncio
from typing import Protocol

from gateway.kernel.errors import GatewayError
from gateway.kernel.request import Request
from gateway.licensing.decision import Meter
from gateway.metering.judged import Judged
from gateway.metering.usage_event import Ending
from gateway.proxy.account import Account
from gateway.proxy.blocks import Passage
from gateway.proxy.connection import Connection
from gateway.proxy.handler import ProxyHandler
from gateway.proxy.http1_exchange import Http1Exchange
from gateway.proxy.metered_fields import room_fields
from gateway.proxy.metered_stream import MeteredStream
from gateway.proxy.ports import Begun
from gateway.proxy.told import left, outcome_of
from gateway.proxy.visit import Visit
from gateway.upstream.response import ResponseHead, rendered

BLANK = b"\r\n"  # ends a head
LOOKS_S = 0.025
"""Whoever brings no acknowledgement by a next request is looked at after that."""


class Unconfirmed:
    """Fares whose answer the client has not acknowledged yet: one timer for all."""

    __slots__ = ("_is_set", "_old", "_young")

    def __init__(self) -> None:
        self._young: list[Fare] = []
        self._old: list[Fare] = []
        self._is_set = False

    def wait(self, fare: Fare) -> None:
        """Look at it soon, if it is not over by then."""
        self._young.append(fare)
        if not self._is_set:
            self._set()

    def _set(self) -> None:
        self._is_set = True
        asyncio.get_running_loop().call_later(LOOKS_S, self._look)

    def _look(self) -> None:
        looked, self._old, self._young = self._old, self._young, []
        self._is_set = False
        if self._old:
            self._set()
        for fare in looked:
            if fare.is_awaited:
                fare.connection.out.stir()


class Names(Protocol):
    """Where it came in."""

    unconfirmed: Unconfirmed


class Traveller(Protocol):
    """The request; `gateway.proxy.express.Journey` fills it."""

    asked: Request
    began_ns: int
    begun: Begun | None
    connection: Connection
    fare: Fare | None
    handler: ProxyHandler
    is_kept_alive: bool
    judged: Judged | None
    passage: Passage | None

    @property
    def entrance(self) -> Names:
        """Where it came in."""

    def let_go(self) -> None:
        """Hear no more of the upstream."""


class Fare:
    """What is owed for one request.

    Attributes:
        visit: The request.
        connection: Its client's.
        upstream: Where the answer came from.
        is_awaited: All has left, and the client has not acknowledged it.
        is_sent: The answer was handed over; nothing can be said any more.
    """

    __slots__ = (
        "_account",
        "_body",
        "_fault",
        "_is_durable",
        "_opened",
        "_traveller",
        "_wire",
        "connection",
        "is_awaited",
        "is_sent",
        "upstream",
        "visit",
    )

    def __init__(self, traveller: Traveller, visit: Visit, upstream: str) -> None:
        self.visit = visit
        self.upstream = upstream
        self.connection = traveller.connection
        self.is_awaited = self.is_sent = False
        self._traveller = traveller
        self._account: Account | None = None
        self._fault: Exception | None = None
        self._is_durable = False
        self._opened: asyncio.Future[Account] | None = None
        self._wire = b""
        self._body: bytes | memoryview = b""

    # ── before the first byte ───────────────────────────────────────────────

    def begin(
        self, meter: Meter, head: ResponseHead, *, wire: bytes, body: bytes | memoryview
    ) -> bool:
        """Hold what is about to pass, and have the intent written.

        Args:
            meter: The decision.
            head: What the upstream answered.
            wire: That head, as the client gets it.
            body: The whole body.

        Returns:
            Whether that is under way; else a task has to.
        """
        self._wire, self._body = wire, body
        metering = self._traveller.handler.metering
        self.visit.opening = self.opened
        try:
            self._account = metering.begin(
                self.visit, meter, head, heard=self._is_written
            )
        except GatewayError as fault:
            self._fault = fault
            return False
        if self._account is None:
            self.visit.opening = None
            return False
        if self.visit.room is not None:
            said = rendered(room_fields(self.visit.room))
            self._wire = wire[: -len(BLANK)] + said + BLANK
        return True

    async def opened(self) -> Account:
        """The account, for a task that goes on from here.

        Raises:
            GatewayError: the intent cannot be stored, so nothing may pass.
        """
        if self._fault is not None:
            raise self._fault
        account = self._account
        if account is not None and self._is_durable:
            return account
        self._opened = asyncio.get_running_loop().create_future()
        return await self._opened

    def _is_written(self, fault: Exception | None) -> None:
        """The intent is durable, or is not going to be."""
        account, opened = self._account, self._opened
        self._fault, self._is_durable = fault, fault is None
        if account is None:
            return
        if opened is None:
            self._goes_on(account)
        elif opened.done():
            # Whoever waited was called off: nothing passes under it.
            if fault is None:
                account.close(Ending.CUT, 0)
        elif fault is None:
            opened.set_result(account)
        else:
            opened.set_exception(fault)

    def _goes_on(self, account: Account) -> None:
        connection, visit, traveller = self.connection, self.visit, self._traveller
        if connection.journey is not traveller:
            return  # a task is about to ask for it
        out, handler = connection.out, traveller.handler
        if self._fault is not None or not out.is_ready:
            connection.by_task()
            return
        self.is_sent = True
        traveller.let_go()
        traveller.begun = visit.opening = None
        handler.pressure.answered(self.upstream, visit.first_byte_ns)
        visit.status = account.head.status
        try:
            is_whole = out.send_whole(self._wire, self._body)
        except Exception as fault:  # noqa: BLE001 a mistake of ours ends here
            self._ends(account, fault)
            return
        if is_whole and not self._body:
            self._ends(account)
        elif is_whole:
            self.is_awaited = True
            out.watch(self._stirred)
            traveller.entrance.unconfirmed.wait(self)
        else:
            connection.by_task()

    # ── behind the last one ─────────────────────────────────────────────────

    def _stirred(self) -> None:
        """Something arrived, and with it perhaps the last acknowledgement."""
        self.is_awaited = False
        if self._account is None or self.connection.out.on_this_machine_bytes():
            self.connection.by_task()
        else:
            self._ends(self._account)

    def _ends(self, account: Account, mistake: Exception | None = None) -> None:
        """The client has all of it, or we made a mistake."""
        visit, traveller, connection = self.visit, self._traveller, self.connection
        handler, traveller.fare = traveller.handler, None
        visit.ending = Ending.CUT
        if mistake is None:
            visit.ending, visit.body_bytes = Ending.COMPLETE, len(self._body)
        try:
            try:
                account.close(visit.ending, visit.body_bytes)
            except GatewayError as fault:
                visit.stopped_by(fault)
            finally:
                handler.pressure.leave(self.upstream)
                handler.observer(outcome_of(visit, handler.clock.ticks_ns()))
        except Exception as fault:  # noqa: BLE001 a mistake of ours ends here
            mistake = mistake or fault
        if mistake is not None:
            traveller.is_kept_alive = False
            connection.owner.escaped(mistake)
        connection.answered(may_continue=traveller.is_kept_alive)

    async def confirmed(self, exchange: Http1Exchange) -> None:
        """Wait for what the client has not acknowledged, as a task.

        Raises:
            ConnectionError: it was left with a part; nothing may follow.
        """
        handler, stream = self._traveller.handler, MeteredStream(self._account)
        sink = exchange.sent(self.visit.status, len(self._body))
        try:
            await stream.confirm(sink)
        except ConnectionError:
            stream.ending = left(stream.ending)
            raise
        finally:
            try:
                handler.closed(self.visit, stream)
            finally:
                handler.pressure.leave(self.upstream)


def may_pay(traveller: Traveller) -> bool:
    """Is it a page, and will the client's next bytes say that it has the whole?"""
    is_page = traveller.is_kept_alive and traveller.asked.method == "GET"
    return is_page and not traveller.connection.out.is_tls


def pays(
    traveller: Traveller, head: ResponseHead, wire: bytes, *, body: bytes | memoryview
) -> bool:
    """Have the intent written that stands before a metered answer.

    Args:
        traveller: The request, which has a name by now.
        head: What the upstream answered.
        wire: That head, as the client gets it.
        body: The whole body.

    Returns:
        Whether that is under way; else a task has to.
    """
    judged, passage = traveller.judged, traveller.passage
    if judged is None or passage is None or passage.meter is None:
        return False
    visit = Visit(traveller.asked, traveller.began_ns)
    visit.judged(judged)
    visit.first_byte_ns = traveller.handler.clock.ticks_ns() - traveller.began_ns
    traveller.fare = fare = Fare(traveller, visit, passage.upstream)
    return fare.begin(passage.meter, head, wire=wire, body=body)
