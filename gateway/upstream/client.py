"""The origin: one request out for one request in, streamed both ways.

The target goes out byte for byte, the body is never decoded, cookies are nobody's
but the client's, redirects are the client's to follow. A request is sent again only
where it is safe to repeat, has no body, and met a kept connection that the upstream
had closed in the meantime (RFC 9112 §9.3.1); everything else is sent once, on a
connection of its own: no doubt can arise about whose answer it is, and what an
upstream takes for a second request is answered to nobody.
"""

from __future__ import annotations

import ssl
from collections.abc import Callable, Mapping

from gateway.kernel.errors import Misconfigured
from gateway.upstream.answer_head import BODILESS, AnswerHead
from gateway.upstream.answer_reader import AnswerReader
from gateway.upstream.answered import Answered
from gateway.upstream.begun import Begun, Way
from gateway.upstream.connection import Connection
from gateway.upstream.failures import Stale, unanswered
from gateway.upstream.limits import Limits
from gateway.upstream.order import Order
from gateway.upstream.origin import Origin, origin_of
from gateway.upstream.pool import Pool
from gateway.upstream.request_head import RequestHeads
from gateway.upstream.response import ResponseHead, lines_of
from gateway.upstream.upload import Held, Upload

SAFE_METHODS = frozenset(("GET", "HEAD", "OPTIONS"))


class UpstreamClient:
    """Asks upstreams; fills the port `Forwarder` of `proxy`."""

    def __init__(
        self,
        upstreams: Mapping[str, str],
        *,
        limits: Limits | None = None,
        preserve_host: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Know the upstreams; connections are made when they are needed.

        Args:
            upstreams: Name to base URL.
            limits: Times and numbers.
            preserve_host: Send the public Host, rather than the upstream's own.
            tls: Whom to trust; None for the system's authorities.

        Raises:
            Misconfigured: a URL is none.
        """
        self._origins = {name: origin_of(url, tls) for name, url in upstreams.items()}
        self._heads = RequestHeads(preserve_host=preserve_host)
        self._limits = limits or Limits()
        self._pool = Pool(self._limits)
        self._held = Held()

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    def begin(self, order: Order) -> Begun | None:
        """Send a request at once, if a connection is at hand and it may be repeated.

        Returns:
            The answer on its way; None where `ask` has to begin.

        Raises:
            InvalidValue: the request could end its head early; nothing was sent.
        """
        if not _is_safe(order):
            return None
        origin, asked = self._origin(order), order.asked
        wire = self._heads.bytes_of(order, origin, is_last=False)
        connection = self._pool.kept(origin, asked.client_ip)
        if connection is None:
            return None
        has_body = asked.method != "HEAD"
        begun = Begun(connection, order, asker=self, has_body=has_body)
        connection.begin(begun, wire, is_keepable=True)
        return begun

    def way_of(self, order: Order) -> Way:
        """What every plain request with the fields of this one has in common.

        Args:
            order: A GET or HEAD without a body, to the client's own target.

        Raises:
            InvalidValue: it could end its head early.
        """
        origin = self._origin(order)
        return Way(origin, self._heads.tail_of(order, origin))

    def send(
        self, way: Way, start: bytes, order: Callable[[], Order], *, client: str
    ) -> Begun | None:
        """Send a plain request, where a connection is at hand; None where `ask` must.

        Args:
            way: Made ready before.
            start: Its first line up to the version, in plain characters.
            order: Says which order that is, for whoever has to ask again.
            client: On whose behalf: an address.
        """
        origin = way.origin
        connection = self._pool.kept(origin, client)
        if connection is None:
            return None
        has_body = start.startswith(b"GET ")
        begun = Begun(connection, order, asker=self, has_body=has_body)
        if origin.prefix:
            method, _, target = start.partition(b" ")
            start = b"%b %b%b" % (method, origin.prefix.encode("utf-8"), target)
        connection.begin(begun, start + way.tail, is_keepable=True)
        return begun

    async def ask(self, order: Order) -> Answered:
        """Pass a request on; the answer is the caller's to close.

        Raises:
            UpstreamFailed: no answer, a broken one, or not in time.
            InvalidValue: the request could end its head early.
            ConnectionError, TimeoutError: the client's own body broke off.
        """
        begun = self.begin(order)
        if begun is not None:
            return await self.awaited(order, begun)
        origin, is_safe = self._origin(order), _is_safe(order)
        # A line that has no one reading is told of before anybody is connected to.
        wire = self._heads.bytes_of(order, origin, is_last=not is_safe)
        if not is_safe:
            return await self._once(order, origin, wire)
        pool, client = self._pool, order.asked.client_ip
        try:
            return await self._sent(await pool.any(origin, client), order, wire)
        except Stale:
            return await self._sent(await pool.fresh(origin, client), order, wire)

    async def awaited(self, order: Order, begun: Answered) -> Answered:
        """Wait for an answer's head; ask once more where its connection was dead.

        Raises:
            UpstreamFailed: no answer, a broken one, or not in time.
        """
        try:
            return await self._headed(begun, order)
        except Stale:
            origin = self._origin(order)
            wire = self._heads.bytes_of(order, origin, is_last=False)
            connection = await self._pool.fresh(origin, order.asked.client_ip)
            return await self._sent(connection, order, wire)

    async def _once(self, order: Order, origin: Origin, wire: bytes) -> Answered:
        """Ask what must not be asked twice, once its body has begun to come."""
        if order.body is None:
            connection = await self._pool.fresh(origin, order.asked.client_ip)
            return await self._sent(connection, order, wire)
        upload = Upload(order.body, body_bytes=order.body_bytes, held=self._held)
        try:
            await upload.gathered(self._limits.hold_s)
            connection = await self._pool.fresh(origin, order.asked.client_ip)
            return await self._sent(connection, order, wire, upload=upload)
        except BaseException:
            upload.stop()
            raise

    async def _sent(
        self,
        connection: Connection,
        order: Order,
        wire: bytes,
        *,
        upload: Upload | None = None,
    ) -> Answered:
        """Send a request on a connection, and wait for the head of its answer."""
        answered = Answered(connection, _reader_for(order), order.abandon)
        if connection.is_lost:
            raise Stale if connection.is_reused else unanswered()
        try:
            if upload is not None:
                wire += upload.first()
            connection.begin(answered, wire, is_keepable=_is_safe(order))
            if upload is not None:
                answered.upload = upload
                upload.begin(connection, answered)
        except BaseException:
            answered.close()
            raise
        return await self._headed(answered, order)

    async def _headed(self, answered: Answered, order: Order) -> Answered:
        try:
            answered.head = self.headed(order, await answered.begun())
        except BaseException:
            answered.close()
            raise
        return answered

    def headed(self, order: Order, found: AnswerHead) -> ResponseHead:
        """An answer's head as it is passed on: public addresses, no false length.

        Raises:
            UpstreamFailed: it cannot be.
        """
        asked = order.asked
        status = found.head.status
        is_bodiless = asked.method == "HEAD" or status in BODILESS
        head = found.bodiless if is_bodiless else found.head
        if not found.has_links:
            return head
        public = f"{asked.scheme}://{asked.authority}"
        links = self._origin(order).links
        fields = links.rewritten(head.headers, public=public)
        start, _, _ = head.lines.partition(b"\r\n")
        lines = start + b"\r\n" + lines_of(fields)
        return ResponseHead(
            status, head.reason, fields, head.body_bytes, lines, head.is_dated
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


def _is_safe(order: Order) -> bool:
    """May it be sent twice, on a connection that was used before?"""
    return (
        order.body is None and order.asked.method in SAFE_METHODS and not order.upgrade
    )


def _reader_for(order: Order) -> AnswerReader:
    return AnswerReader(
        has_body=order.asked.method != "HEAD", is_upgrade=bool(order.upgrade)
    )
