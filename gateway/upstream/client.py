"""The origin: one request out for one request in, streamed both ways.

The target goes out byte for byte, the body is never decoded, cookies are nobody's
but the client's, redirects are the client's to follow. A request is sent again only
where it is safe to repeat, has no body, and met a kept connection that the upstream
had closed in the meantime (RFC 9112 §9.3.1); everything else is sent once.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import aiohttp
from yarl import URL

from gateway.kernel.errors import Misconfigured, UpstreamFailed
from gateway.upstream.failures import Lost, Upload, failure, once
from gateway.upstream.headers import request_fields, response_fields
from gateway.upstream.order import Order
from gateway.upstream.public_links import PublicLinks, links_of
from gateway.upstream.response import ResponseHead
from gateway.upstream.websocket import UpstreamTunnel, handshake_fields, subprotocols

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))
AUTOMATIC = ("Accept", "Accept-Encoding", "Content-Type", "User-Agent")
BODILESS = frozenset((204, 304))


@dataclass(frozen=True, slots=True)
class Limits:
    """What an upstream is given.

    Attributes:
        connect_s: To accept a connection, seconds; a place in the pool included.
        silence_s: Between two bytes of its answer, seconds.
        connections_max: At once, over all upstreams.
        idle_s: How long an idle connection is kept, seconds.
        field_bytes_max: The longest line and the longest header field.
    """

    connect_s: int = 5
    silence_s: int = 60
    connections_max: int = 1024
    idle_s: int = 15
    field_bytes_max: int = 64 * 1024


@dataclass(frozen=True, slots=True)
class Origin:
    """One upstream.

    Attributes:
        base: Origin and path prefix, without a slash at the end.
        authority: Its own host and port.
        links: Rewrites its addresses.
    """

    base: str
    authority: str
    links: PublicLinks


class Answered:
    """An upstream's answer: its head, and a body to be read once."""

    def __init__(self, head: ResponseHead, response: aiohttp.ClientResponse) -> None:
        self.head = head
        self._response = response

    async def body(self) -> AsyncIterator[bytes]:
        """The body as it came, coded as it was.

        Raises:
            UpstreamFailed: it ended early, or nothing came for too long.
        """
        try:
            async for chunk in self._response.content.iter_any():
                yield chunk
        except (aiohttp.ClientError, OSError) as error:
            raise failure(error) from None


class UpstreamClient:
    """Asks upstreams; made inside the event loop that uses it."""

    def __init__(
        self,
        upstreams: Mapping[str, str],
        *,
        limits: Limits | None = None,
        preserve_host: bool = True,
    ) -> None:
        """Open the pools.

        Args:
            upstreams: Name to base URL.
            limits: Times and numbers.
            preserve_host: Send the public Host, rather than the upstream's own.
        """
        self._limits = limits or Limits()
        self._preserve_host = preserve_host
        self._origins = {name: _origin(url) for name, url in upstreams.items()}
        limits = self._limits
        self._pooled = self._session(
            aiohttp.TCPConnector(
                limit=limits.connections_max, keepalive_timeout=limits.idle_s
            )
        )
        # What may change something gets a fresh connection: no doubt can arise
        # whether a lost answer belongs to a request that was acted upon.
        self._fresh = self._session(
            aiohttp.TCPConnector(limit=limits.connections_max, force_close=True)
        )

    async def close(self) -> None:
        """Close every connection."""
        await self._pooled.close()
        await self._fresh.close()

    @asynccontextmanager
    async def forward(self, order: Order) -> AsyncIterator[Answered]:
        """Pass a request on.

        The connection is kept only if the body was read to its end.

        Raises:
            UpstreamFailed: no answer, a broken one, or not in time.
            ConnectionError, TimeoutError: the client's body broke off.
        """
        upload = Upload(order.body) if order.body is not None else None
        try:
            response = await self._asked(order, upload)
        except (aiohttp.ClientError, OSError, ValueError) as error:
            if upload is not None and upload.fault is not None:
                raise upload.fault from None
            raise failure(error) from None
        try:
            yield Answered(self._head(order, response), response)
        finally:
            # A response that was read to its end has given its connection back.
            response.close()

    @asynccontextmanager
    async def tunnel(self, order: Order) -> AsyncIterator[UpstreamTunnel]:
        """Open a WebSocket.

        Raises:
            UpstreamFailed: the upstream does not accept it.
        """
        origin = self._origin(order)
        try:
            socket = await self._fresh.ws_connect(
                URL(origin.base + order.target, encoded=True),
                protocols=subprotocols(order.asked.headers),
                headers=handshake_fields(self._fields(order, origin)),
                autoclose=False,
                autoping=False,
                compress=0,
                max_msg_size=0,
            )
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise failure(error) from None
        try:
            yield UpstreamTunnel(socket)
        finally:
            await socket.close()

    async def _asked(
        self, order: Order, upload: Upload | None
    ) -> aiohttp.ClientResponse:
        is_safe = order.asked.method in SAFE_METHODS and upload is None
        session = self._pooled if is_safe else self._fresh
        reuse = SimpleNamespace(is_reused=False)
        try:
            return await self._sent(session, order, upload=upload, reuse=reuse)
        except Lost:
            if not (is_safe and reuse.is_reused):
                raise
            return await self._sent(self._fresh, order, upload=None, reuse=reuse)

    async def _sent(
        self,
        session: aiohttp.ClientSession,
        order: Order,
        *,
        upload: Upload | None,
        reuse: SimpleNamespace,
    ) -> aiohttp.ClientResponse:
        origin = self._origin(order)
        fields = self._fields(order, origin)
        if upload is not None and order.body_bytes is not None:
            fields.append(("Content-Length", str(order.body_bytes)))
        return await session.request(
            order.asked.method,
            URL(origin.base + order.target, encoded=True),
            headers=fields,
            data=upload.chunks() if upload is not None else None,
            allow_redirects=False,
            trace_request_ctx=reuse,
        )

    def _fields(self, order: Order, origin: Origin) -> list[tuple[str, str]]:
        asked = order.asked
        host = asked.authority if self._preserve_host else origin.authority
        return request_fields(asked, host=host, consumed=order.consumed)

    def _head(self, order: Order, response: aiohttp.ClientResponse) -> ResponseHead:
        if response.status < 200:
            raise UpstreamFailed("the archive switched protocols without being asked")
        asked = order.asked
        fields = response_fields(
            (name.decode("latin-1"), value.decode("utf-8", "surrogateescape"))
            for name, value in response.raw_headers
        )
        links = self._origin(order).links
        public = f"{asked.scheme}://{asked.authority}"
        has_body = asked.method != "HEAD" and response.status not in BODILESS
        return ResponseHead(
            response.status,
            response.reason or "",
            links.rewritten(fields, public=public),
            body_bytes_of(response.headers.getall("Content-Length", []), response)
            if has_body
            else 0,
        )

    def _origin(self, order: Order) -> Origin:
        try:
            return self._origins[order.upstream]
        except KeyError:
            known = ", ".join(self._origins)
            detail = (
                f"upstream {order.upstream!r} is not in gateway.yaml; it has {known}"
            )
            raise Misconfigured(detail) from None

    def _session(self, connector: aiohttp.TCPConnector) -> aiohttp.ClientSession:
        limits = self._limits
        return aiohttp.ClientSession(
            connector=connector,
            auto_decompress=False,
            cookie_jar=aiohttp.DummyCookieJar(),
            max_field_size=limits.field_bytes_max,
            max_line_size=limits.field_bytes_max,
            middlewares=(once,),
            skip_auto_headers=AUTOMATIC,
            timeout=aiohttp.ClientTimeout(
                total=None,
                connect=2 * limits.connect_s,
                sock_connect=limits.connect_s,
                sock_read=limits.silence_s,
            ),
            trace_configs=[_reuse_noted()],
        )


def body_bytes_of(lengths: list[str], response: aiohttp.ClientResponse) -> int | None:
    """The announced length of a body; None where only its end will tell.

    Raises:
        UpstreamFailed: it is announced twice, differently, or is no number.
    """
    if "Transfer-Encoding" in response.headers:
        return None
    announced = {part.strip() for field in lengths for part in field.split(",")}
    if not announced:
        return None
    length = announced.pop()
    if announced or not (length.isascii() and length.isdigit()):
        raise UpstreamFailed("the archive announced no one length for its answer")
    return int(length)


def _origin(base_url: str) -> Origin:
    url = URL(base_url)
    authority = url.host_port_subcomponent
    if authority is None:
        detail = f"upstream {base_url!r} names no host; write http://127.0.0.1:8080"
        raise Misconfigured(detail)
    return Origin(base_url.rstrip("/"), authority, links_of(base_url))


def _reuse_noted() -> aiohttp.TraceConfig:
    """Note when a request met a kept connection; only then may it be repeated."""

    async def reused(
        _session: aiohttp.ClientSession, context: SimpleNamespace, _params: Any
    ) -> None:
        if context.trace_request_ctx is not None:
            context.trace_request_ctx.is_reused = True

    trace = aiohttp.TraceConfig()
    trace.on_connection_reuseconn.append(reused)
    return trace
