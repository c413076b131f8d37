"""One request, six verbs: accept, identify, classify, decide, forward, meter.

Read `ProxyHandler` from the top and you have explained the gateway. Each verb lives
in a room of its own; this file only puts them in order, and knows no HTTP library.
"""

from __future__ import annotations

from collections.abc import Awaitable
from dataclasses import dataclass, replace

from gateway.classification.facts import Facts
from gateway.kernel.clock import Clock
from gateway.kernel.errors import GatewayError, InvalidValue
from gateway.kernel.request import Request
from gateway.licensing.decision import PASSES, Decision, Deny, Redirect
from gateway.metering.admit import Admitted
from gateway.metering.relief.copies import Given
from gateway.metering.relief.turn import Turn
from gateway.metering.usage_event import Ending
from gateway.proxy.account import Account, Metering
from gateway.proxy.canonical import policy_reading
from gateway.proxy.copied import answer_of, delayed, is_anybody
from gateway.proxy.exchange import Answer, Exchange
from gateway.proxy.metered_fields import metered_fields
from gateway.proxy.metered_stream import MeteredStream
from gateway.proxy.ongoing import Ongoing
from gateway.proxy.ports import (
    NO_LABELS,
    NO_PAGES,
    Admission,
    CredentialFields,
    Forwarder,
    Labels,
    Observer,
    OwnPages,
    Pressure,
    Reads,
    UpstreamAnswer,
    by_outcome,
    unobserved,
)
from gateway.proxy.route import Route, route_of
from gateway.proxy.told import left, outcome_of
from gateway.proxy.turns import Turns
from gateway.proxy.visit import PASSED_ON, Visit
from gateway.upstream.order import Order
from gateway.upstream.response import ResponseHead
from gateway.web.problems import Problems

OWN_PREFIX = "/_copyfair/"
OWN_BODY_BYTES_MAX = 16 * 1024
SWITCHED = 101
NONE_CONSUMED: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class ProxyHandler:
    """Carries one request from its head to its last byte.

    Attributes:
        admission: Who asks, what they are, what may be done, whether now.
        forwarder: Asks the upstream.
        metering: Counts what passes under an agreement.
        problems: Says no, and why.
        pressure: Hears how the upstream does.
        credential_fields: Which fields carry a credential of ours.
        clock: How long things take.
        default_upstream: Answers for pages that belong to no collection.
        own: The addresses that are answered here.
        labels: Fields to add to the upstream's.
        observer: Hears what became of each request.
        turns: Where requests for expensive pages wait; None where nobody does.
        ongoing: Ends what passes under a key once that is revoked; None for nothing.
        reads: Hears of plain reads before it, and may spare it them.
    """

    admission: Admission
    forwarder: Forwarder
    metering: Metering
    problems: Problems
    pressure: Pressure
    credential_fields: CredentialFields
    clock: Clock
    default_upstream: str
    own: OwnPages = NO_PAGES
    labels: Labels = NO_LABELS
    observer: Observer = unobserved
    turns: Turns | None = None
    reads: Reads = by_outcome
    ongoing: Ongoing | None = None

    async def __call__(self, exchange: Exchange) -> None:
        """Answer one request that was accepted.

        Raises:
            ConnectionError: the client is gone, or was left with a part.
        """
        visit = Visit(exchange.asked, self.clock.ticks_ns())
        await self.told(exchange, visit, self._answer(exchange, visit))

    async def told(
        self, exchange: Exchange, visit: Visit, steps: Awaitable[None]
    ) -> None:
        """Take the steps of a visit; tell the client what stops them, and us the end.

        Raises:
            ConnectionError: the client is gone, or was left with a part.
        """
        try:
            await steps
        except TimeoutError:
            visit.error = "request-timeout"
            detail = "the rest of the request did not arrive in time"
            answer = self.problems.malformed("request-timeout", detail, visit.asked)
            await self._respond(exchange, visit, answer)
        except GatewayError as error:
            visit.stopped_by(error)
            # After the head nothing can be said any more; the stream was cut.
            if not visit.status:
                answer = self.problems.failure(error, visit.asked)
                await self._respond(exchange, visit, answer)
        finally:
            self.observer(outcome_of(visit, self.clock.ticks_ns()))

    async def _answer(self, exchange: Exchange, visit: Visit) -> None:
        if self.own.is_ours(visit.asked.path):
            await self._answer_here(exchange, visit)
            return
        admission = self.admission
        reading = policy_reading(visit.asked, admission.collection_of)
        if isinstance(reading, Redirect):
            await self._refuse(exchange, visit, reading)
            return
        asked = visit.asked = reading

        # Nearly always: identify, classify, decide in one step.
        judged = admission.at_once(asked, now_ns=visit.began_ns)
        if judged is not None:
            visit.judged(judged)
        else:
            visit.collection = admission.collection_of(asked)
            visit.policy_version = admission.policies().version
            visit.identified = await admission.identify(asked)
            visit.facts = admission.classify(asked, visit.identified)
            visit.decided(self._decide(visit, visit.facts))
            visit.ready_ns = self.clock.ticks_ns()
        if visit.decision is not None:
            await self.obey(exchange, visit, visit.decision)

    async def obey(self, exchange: Exchange, visit: Visit, decision: Decision) -> None:
        """Do what was decided, once its turn has come."""
        if visit.turn is not None and self.turns is not None:
            await self._in_turn(exchange, visit, self.turns)
        elif isinstance(decision, PASSES):
            await self._pass_on(exchange, visit)
        else:
            await self._refuse(exchange, visit, decision)

    async def _in_turn(self, exchange: Exchange, visit: Visit, turns: Turns) -> None:
        """Wait for a place in the lane, and give it back."""
        turn, collection = visit.turn, visit.collection
        if turn is None or collection is None:
            raise InvalidValue("a turn belongs to an expensive page of a collection")
        instead = await turns.taken(
            visit.asked, turn, collection, is_anybody=is_anybody(visit)
        )
        if isinstance(instead, Given):
            await self._give_copy(exchange, visit, instead, turn=turn)
            return
        if instead is not None:
            await self._refuse(exchange, visit, instead)
            return
        visit.ready_ns = self.clock.ticks_ns()
        try:
            await self._pass_on(exchange, visit)
        finally:
            turns.over(turn)

    async def _give_copy(
        self, exchange: Exchange, visit: Visit, copy: Given, *, turn: Turn
    ) -> None:
        """Give an earlier copy of the page; the archive is not asked."""
        visit.decision = decision = delayed(turn.decision)
        meant = self.labels.meant(visit.asked, visit.collection)
        ours = self.labels.beside(meant, copy.headers)
        await self._respond(exchange, visit, answer_of(copy, decision.ruling, ours))

    def _decide(self, visit: Visit, facts: Facts) -> Decision | Turn:
        """What the policies answer, and whether its budget lets it pass now."""
        decision = self.admission.decide(visit.asked, visit.identified, facts)
        if not isinstance(decision, PASSES):
            return decision
        admitted = self.admission.admit(visit.asked, visit.identified, decision)
        return admitted.decision if isinstance(admitted, Admitted) else admitted

    async def _answer_here(self, exchange: Exchange, visit: Visit) -> None:
        """A page of our own; no policy, credential or budget stands before it."""
        body = b""
        if visit.asked.path.startswith(OWN_PREFIX):
            body = await _short_body(exchange)
        answer = await self.own(visit.asked, body)
        if answer is not None:
            visit.is_own = True
            await self._respond(exchange, visit, answer)
            return
        visit.decision, visit.ready_ns = PASSED_ON, self.clock.ticks_ns()
        visit.collection = self.admission.collection_of(visit.asked)
        await self._pass_on(exchange, visit)

    async def _refuse(
        self, exchange: Exchange, visit: Visit, decision: Decision
    ) -> None:
        visit.decision = decision
        answer = self.problems.refusal(decision, visit.asked)
        await self._respond(exchange, visit, answer)

    async def _pass_on(self, exchange: Exchange, visit: Visit) -> None:
        route = route_of(
            visit.asked, visit.collection, visit.rung, default=self.default_upstream
        )
        if route is None:
            await self._refuse(exchange, visit, _no_such_rung(visit))
            return
        self.pressure.enter(route.upstream)
        order = self.order_of(exchange, route)
        await self.forward(exchange, visit, order, answer=self.forwarder.ask(order))

    def order_of(self, exchange: Exchange, route: Route) -> Order:
        """What to ask the upstream."""
        asked = exchange.asked
        return Order(
            asked,
            route.upstream,
            route.target,
            consumed=self.consumed_of(asked),
            body=exchange.body() if exchange.has_body else None,
            body_bytes=exchange.body_bytes,
            upgrade="websocket" if exchange.wants_upgrade else "",
            abandon=exchange.abandon,
        )

    def consumed_of(self, asked: Request) -> frozenset[str]:
        """The fields of a request that carry a credential of ours, and stop here."""
        consumed = self.credential_fields(asked.headers)
        return frozenset(consumed) if consumed else NONE_CONSUMED

    async def forward(
        self,
        exchange: Exchange,
        visit: Visit,
        order: Order,
        *,
        answer: Awaitable[UpstreamAnswer],
    ) -> None:
        """Pass on what was ordered, once `pressure` knows that it began."""
        passing = self.ongoing.begin(exchange, visit) if self.ongoing else None
        try:
            given = await answer
            if passing is not None:
                passing.answer = given
            try:
                await self._pass_back(exchange, visit, order, answer=given)
            finally:
                given.close()
        finally:
            if passing is not None:
                passing.over()
            self.pressure.leave(order.upstream)

    async def _pass_back(
        self, exchange: Exchange, visit: Visit, order: Order, *, answer: UpstreamAnswer
    ) -> None:
        elapsed_ns = self.clock.ticks_ns() - (visit.ready_ns or visit.began_ns)
        visit.first_byte_ns = elapsed_ns
        self.pressure.answered(order.upstream, elapsed_ns)
        if visit.turn is not None and self.turns is not None:
            answer = self._headed(visit, visit.turn, self.turns, answer=answer)
        stream = MeteredStream()
        if visit.meter is not None:
            begun = visit.opening
            opened = await (
                self.metering.open(visit, visit.meter, answer.head)
                if begun is None
                else begun()
            )
            if not isinstance(opened, Account):
                await self._refuse(exchange, visit, opened)
                return
            stream.account = opened
        await self._stream(exchange, visit, answer=answer, stream=stream)

    @staticmethod
    def _headed(
        visit: Visit, turn: Turn, turns: Turns, *, answer: UpstreamAnswer
    ) -> UpstreamAnswer:
        """An expensive page is made, or nearly; it may be kept for others."""
        turns.headed(turn)
        collection = visit.collection
        if collection is None or not is_anybody(visit):
            return answer
        return turns.kept(visit.asked, turn, collection, answer=answer)

    async def _stream(
        self,
        exchange: Exchange,
        visit: Visit,
        *,
        answer: UpstreamAnswer,
        stream: MeteredStream,
    ) -> None:
        """Pass an answer on, and count what passed however that ends."""
        head = answer.head
        try:
            if head.status == SWITCHED:
                # What passes through a tunnel is recorded and not billed.
                visit.status, stream.ending = head.status, Ending.TUNNEL
                stream.delivered = await exchange.tunnel(head, answer)
                return
            sink = await exchange.start(self._head(visit, head))
            visit.status = head.status
            await stream.carry(answer, sink)
        except ConnectionError:
            stream.ending = left(stream.ending)
            raise
        finally:
            self.closed(visit, stream)

    def closed(self, visit: Visit, stream: MeteredStream) -> None:
        """What has passed is counted, also when somebody hung up half-way."""
        if visit.is_withdrawn and stream.ending is Ending.ABORTED:
            # The client hung up because we did: what we cut off counts nothing.
            stream.ending = Ending.CUT
        visit.ending, visit.body_bytes = stream.ending, stream.delivered.body_bytes
        if stream.fault is not None:
            visit.stopped_by(stream.fault)
        if stream.account is not None:
            stream.account.close(stream.ending, visit.body_bytes)

    def _head(self, visit: Visit, head: ResponseHead) -> ResponseHead:
        """The upstream's head, and what we have to say beside it."""
        meant = self.labels.meant(visit.asked, visit.collection)
        said = head.and_also(self.labels.beside(meant, head.headers))
        if visit.meter is None:
            return said
        said = said.and_also(metered_fields(visit.meter, visit.room))
        return said.and_once("Request-Id", visit.asked.id)

    async def _respond(self, exchange: Exchange, visit: Visit, answer: Answer) -> None:
        visit.status, visit.body_bytes = answer.status, len(answer.body)
        await exchange.respond(answer)


async def _short_body(exchange: Exchange) -> bytes:
    """The body of a request to a page of our own: one byte too many at most."""
    body = b""
    if exchange.has_body:
        async for chunk in exchange.body():
            body += chunk
            if len(body) > OWN_BODY_BYTES_MAX:
                return body[: OWN_BODY_BYTES_MAX + 1]
    return body


def _no_such_rung(visit: Visit) -> Deny:
    if visit.decision is None:
        raise InvalidValue("a rung is granted by a decision")
    reason = f"This collection has no {visit.rung!r} form to give to this use."
    contact = visit.collection.contact if visit.collection else ""
    return Deny(replace(visit.decision.ruling, reason=reason), contact)
