"""A fake that is a real server on loopback; the address is without a slash."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager

from aiohttp import web


@asynccontextmanager
async def serving(app: web.Application) -> AsyncIterator[str]:
    """Serve in this loop, until the end."""
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    host, port = runner.addresses[0][:2]
    try:
        yield f"http://{host}:{port}"
    finally:
        await runner.cleanup()


@contextmanager
def served(app: web.Application) -> Iterator[str]:
    """Serve in a thread of its own, for tests that have no loop."""
    loop = asyncio.new_event_loop()
    running = serving(app)
    url = loop.run_until_complete(running.__aenter__())
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()
    try:
        yield url
    finally:
        ended = running.__aexit__(None, None, None)
        asyncio.run_coroutine_threadsafe(ended, loop).result(30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(30)
        loop.close()
