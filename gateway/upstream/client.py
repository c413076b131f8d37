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
from collections.abc import Mapping

from gateway.kernel.errors import Misconfigured
from gateway.upstream.answer_head import AnswerHead
from gateway.upstream.answer_reader import BODILESS, OVER, AnswerReader
from gateway.upstream.answered import Answered
from gateway.upstream.connection import Connection
from gateway.upstream.failures import Stale, unanswered
from gateway.upstream.limits import Limits
from gateway.upstream.order import Order
from gateway.upstream.origin import Origin, origin_of
from gateway.upstream.pool import Pool
from gateway.upstream.request_head import RequestHeads
from gateway.upstream.response import ResponseHead, lines_of
from gateway.upstream.upload import Upload

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
        self._pool = Pool(limits or Limits())

    async def close(self) -> None:
        """Close every connection."""
        await self._pool.close()

    def begin(self, order: Order) -> Answered | None:
        """Send a request at once, if a connection is at hand and it may be repeated.

        Returns:
            What `ask` waits for, head and all; None where `ask` has to begin.

        Raises:
            InvalidValue: the request could end its head early; nothing was sent.
        """
        if not _is_safe(order):
            return None
        origin = self._origin(order)
        wire = self._heads.bytes_of(order, origin, is_last=False)
        connection = self._pool.kept(origin)
        return None if connection is None else _sent(connection, order, wire)

    def is_whole(self, order: Order, answered: Answered) -> bool:
        """Is all of an answer here? Its head is set then, as after `ask`."""
        found = answered.reader.head
        if found is None or found.has_links or answered.reader.phase != OVER:
            return False
        answered.head = self._head(order, found)
        return True

    async def ask(self, order: Order, begun: Answered | None = None) -> Answered:
        """Pass a request on; the answer is the caller's to close.

        Args:
            order: What to ask.
            begun: What `begin` gave for it.

        Raises:
            UpstreamFailed: no answer, a broken one, or not in time.
            InvalidValue: the request could end its head early.
            ConnectionError, TimeoutError: the client's own body broke off.
        """
        origin, is_safe = self._origin(order), _is_safe(order)
        try:
            if begun is None:
                begun = self.begin(order)
            if begun is None:
                wire = self._heads.bytes_of(order, origin, is_last=not is_safe)
                pool = self._pool
                connection = await (pool.any(origin) if is_safe else pool.fresh(origin))
                begun = _sent(connection, order, wire)
            return await self._answered(begun, order)
        except Stale:
            connection = await self._pool.fresh(origin)
        wire = self._heads.bytes_of(order, origin, is_last=False)
        return await self._answered(_sent(connection, order, wire), order)

    async def _answered(self, begun: Answered, order: Order) -> Answered:
        """Wait for the head of an answer."""
        try:
            begun.head = self._head(order, begun.reader.head or await begun.begun())
        except BaseException:
            begun.close()
            raise
        return begun

    def _head(self, order: Order, found: AnswerHead) -> ResponseHead:
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


def _sent(connection: Connection, order: Order, wire: bytes) -> Answered:
    """Send a request on a connection.

    Raises:
        Stale: it had died before, and had carried another.
        UpstreamFailed: it had died before.
    """
    reader = AnswerReader(
        has_body=order.asked.method != "HEAD", is_upgrade=bool(order.upgrade)
    )
    answered = Answered(connection, reader)
    if connection.is_lost:
        raise Stale if connection.is_reused else unanswered()
    connection.begin(answered, wire, is_keepable=_is_safe(order))
    if order.body is not None:
        answered.upload = Upload(
            connection, answered, order.body, body_bytes=order.body_bytes
        )
    return answered
