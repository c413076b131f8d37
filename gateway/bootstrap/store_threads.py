"""Threads of the store's own, and a limit to how long anybody waits for it.

A store that hangs must hold up neither a reader nor the switch, so its calls never
share threads with anything else. Who asks waits for `WITHIN_S`; while a call is
late, everybody else is told at once instead of queueing behind it, and the call
that comes back at last lets the next ones through.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import Any, TypeVar

from gateway.kernel.errors import Unavailable

THREADS = 8
WITHIN_S = 2
RETRY_AFTER_S = 5

T = TypeVar("T")


class StoreThreads:
    """Runs look-ups; a `gateway.services.authentication.RunBlocking`."""

    def __init__(self, *, within_s: float = WITHIN_S) -> None:
        self._within_s = within_s
        self._threads = ThreadPoolExecutor(THREADS, thread_name_prefix="store")
        self._late: set[Future[Any]] = set()

    async def __call__(self, call: Callable[[], T], /) -> T:
        """What *call* returns.

        Raises:
            Unavailable: it is not back in time, or an earlier one is not.
        """
        if self._late:
            raise _silent()
        job = self._threads.submit(call)
        asked = asyncio.wrap_future(job)
        asked.add_done_callback(_seen)
        done, _ = await asyncio.wait({asked}, timeout=self._within_s)
        if done:
            return asked.result()
        if not job.cancel():  # it has begun, so it is the store that is late
            self._late.add(job)
            job.add_done_callback(self._late.discard)
        raise _silent()

    def close(self) -> None:
        """Let go of the threads; what hangs is left to end by itself."""
        self._threads.shutdown(wait=False, cancel_futures=True)


def _seen(asked: asyncio.Future[Any]) -> None:
    """What fails when nobody waits any more is not to be complained about."""
    if not asked.cancelled():
        asked.exception()


def _silent() -> Unavailable:
    detail = "the store does not answer just now; try again"
    return Unavailable(detail, retry_after_s=RETRY_AFTER_S)
