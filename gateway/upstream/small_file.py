"""A small file of the upstream, whole: what a merged robots.txt is made of."""

from __future__ import annotations

from dataclasses import replace

from gateway.kernel.request import Headers, Request
from gateway.upstream.client import UpstreamClient
from gateway.upstream.order import Order
from gateway.upstream.response import ResponseHead

LEFT_OUT = frozenset(("accept-encoding", "if-range", "range"))


async def small_file(
    client: UpstreamClient,
    order: Order,
    *,
    body_bytes_max: int,
) -> tuple[ResponseHead, bytes]:
    """GET a file in full and uncoded; what is longer is cut.

    Args:
        client: Asks the upstream.
        order: For what; its body is left out, and so are the client's conditions.
        body_bytes_max: The longest answer that is read.

    Raises:
        UpstreamFailed: no answer, a broken one, or not in time.
    """
    plain = replace(order, asked=_in_full(order.asked), body=None, body_bytes=None)
    read = bytearray()
    answered = await client.ask(plain)
    try:
        while len(read) < body_bytes_max and (chunk := await answered.read()):
            read += chunk[: body_bytes_max - len(read)]
    finally:
        answered.close()
    return answered.head, bytes(read)


def _in_full(asked: Request) -> Request:
    kept = [
        (name, value)
        for name, value in asked.headers
        if name.lower() not in LEFT_OUT and not name.lower().startswith("if-")
    ]
    headers = Headers([*kept, ("Accept-Encoding", "identity")])
    return replace(asked, method="GET", headers=headers)
