"""Express: a plain request from its head to its last byte, without a task.

Most requests need nobody to wait: they are judged at once, a connection to the
upstream is at hand, and the answer comes in one piece. Two calls carry such a one,
from the client's bytes to the upstream and back. Whatever turns out otherwise goes
on as a task from where it is, through the handler, and nothing is spent or counted
twice (ADR-0017). What only a task needs is made when there is one.
"""

from __future__ import annotations

from typing import NoReturn

from gateway.kernel.errors import GatewayError
from gateway.kernel.request import Request
from gateway.licensing.decision import Allow
from gateway.metering.judged import Judged
from gateway.metering.usage_event import Ending
from gateway.proxy.blocks import Known
from gateway.proxy.connection import Connection
from gateway.proxy.handler import ProxyHandler
from gateway.proxy.http1 import WITHOUT_LENGTH, Dates
from gateway.proxy.http1_exchange import Http1Exchange
from gateway.proxy.ports import Begun, Outcome
from gateway.proxy.route import FULL, Route
from gateway.proxy.sink import JOINED_BYTES_MAX
from gateway.proxy.visit import Visit
from gateway.upstream.order import Order
from gateway.upstream.response import rendered

COMPLETE = Ending.COMPLETE


class Journey:
    """One request under way.

    Attributes:
        connection: The client's.
        known: What its fields say, and what was looked up for them.
        asked: The request: plain, accepted, without a body, in HTTP/1.1.
        handler: Takes the steps that have to wait.
        dates: Writes the Date field.
        is_kept_alive: The client wants another request to follow, and so do we.
        began_ns: Ticks when it set out.
        judged: What the verbs came to; None until then.
        upstream: Where it was sent; empty until then.
        begun: The answer to that.
        fault: A mistake of ours that stopped it.
    """

    __slots__ = (
        "_exchange",
        "asked",
        "began_ns",
        "begun",
        "connection",
        "dates",
        "fault",
        "handler",
        "is_kept_alive",
        "judged",
        "known",
        "upstream",
    )

    def __init__(
        self,
        connection: Connection,
        asked: Request,
        handler: ProxyHandler,
        *,
        known: Known,
        dates: Dates,
        is_kept_alive: bool,
    ) -> None:
        self.connection = connection
        self.asked = asked
        self.handler = handler
        self.known = known
        self.dates = dates
        self.is_kept_alive = is_kept_alive
        self.judged: Judged | None = None
        self.upstream = ""
        self.begun: Begun | None = None
        self.fault: Exception | None = None
        self._exchange: Http1Exchange | None = None

    def sets_out(self, start: bytes) -> bool:
        """Judge the request and send it on; False where a task has to.

        Args:
            start: Its first line up to the version.
        """
        handler, asked, known = self.handler, self.asked, self.known
        if handler.own.is_ours(asked.path):
            return False
        self.began_ns = began_ns = handler.clock.ticks_ns()
        # A plain target has no other spelling: its strictest reading is itself.
        try:
            judged = handler.admission.at_once(
                asked, now_ns=began_ns, accounts=known.accounts
            )
        except GatewayError:
            # Nothing was spent: it is found again where it can be told.
            return False
        if judged is None:
            return False
        self.judged = judged
        collection, decision = judged[0], judged[4]
        if not isinstance(decision, Allow) or decision.rung != FULL:
            return False
        upstream = handler.default_upstream
        if collection is not None and collection.upstream:
            upstream = collection.upstream
        return self._sent(start, upstream)

    def _sent(self, start: bytes, upstream: str) -> bool:
        """Send it, if a connection is at hand."""
        handler, known = self.handler, self.known
        way = known.ways.get(upstream)
        if way is None:
            try:
                way = handler.forwarder.way_of(self._order(upstream))
            except GatewayError:
                return False
            known.ways[upstream] = way
        begun = handler.forwarder.send(way, start, self.order, client=known.client_ip)
        if begun is None:
            return False
        handler.pressure.enter(upstream)
        self.upstream, self.begun = upstream, begun
        begun.hears = self.stirred
        self.connection.journey = self
        return True

    def stirred(self) -> None:
        """Something came from the upstream, or nothing more will."""
        try:
            head = self._head_bytes()
        except Exception:  # noqa: BLE001 met again, and told, by the task
            head = b""
        connection = self.connection
        if not head:
            connection.by_task()
            return
        try:
            is_kept = self._arrives(head)
        except Exception as fault:  # noqa: BLE001 a mistake of ours ends here
            is_kept = False
            connection.owner.escaped(fault)
        connection.answered(may_continue=is_kept)

    def _head_bytes(self) -> bytes:
        """The head for the client, if all is here and can leave; else nothing."""
        begun, judged = self.begun, self.judged
        if begun is None or judged is None or not self.connection.out.is_ready:
            return b""
        if not begun.is_whole(JOINED_BYTES_MAX):
            return b""
        head, asked = begun.head, self.asked
        ours = self.handler.labels(asked, judged[0], head.headers)
        lines = rendered(ours) if ours else b""
        length = head.body_bytes
        if length is None:
            return b""
        if asked.method == "HEAD" or head.status in WITHOUT_LENGTH:
            return self.exchange.whole(head, lines)
        if not head.is_dated:
            lines += self.dates.at(asked.received_us)
        closes = b"" if self.is_kept_alive else b"Connection: close\r\n"
        return b"%b%bContent-Length: %d\r\n%b\r\n" % (head.lines, lines, length, closes)

    def _arrives(self, head: bytes) -> bool:
        """Answer the client; True where another request may follow."""
        begun, judged = self.begun, self.judged
        if begun is None or judged is None:
            return False
        begun.hears = self.begun = None
        handler, connection = self.handler, self.connection
        elapsed_ns = handler.clock.ticks_ns() - self.began_ns
        body_bytes, ending = 0, Ending.ABORTED
        try:
            handler.pressure.answered(self.upstream, elapsed_ns)
            body = begun.take()
            is_sent = connection.out.send_whole(head, body)
            body_bytes = len(body)
            if is_sent or not connection.out.on_this_machine_bytes():
                ending = COMPLETE
            else:
                self.is_kept_alive = False
                body_bytes -= min(body_bytes, connection.out.unsent_bytes())
                connection.transport.abort()
        finally:
            handler.pressure.leave(self.upstream)
            outcome = Outcome(
                self.asked,
                begun.head.status,
                body_bytes,
                elapsed_ns,
                judged[3],
                judged[4],
                ending,
            )
            handler.observer(outcome)
        return self.is_kept_alive

    def let_go(self) -> None:
        """Hear no more of the upstream."""
        if self.begun is not None:
            self.begun.hears = None

    # ── what a task needs ───────────────────────────────────────────────────

    @property
    def exchange(self) -> Http1Exchange:
        """The request as the handler sees it."""
        if self._exchange is None:
            self._exchange = Http1Exchange(
                self.connection,
                self.asked,
                self.dates.at(self.asked.received_us),
                is_kept_alive=self.is_kept_alive,
            )
        return self._exchange

    def order(self) -> Order:
        """What was asked of the upstream."""
        return self._order(self.upstream)

    def _order(self, upstream: str) -> Order:
        return self.handler.order_of(self.exchange, Route(upstream, self.asked.target))

    async def rest(self) -> None:
        """Go on from here, with time to wait.

        Raises:
            ConnectionError: the client is gone, or was left with a part.
        """
        handler, exchange, judged = self.handler, self.exchange, self.judged
        if judged is None:
            if self.fault is not None:
                raise self.fault
            await handler(exchange)
            return
        visit = Visit(self.asked, self.began_ns)
        decision = visit.judged(judged)
        if self.fault is not None:
            await handler.told(exchange, visit, _raised(self.fault))
        elif self.begun is None:
            await handler.told(exchange, visit, handler.obey(exchange, visit, decision))
        else:
            answer = self.begun.answer()
            steps = handler.forward(exchange, visit, self.order(), answer=answer)
            await handler.told(exchange, visit, steps)


async def _raised(fault: Exception) -> NoReturn:
    raise fault
