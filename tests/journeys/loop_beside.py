"""An event loop on a thread of its own, for what goes on beside a test."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine, Generator
from concurrent.futures import Future
from contextlib import contextmanager
from typing import Any

Start = Callable[[Coroutine[Any, Any, Any]], "Future[Any]"]


@contextmanager
def loop_beside() -> Generator[Start]:
    """Start coroutines on it; whatever still runs at the end is ended."""
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()

    def start(coroutine: Coroutine[Any, Any, Any]) -> Future[Any]:
        return asyncio.run_coroutine_threadsafe(coroutine, loop)

    try:
        yield start
    finally:
        start(_ended()).result(timeout=30)
        loop.call_soon_threadsafe(loop.stop)
        thread.join(timeout=30)
        loop.close()


async def _ended() -> None:
    others = asyncio.all_tasks() - {asyncio.current_task()}
    for task in others:
        task.cancel()
    await asyncio.gather(*others, return_exceptions=True)
    # Transports that were closed say goodbye in the next turns of the loop.
    await asyncio.sleep(0.05)
