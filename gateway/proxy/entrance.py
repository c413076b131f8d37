"""Where aiohttp's server hands a request over to the handler."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from gateway.kernel.clock import Clock
from gateway.kernel.ids import IdSource
from gateway.kernel.request import Headers, Request
from gateway.proxy.accept import Doorway, Wire, accept, wants_websocket
from gateway.proxy.aiohttp_exchange import AiohttpExchange
from gateway.proxy.aiohttp_response import Written
from gateway.proxy.client_address import client_address
from gateway.proxy.connection import Connection, ConnectionLimits
from gateway.proxy.exchange import Answer, Exchange
from gateway.proxy.refusal import Refusal
from gateway.web.problems import Problems

Handler = Callable[[Exchange], Awaitable[None]]


@dataclass(slots=True)
class Entrance:
    """Turns requests of aiohttp's server into exchanges.

    Attributes:
        handler: Answers an exchange.
        problems: Says why a request was not accepted.
        doorway: What this listener knows about its surroundings.
        limits: What a client is given.
        ids: Request ids.
        clock: When requests arrive.
        is_draining: Each answer is the last one of its connection.
    """

    handler: Handler
    problems: Problems
    doorway: Doorway
    limits: ConnectionLimits
    ids: IdSource
    clock: Clock
    is_draining: bool = False

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        """Answer one request.

        Raises:
            ConnectionError: the client is gone, or was left with a part.
        """
        connection = request.protocol
        if not isinstance(connection, Connection):
            message = "the listener makes connections of its own kind"
            raise TypeError(message)
        wire = self._wire(request)
        accepted = accept(wire, self.doorway)
        exchange = AiohttpExchange(
            request,
            connection,
            accepted if isinstance(accepted, Request) else _nowhere(wire),
            body_idle_s=self.limits.body_idle_s,
            wants_upgrade=wants_websocket(wire),
            may_keep_alive=not self.is_draining,
        )
        await self._answer(exchange, accepted)
        if exchange.is_cut:
            raise ConnectionResetError("the answer was cut off")
        return Written(exchange.status, is_kept_alive=exchange.is_kept_alive)

    async def _answer(
        self, exchange: AiohttpExchange, accepted: Request | Refusal | Answer
    ) -> None:
        match accepted:
            case Request():
                await self.handler(exchange)
            case Refusal():
                # The end of what was refused is uncertain: nothing may follow it.
                exchange.is_kept_alive = False
                await exchange.respond(
                    self.problems.malformed(
                        accepted.code,
                        accepted.detail,
                        accepted.asked,
                        headers=accepted.headers,
                    )
                )
            case Answer():
                await exchange.respond(accepted)

    def malformed(self, code: str, detail: str, peer: str) -> Answer:
        """The answer to what the parser refused."""
        wire = Wire(
            self.ids.new("req"), "GET", "/", (1, 1), Headers(), peer, received_us=0
        )
        return self.problems.malformed(code, detail, _nowhere(wire))

    def _wire(self, request: web.BaseRequest) -> Wire:
        return Wire(
            self.ids.new("req"),
            request.method,
            request.raw_path,
            (request.version.major, request.version.minor),
            Headers(
                (
                    name.decode("utf-8", "surrogateescape"),
                    value.decode("utf-8", "surrogateescape"),
                )
                for name, value in request.raw_headers
            ),
            request.remote or "",
            self.clock.now_us(),
        )


def _nowhere(wire: Wire) -> Request:
    """A request without a place, to answer in the client's dialect."""
    return Request(
        wire.id,
        wire.method,
        "http",
        host="",
        authority="",
        target="/",
        path="/",
        headers=wire.headers,
        client_ip=client_address(wire.peer, wire.headers, ()),
        received_us=wire.received_us,
    )
