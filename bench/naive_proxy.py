"""What anybody would write in an afternoon: a reverse proxy on aiohttp.

`python bench/naive_proxy.py LISTEN_PORT UPSTREAM_PORT`. It has no limits, no rules
and no meter; it is here as the price of not thinking about the price.
"""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator

import aiohttp
from aiohttp import web

HOP_BY_HOP = {"connection", "host", "keep-alive", "te", "trailer", "upgrade"}
FRAMING = {"connection", "keep-alive", "transfer-encoding", "trailer", "upgrade"}
SESSION = web.AppKey("session", aiohttp.ClientSession)


async def proxied(asked: web.Request) -> web.StreamResponse:
    """Ask the upstream the same, and stream what it says."""
    told = {k: v for k, v in asked.headers.items() if k.lower() not in HOP_BY_HOP}
    body = asked.content if asked.can_read_body else None
    target = f"http://127.0.0.1:{sys.argv[2]}{asked.raw_path}"
    session = asked.app[SESSION]
    async with session.request(
        asked.method, target, headers=told, data=body, allow_redirects=False
    ) as got:
        kept = {k: v for k, v in got.headers.items() if k.lower() not in FRAMING}
        answer = web.StreamResponse(status=got.status, headers=kept)
        await answer.prepare(asked)
        async for chunk in got.content.iter_chunked(256 * 1024):
            await answer.write(chunk)
        await answer.write_eof()
        return answer


async def _session(app: web.Application) -> AsyncIterator[None]:
    async with aiohttp.ClientSession(auto_decompress=False) as session:
        app[SESSION] = session
        yield


if __name__ == "__main__":
    app = web.Application()
    app.cleanup_ctx.append(_session)
    app.router.add_route("*", "/{target:.*}", proxied)
    web.run_app(app, host="127.0.0.1", port=int(sys.argv[1]), access_log=None)
