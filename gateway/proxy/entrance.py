"""From the bytes of a head to an exchange that the handler answers.

What a connection repeats is read once: an address of plain characters before a
block of fields that is known already becomes a request without any parser.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import cast

from gateway.kernel.clock import Clock
from gateway.kernel.ids import IdSource
from gateway.kernel.request import NO_HEADERS, Headers, Request
from gateway.proxy.accept import (
    Doorway,
    Wire,
    accept,
    asks_to_close,
    asks_to_keep,
    body_bytes_of,
    plain_block,
    scheme_of,
    wants_websocket,
)
from gateway.proxy.blocks import Block, Known, KnownBlocks
from gateway.proxy.client_address import Network, client_address
from gateway.proxy.connection import Connection
from gateway.proxy.exchange import Answer, Exchange
from gateway.proxy.express import UNNAMED, Journey
from gateway.proxy.fare import Unconfirmed
from gateway.proxy.handler import ProxyHandler
from gateway.proxy.head import Head, Malformed, read_head
from gateway.proxy.http1 import Dates
from gateway.proxy.http1_exchange import Http1Exchange
from gateway.proxy.limits import ConnectionLimits
from gateway.proxy.phase import Asked
from gateway.proxy.plain_fields import PlainFields
from gateway.proxy.refusal import Refusal
from gateway.web.problems import Problems

Handler = Callable[[Exchange], Awaitable[None]]

Faults = Callable[[BaseException], None]
"""Hears what escaped: a mistake of ours."""

HTTP_1_0 = (1, 0)
# An address that is its own canonical reading: no escape, no parameter, no empty
# and no dot segment. Whatever else is read in full.
# Each quantifier is possessive: what it took is not tried again.
PLAIN_TARGET = (
    rb"(/(?:[A-Za-z0-9_~!$&'()*+,=:@-][A-Za-z0-9_~!$&'()*+,=:@.-]*+/?+)*+)"
    rb"(?:\?([\x21\x22\x24-\x7e]*+))?+"
)
PLAIN = re.compile(rb"((GET|HEAD) " + PLAIN_TARGET + rb") HTTP/1\.1\r\n")


@dataclass(slots=True)
class Entrance:
    """Turns heads into exchanges.

    Attributes:
        handler: Answers an exchange.
        problems: Says why a request was not accepted.
        doorway: What this listener knows about its surroundings.
        limits: What a client is given.
        ids: Request ids.
        clock: When requests arrive.
        faults: Hears what escaped from us.
        express: The handler again, where plain requests may do without a task.
        is_draining: Each answer is the last one of its connection.
        dates: Writes the Date field.
        unconfirmed: Metered answers that have left, and nobody has acknowledged.
    """

    handler: Handler
    problems: Problems
    doorway: Doorway
    limits: ConnectionLimits
    ids: IdSource
    clock: Clock
    faults: Faults
    express: ProxyHandler | None = None
    is_draining: bool = False
    dates: Dates = field(default_factory=Dates)
    unconfirmed: Unconfirmed = field(default_factory=Unconfirmed)
    _blocks: KnownBlocks = field(default_factory=KnownBlocks)
    _fields: PlainFields = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._fields = PlainFields(self.limits)

    @property
    def uncounted(self) -> Sequence[Network]:
        """Who may have more connections than others."""
        return self.doorway.trusted

    def begin(self, connection: Connection, head: Asked) -> Asked | None:
        """Begin a plain request without a task; give back what needs one."""
        handler = self.express
        if handler is None or not isinstance(head, bytes):
            return head
        plain = PLAIN.match(head)
        if plain is None:
            return head
        # As `_known_of` says; written out, for this is part of every request.
        end, known = plain.end(), connection.known
        if known is None or head[end:] != known.block_bytes:
            known = self._known_of(connection, head, plain) or self._learnt(
                connection, head, head[end:]
            )
        if known is None or known.is_signed or end > self.limits.line_bytes_max:
            return head
        start, method, path_bytes, query_bytes = plain.groups()
        target = path = path_bytes.decode()
        query = ""
        if query_bytes is not None:
            query = query_bytes.decode()
            target = f"{path}?{query}"
        asked = Request(
            UNNAMED,
            "GET" if method == b"GET" else "HEAD",
            known.scheme,
            known.host,
            known.authority,
            target,
            path,
            query,
            known.block.headers,
            known.client_ip,
            self.clock.now_us(),
        )
        is_last = known.block.is_last or self.is_draining
        journey = Journey(self, connection, asked, known=known, is_last=is_last)
        try:
            is_on_its_way = journey.sets_out(start, handler)
        except Exception as fault:  # noqa: BLE001 a mistake of ours is told by the task
            journey.fault = fault
            return journey
        return None if is_on_its_way else journey

    async def answer(self, connection: Connection, head: Asked) -> bool:
        """Answer one request.

        Returns:
            Whether another may follow on the connection.
        """
        steps: Awaitable[None]
        if isinstance(head, Journey):
            exchange, steps = head.exchange, head.rest()
        else:
            arrived = cast("bytes | Malformed", head)
            exchange, refused = self._opened(connection, arrived)
            steps = (
                self.handler(exchange) if refused is None else exchange.respond(refused)
            )
        try:
            await steps
        except ConnectionError:
            return False
        except Exception as fault:  # noqa: BLE001 a mistake of ours ends here
            self.faults(fault)
            return await self._apologised(exchange)
        return exchange.may_continue

    def malformed(self, code: str, detail: str, peer: str) -> Answer:
        """The answer to what is no request at all."""
        return self.problems.malformed(code, detail, self._nowhere(peer, NO_HEADERS))

    def _opened(
        self, connection: Connection, head: bytes | Malformed
    ) -> tuple[Http1Exchange, Answer | None]:
        """An exchange, and the answer where it is known without the handler."""
        if isinstance(head, bytes):
            plain = PLAIN.match(head)
            if plain is not None:
                known = self._known_of(connection, head, plain)
                if known is not None:
                    return self._plainly(connection, known, plain), None
            try:
                return self._read(connection, read_head(head, self.limits))
            except Malformed as malformed:
                head = malformed
        peer = connection.peer or ""
        asked = self._nowhere(peer, NO_HEADERS)
        answer = self.problems.malformed(head.code, head.detail, asked)
        # The end of what was refused is uncertain: nothing may follow it.
        connection.distrust()
        return self._exchange(connection, asked, is_kept_alive=False), answer

    def _known_of(
        self, connection: Connection, head: bytes, plain: re.Match[bytes]
    ) -> Known | None:
        """What stands behind a plain first line, where that was read before."""
        end = plain.end()
        if end > self.limits.line_bytes_max:
            return None
        block_bytes = head[end:]
        known = connection.known
        if known is None or known.block_bytes != block_bytes:
            block = self._blocks.get(block_bytes)
            if block is None:
                return None
            known = self._remember(connection, block_bytes, block)
        return known

    def _plainly(
        self, connection: Connection, known: Known, plain: re.Match[bytes]
    ) -> Http1Exchange:
        """A plain request before known fields."""
        asked = self._request(known, plain)
        return Http1Exchange(
            connection,
            asked,
            self.dates.at(asked.received_us),
            is_kept_alive=not (known.block.is_last or self.is_draining),
        )

    def _request(self, known: Known, plain: re.Match[bytes]) -> Request:
        _, method, path_bytes, query_bytes = plain.groups()
        target = path = path_bytes.decode()
        query, block = "", known.block
        if query_bytes is not None:
            query = query_bytes.decode()
            target = f"{path}?{query}"
        return Request(
            self.ids.new("req"),
            "GET" if method == b"GET" else "HEAD",
            known.scheme,
            known.host,
            known.authority,
            target,
            path,
            query,
            block.headers,
            known.client_ip,
            self.clock.now_us(),
        )

    def _read(
        self, connection: Connection, head: Head
    ) -> tuple[Http1Exchange, Answer | None]:
        """A request of any kind, in full."""
        wire = Wire(
            self.ids.new("req"),
            head.method,
            head.target,
            head.version,
            head.headers,
            connection.peer or "",
            self.clock.now_us(),
        )
        accepted = accept(wire, self.doorway)
        if isinstance(accepted, Request):
            self._learn(connection, head)
            return self._accepted(connection, accepted, wire)
        asked = self._nowhere(wire.peer, wire.headers, method=wire.method)
        exchange = self._exchange(connection, asked, is_kept_alive=False)
        if isinstance(accepted, Answer):
            return exchange, accepted
        connection.distrust()
        return exchange, self._refusal(accepted)

    def _accepted(
        self, connection: Connection, asked: Request, wire: Wire
    ) -> tuple[Http1Exchange, Answer | None]:
        is_old = wire.version == HTTP_1_0
        keeps = (
            asks_to_keep(wire.headers) if is_old else not asks_to_close(wire.headers)
        )
        length = body_bytes_of(wire.headers)
        is_chunked = "transfer-encoding" in wire.headers
        exchange = Http1Exchange(
            connection,
            asked,
            self.dates.at(wire.received_us),
            is_kept_alive=keeps and not self.is_draining,
            is_old=is_old,
            wants_upgrade=wants_websocket(wire) and not (length or is_chunked),
        )
        if is_chunked or length:
            awaits = not is_old and "expect" in wire.headers
            exchange.expect_body(None if is_chunked else length, awaits_continue=awaits)
            if length is not None and length > self.limits.body_bytes_max:
                detail = "the request body is longer than this gateway takes"
                too_large = Refusal("too-large", detail, asked)
                return exchange, self._refusal(too_large)
            if connection.body is not None and connection.body.fault is not None:
                # It came with the head, so nobody need hear of it.
                detail = str(connection.body.fault)
                return exchange, self._refusal(Refusal("bad-request", detail, asked))
        return exchange, None

    def _learn(self, connection: Connection, head: Head) -> None:
        """Remember a block of fields that can be known again."""
        block = plain_block(head.headers)
        if block is not None:
            self._blocks.keep(head.block, block)
            self._remember(connection, head.block, block)

    def _learnt(
        self, connection: Connection, head: bytes, block_bytes: bytes
    ) -> Known | None:
        """As `_learn` after `_read`, for a block of plain fields; None for others."""
        block = self._fields.read(head, block_bytes)
        if block is None:
            return None
        self._blocks.keep(block_bytes, block)
        return self._remember(connection, block_bytes, block)

    def _remember(
        self, connection: Connection, block_bytes: bytes, block: Block
    ) -> Known:
        peer, doorway, before = connection.peer or "", self.doorway, connection.known
        if before is not None and not doorway.trusted:
            # Nobody is believed, so the client is whoever it was.
            client_ip, scheme = before.client_ip, before.scheme
        else:
            client_ip = client_address(peer, block.headers, doorway.trusted)
            scheme = scheme_of(peer, block.headers, doorway)
        known = Known(block_bytes, block, client_ip=client_ip, scheme=scheme)
        if before is not None and before.client_ip == client_ip:
            known.accounts.of = before.accounts.of
            known.accounts.pseudonym = before.accounts.pseudonym
        connection.known = known
        return known

    def _refusal(self, refusal: Refusal) -> Answer:
        return self.problems.malformed(
            refusal.code, refusal.detail, refusal.asked, headers=refusal.headers
        )

    def _exchange(
        self, connection: Connection, asked: Request, *, is_kept_alive: bool
    ) -> Http1Exchange:
        date = self.dates.at(self.clock.now_us())
        return Http1Exchange(connection, asked, date, is_kept_alive=is_kept_alive)

    async def _apologised(self, exchange: Http1Exchange) -> bool:
        """Say that something escaped, if nothing was said yet."""
        if not exchange.status:
            said = "Something happened that the gateway was not made for."
            exchange.is_kept_alive = False
            answer = self.problems.malformed("internal-error", said, exchange.asked)
            with suppress(ConnectionError):
                await exchange.respond(answer)
        return False

    def _nowhere(self, peer: str, headers: Headers, *, method: str = "GET") -> Request:
        """A request without a place, to answer in the client's dialect."""
        return Request(
            self.ids.new("req"),
            method,
            "http",
            host="",
            authority="",
            target="/",
            path="/",
            headers=headers,
            client_ip=client_address(peer, headers, ()),
        )
