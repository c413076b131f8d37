"""Express: a plain request from its head to its last byte, without a task.

Most requests need nobody to wait: they are judged at once, a connection to the
upstream is at hand, and the answer comes in one piece. Two calls carry such a one,
from the client's bytes to the upstream and back. Whatever turns out otherwise goes
on as a task from where it is, through the handler, and nothing is spent or counted
twice (ADR-0017). What only a task needs is made when there is one.
"""

from __future__ import annotations

from typing import NoReturn, Protocol

from gateway.kernel.errors import GatewayError
from gateway.kernel.ids import IdSource
from gateway.kernel.request import Request
from gateway.licensing.decision import PASSES, Allow
from gateway.metering.judged import Judged, decision_of, meter_of, named
from gateway.metering.relief.shown_ticket import FIELD
from gateway.metering.usage_event import Ending
from gateway.proxy.blocks import Known, Passage
from gateway.proxy.connection import Connection
from gateway.proxy.fare import Fare, Unconfirmed, may_pay, pays
from gateway.proxy.handler import ProxyHandler
from gateway.proxy.http1 import WITHOUT_LENGTH, Dates
from gateway.proxy.http1_exchange import Http1Exchange
from gateway.proxy.metered_fields import decided_fields
from gateway.proxy.ports import Begun, Outcome
from gateway.proxy.route import FULL, Route
from gateway.proxy.sink import JOINED_BYTES_MAX
from gateway.proxy.visit import Visit
from gateway.upstream.answer_head import AnswerHead
from gateway.upstream.order import Order
from gateway.upstream.response import rendered

UNNAMED = ""
TICKET = f"{FIELD}="
PASSAGES_MAX = 8
COMPLETE = Ending.COMPLETE
END, CLOSED_END = b"\r\n", b"Connection: close\r\n\r\n"


class Names(Protocol):
    """Where requests get names, and answers their dates; the entrance fills it."""

    ids: IdSource
    dates: Dates
    unconfirmed: Unconfirmed


class Journey:
    """One request under way.

    Attributes:
        entrance: Where it came in.
        connection: The client's.
        known: What its fields say, and what was looked up for them.
        asked: The request: plain, accepted, without a body, in HTTP/1.1; it has no
            name until somebody wants to know it.
        is_kept_alive: The client wants another request to follow, and so do we.
        began_ns: Ticks when it set out.
        handler: Takes the steps that have to wait; there is one once it sets out.
        judged: What the verbs came to; None until then.
        passage: How it was sent; None until then.
        begun: The answer to that.
        fare: What it pays, where it is metered; None until its answer is here.
        fault: A mistake of ours that stopped it.
    """

    __slots__ = (
        "_exchange",
        "asked",
        "began_ns",
        "begun",
        "connection",
        "entrance",
        "fare",
        "fault",
        "handler",
        "is_kept_alive",
        "judged",
        "known",
        "passage",
    )

    handler: ProxyHandler

    def __init__(
        self,
        entrance: Names,
        connection: Connection,
        asked: Request,
        *,
        known: Known,
        is_last: bool,
    ) -> None:
        self.entrance = entrance
        self.connection = connection
        self.asked = asked
        self.known = known
        self.is_kept_alive = not is_last
        self.judged: Judged | None = None
        self.passage: Passage | None = None
        self.begun: Begun | None = None
        self.fare: Fare | None = None
        self.fault: Exception | None = None
        self._exchange: Http1Exchange | None = None

    def sets_out(self, start: bytes, handler: ProxyHandler) -> bool:
        """Judge the request and send it on; False where a task has to.

        Args:
            start: Its first line up to the version.
            handler: Its own, and the handler's, is every step.
        """
        self.handler = handler
        asked, known = self.asked, self.known
        if handler.own.is_ours(asked.path) or TICKET in asked.query:
            return False
        self.began_ns = began_ns = handler.clock.ticks_ns()
        # A plain target has no other spelling: its strictest reading is itself.
        try:
            judged = handler.admission.at_once(
                asked, now_ns=began_ns, accounts=known.accounts
            )
            if judged is None:
                return False
            self.judged = judged
            passage = known.passages.get(id(judged))
            if passage is None or passage.judged is not judged:
                passage = self._passage(judged)
                if passage is None:
                    return False
        except GatewayError:
            # Nothing was spent, or it stays judged: it is found again and told.
            return False
        if passage.meter is not None and not may_pay(self):
            return False
        return self._is_sent(passage, start)

    def _is_sent(self, passage: Passage, start: bytes) -> bool:
        """Ask the upstream; False where no connection is at hand."""
        handler, client = self.handler, self.known.client_ip
        begun = handler.forwarder.send(passage.way, start, self.order, client=client)
        if begun is None:
            return False
        handler.pressure.enter(passage.upstream)
        self.passage, self.begun = passage, begun
        begun.hears = self.stirred
        self.connection.journey = self
        return True

    def _passage(self, judged: Judged) -> Passage | None:
        """How requests that are judged so go on; None where they wait, or go nowhere.

        Raises:
            GatewayError: they have no one form at the upstream.
        """
        handler, collection, decision = self.handler, judged[0], judged[4]
        if not isinstance(decision, PASSES) or decision.rung != FULL:
            return None
        upstream = handler.default_upstream
        if collection is not None and collection.upstream:
            upstream = collection.upstream
        passages, way = self.known.passages, None
        for before in passages.values():
            if before.upstream == upstream:
                way = before.way
        if way is None:
            way = handler.forwarder.way_of(self._plain_order(upstream))
        if len(passages) >= PASSAGES_MAX:
            passages.clear()
        meant = handler.labels.meant(self.asked, collection)
        passage = Passage(judged, upstream, way, labels=meant)
        meter = meter_of(decision, judged[2])
        if meter is not None:
            passage.meter, passage.ruled = meter, rendered(decided_fields(meter))
        passages[id(judged)] = passage
        return passage

    def stirred(self) -> None:
        """Something came from the upstream, or nothing more will."""
        begun, connection = self.begun, self.connection
        head = b""
        if begun is not None and connection.out.is_ready:
            try:
                found = begun.whole
                head = (
                    self._head_of(begun) if found is None else self._known_head(found)
                )
            except Exception:  # noqa: BLE001 met again, and told, by the task
                head = b""
        passage = self.passage
        if begun is None or not head or passage is None:
            connection.by_task()
            return
        try:
            if passage.meter is not None:
                if begun.whole is None or not pays(
                    self, begun.whole.head, head, body=begun.body
                ):
                    connection.by_task()
                return
            self._arrives(begun, head)
        except Exception as fault:  # noqa: BLE001 a mistake of ours ends here
            self.is_kept_alive = False
            connection.owner.escaped(fault)
        connection.answered(may_continue=self.is_kept_alive)

    def _known_head(self, found: AnswerHead) -> bytes:
        """The head for the client; what is the same for all is kept with the answer's.

        Stands for `_head_of`, of which it keeps what does not depend on the moment.
        """
        passage, passed = self.passage, found.passed
        if passage is None:
            return b""
        if passed is not None and passed[0] is passage.labels:
            lines = passed[1]
        else:
            head = found.head
            ours = self.handler.labels.beside(passage.labels, head.headers)
            lines = head.lines + (rendered(ours) if ours else b"")
            found.passed = passage.labels, lines
        if passage.meter is not None:
            asked = self.named()
            lines += b"%bRequest-Id: %b\r\n" % (passage.ruled, asked.id.encode())
        length = b"Content-Length: %d\r\n" % found.whole_bytes
        if not found.head.is_dated:
            lines += self.entrance.dates.at(self.asked.received_us)
        return lines + length + (END if self.is_kept_alive else CLOSED_END)

    def _head_of(self, begun: Begun) -> bytes:
        """The head for the client, if all is here; else nothing."""
        passage = self.passage
        if (
            passage is None
            or passage.meter is not None
            or not begun.is_whole(JOINED_BYTES_MAX)
        ):
            return b""
        head, asked = begun.head, self.asked
        ours = self.handler.labels.beside(passage.labels, head.headers)
        lines = rendered(ours) if ours else b""
        length = head.body_bytes
        if length is None:
            return b""
        if asked.method == "HEAD" or head.status in WITHOUT_LENGTH:
            return self.exchange.whole(head, lines)
        if not head.is_dated:
            lines += self.entrance.dates.at(asked.received_us)
        closes = b"" if self.is_kept_alive else b"Connection: close\r\n"
        return b"%b%bContent-Length: %d\r\n%b\r\n" % (head.lines, lines, length, closes)

    def _arrives(self, begun: Begun, head: bytes) -> None:
        """Answer the client; whatever happens, the request is over after that."""
        judged, passage, found = self.judged, self.passage, begun.whole
        if judged is None or passage is None:
            return
        begun.hears = self.begun = None
        handler, connection = self.handler, self.connection
        elapsed_ns = handler.clock.ticks_ns() - self.began_ns
        status, body_bytes, ending = 0, 0, Ending.ABORTED
        body: bytes | memoryview
        try:
            if found is None:
                status, body = begun.head.status, begun.take()
            else:
                status, body = found.head.status, begun.body
            is_sent = connection.out.send_whole(head, body)
            body_bytes = len(body)
            if is_sent or not connection.out.on_this_machine_bytes():
                ending = COMPLETE
            else:
                self.is_kept_alive = False
                body_bytes -= min(body_bytes, connection.out.unsent_bytes())
                connection.transport.abort()
        finally:
            handler.pressure.served(passage.upstream, elapsed_ns)
            asked, decision = self.asked, decision_of(judged[4])
            is_told = (
                ending is COMPLETE
                and isinstance(decision, Allow)
                and handler.reads(
                    asked,
                    judged,
                    status,
                    body_bytes=body_bytes,
                    elapsed_ns=elapsed_ns,
                    accounts=self.known.accounts,
                )
            )
            if not is_told:
                handler.observer(
                    Outcome(
                        self.named(),
                        status,
                        body_bytes,
                        elapsed_ns,
                        judged[3],
                        decision,
                        ending,
                        collection=judged[0],
                        first_byte_ns=elapsed_ns,
                    )
                )

    def let_go(self) -> None:
        """Hear no more of the upstream."""
        if self.begun is not None:
            self.begun.hears = None

    # ── what a task needs ───────────────────────────────────────────────────

    def named(self) -> Request:
        """The request with a name: for the log, for meters and for whoever refuses."""
        asked = self.asked
        if asked.id == UNNAMED:
            # Not `replace`, which costs five times as much.
            self.asked = asked = Request(
                self.entrance.ids.new("req"),
                asked.method,
                asked.scheme,
                asked.host,
                asked.authority,
                asked.target,
                asked.path,
                asked.query,
                asked.headers,
                asked.client_ip,
                asked.received_us,
                asked.ticket,
            )
        return asked

    @property
    def exchange(self) -> Http1Exchange:
        """The request as the handler sees it."""
        if self._exchange is None:
            self._exchange = Http1Exchange(
                self.connection,
                self.named(),
                self.entrance.dates.at(self.asked.received_us),
                is_kept_alive=self.is_kept_alive,
            )
        return self._exchange

    def order(self) -> Order:
        """What was asked of the upstream."""
        passage = self.passage
        return self._order("" if passage is None else passage.upstream)

    def _order(self, upstream: str) -> Order:
        return self.handler.order_of(self.exchange, Route(upstream, self.asked.target))

    def _plain_order(self, upstream: str) -> Order:
        """As `_order`, for whoever asks nothing but its fields."""
        asked = self.asked
        consumed = self.handler.consumed_of(asked)
        return Order(asked, upstream, asked.target, consumed=consumed)

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
        fare, decision = self.fare, decision_of(judged[4])
        if fare is None:
            visit = Visit(self.named(), self.began_ns)
            visit.judged(named(judged, visit.asked.id))
        else:
            visit = fare.visit
        if self.fault is not None:
            await handler.told(exchange, visit, _raised(self.fault))
        elif fare is not None and fare.is_sent:
            await handler.told(exchange, visit, fare.confirmed(exchange))
        elif self.begun is None:
            await handler.told(exchange, visit, handler.obey(exchange, visit, decision))
        else:
            answer = self.begun.answer()
            steps = handler.forward(exchange, visit, self.order(), answer=answer)
            await handler.told(exchange, visit, steps)


async def _raised(fault: Exception) -> NoReturn:
    raise fault
