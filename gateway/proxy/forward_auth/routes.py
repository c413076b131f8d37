"""Forward-auth on the admin listener: where aiohttp's server hands a request over."""

from __future__ import annotations

from dataclasses import dataclass

from aiohttp import web

from gateway.kernel.clock import Clock
from gateway.kernel.ids import IdSource
from gateway.kernel.request import Headers
from gateway.proxy.accept import Wire
from gateway.proxy.exchange import Answer
from gateway.proxy.forward_auth.adapters import ADAPTERS, ANSWER, PREFIX
from gateway.proxy.forward_auth.deciding import ForwardAuth


@dataclass(frozen=True, slots=True)
class Desk:
    """Answers `/decide/ADAPTER` and `/decide/answer/REQUEST_ID`."""

    auth: ForwardAuth
    ids: IdSource
    clock: Clock

    def routes(self) -> tuple[web.RouteDef, ...]:
        """For `make_admin_app`."""
        return (web.route("*", PREFIX + "{adapter}{rest:.*}", self._decide),)

    async def _decide(self, request: web.Request) -> web.Response:
        wire = self._wire(request)
        name = wire.target.removeprefix(PREFIX).partition("?")[0]
        name, _, rest = name.partition("/")
        if name == ANSWER:
            return _written(self.auth.kept_for(wire, rest))
        adapter = ADAPTERS.get(name)
        if adapter is None or (rest and not adapter.is_asked_by_address):
            raise web.HTTPNotFound
        return _written(await self.auth.decide_of(wire, adapter))

    def _wire(self, request: web.Request) -> Wire:
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


def _written(answer: Answer) -> web.Response:
    response = web.Response(status=answer.status, body=answer.body)
    response.headers.popall("Content-Type", None)  # ours says what it is
    for name, value in answer.headers:
        response.headers.add(name, value)
    return response
