"""Express: a plain request from its head to its last byte, without a task.

Most requests need nobody to wait: they are judged at once, a connection to the
upstream is at hand, and the answer comes in one piece. Two calls carry such a one,
from the client's bytes to the upstream and back. Whatever turns out otherwise goes
on as a task from where it is, through the handler, and nothing is spent or counted
twice (ADR-0017).
"""

from __future__ import annotations

from typing import NoReturn

from gateway.kernel.errors import GatewayError
from gateway.licensing.decision import Allow, Redirect
from gateway.metering.usage_event import Ending
from gateway.proxy.canonical import policy_reading
from gateway.proxy.connection import Connection
from gateway.proxy.handler import ProxyHandler, outcome_of
from gateway.proxy.http1_exchange import Http1Exchange
from gateway.proxy.ports import Begun
from gateway.proxy.route import route_of
from gateway.proxy.sink import JOINED_BYTES_MAX
from gateway.proxy.visit import Visit
from gateway.upstream.order import Order
from gateway.upstream.response import rendered


class Journey:
    """One request under way.

    Attributes:
        connection: The client's.
        exchange: The request.
        handler: Takes the steps that have to wait.
        visit: What is known; None until the request is judged.
        order: What was asked of the upstream, once it was.
        begun: The answer to that.
        fault: A mistake of ours that stopped it.
    """

    __slots__ = (
        "begun",
        "connection",
        "exchange",
        "fault",
        "handler",
        "order",
        "visit",
    )

    def __init__(
        self, connection: Connection, exchange: Http1Exchange, handler: ProxyHandler
    ) -> None:
        self.connection = connection
        self.exchange = exchange
        self.handler = handler
        self.visit: Visit | None = None
        self.order: Order | None = None
        self.begun: Begun | None = None
        self.fault: Exception | None = None

    def sets_out(self) -> bool:
        """Judge the request and send it on; False where a task has to."""
        handler, asked = self.handler, self.exchange.asked
        if handler.own.is_ours(asked.path):
            return False
        admission, visit = handler.admission, Visit(asked, handler.clock.ticks_ns())
        try:
            reading = policy_reading(asked, admission.collection_of)
            if isinstance(reading, Redirect):
                return False
            asked = visit.asked = reading
            judged = admission.at_once(asked, now_ns=visit.began_ns)
        except GatewayError:
            # Nothing was spent: it is found again where it can be told.
            return False
        if judged is None:
            return False
        decision, self.visit = visit.judged(judged), visit
        if not isinstance(decision, Allow):
            return False
        route = route_of(
            asked, visit.collection, decision.rung, default=handler.default_upstream
        )
        return route is not None and self._sent(
            handler.order_of(self.exchange, route), handler
        )

    def _sent(self, order: Order, handler: ProxyHandler) -> bool:
        try:
            begun = handler.forwarder.begin(order)
        except GatewayError:
            return False
        if begun is None:
            return False
        handler.pressure.enter(order.upstream)
        self.order, self.begun = order, begun
        begun.hears = self.stirred
        self.connection.journey = self
        return True

    def stirred(self) -> None:
        """Something came from the upstream, or nothing more will."""
        try:
            head = self._head_bytes()
        except Exception:  # noqa: BLE001 met again, and told, by the task
            head = b""
        if not head:
            self.connection.by_task()
            return
        self.let_go()
        is_kept = False
        try:
            is_kept = self._arrives(head)
        except Exception as fault:  # noqa: BLE001 a mistake of ours ends here
            self.connection.owner.escaped(fault)
        self.connection.answered(may_continue=is_kept)

    def _head_bytes(self) -> bytes:
        """The head for the client, if all is here and can leave; else nothing."""
        begun, visit = self.begun, self.visit
        if begun is None or visit is None or not self.connection.out.is_ready:
            return b""
        if not begun.is_whole(JOINED_BYTES_MAX):
            return b""
        head = begun.head
        ours = self.handler.labels(visit.asked, visit.collection, head.headers)
        return self.exchange.whole(head, rendered(ours) if ours else b"")

    def _arrives(self, head: bytes) -> bool:
        """Answer the client; True where another request may follow."""
        begun, visit, order = self.begun, self.visit, self.order
        if begun is None or visit is None or order is None:
            return False
        handler, out, exchange = self.handler, self.connection.out, self.exchange
        now_ns = handler.clock.ticks_ns()
        began_ns = visit.ready_ns or visit.began_ns
        visit.first_byte_ns = now_ns - began_ns
        handler.pressure.answered(order.upstream, visit.first_byte_ns)
        body = begun.take()
        exchange.status = visit.status = begun.head.status
        visit.body_bytes, visit.ending = len(body), Ending.COMPLETE
        if not out.send_whole(head + body) and out.on_this_machine_bytes():
            visit.ending, exchange.is_kept_alive = Ending.ABORTED, False
            visit.body_bytes -= min(len(body), out.unsent_bytes())
            self.connection.transport.abort()
        handler.pressure.leave(order.upstream)
        handler.observer(outcome_of(visit, now_ns))
        return exchange.is_kept_alive

    def let_go(self) -> None:
        """Hear no more of the upstream."""
        if self.begun is not None:
            self.begun.hears = None

    async def rest(self) -> None:
        """Go on from here, with time to wait.

        Raises:
            ConnectionError: the client is gone, or was left with a part.
        """
        handler, exchange, visit = self.handler, self.exchange, self.visit
        if visit is None or visit.decision is None:
            if self.fault is not None:
                raise self.fault
            await handler(exchange)
        elif self.fault is not None:
            await handler.told(exchange, visit, _raised(self.fault))
        elif self.order is None or self.begun is None:
            steps = handler.obey(exchange, visit, visit.decision)
            await handler.told(exchange, visit, steps)
        else:
            answer = self.begun.answer()
            steps = handler.forward(exchange, visit, self.order, answer=answer)
            await handler.told(exchange, visit, steps)


def set_out(
    connection: Connection, exchange: Http1Exchange, handler: ProxyHandler
) -> Journey | None:
    """Begin a plain request; None where it is under way, else what a task goes on with.

    Args:
        connection: The client's.
        exchange: The request: accepted, without a body, in HTTP/1.1.
        handler: Whose verbs they are.
    """
    journey = Journey(connection, exchange, handler)
    try:
        return None if journey.sets_out() else journey
    except Exception as fault:  # noqa: BLE001 a mistake of ours is told by the task
        journey.fault = fault
        return journey


async def _raised(fault: Exception) -> NoReturn:
    raise fault
