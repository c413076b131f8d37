"""A future for those who wait for what others are called back for."""

from __future__ import annotations

import asyncio


class OpenedFuture:
    """Hears of an intent: durable, or why not."""

    __slots__ = ("future",)

    def __init__(self) -> None:
        loop = asyncio.get_running_loop()
        self.future: asyncio.Future[None] = loop.create_future()

    def __call__(self, fault: Exception | None) -> None:
        """Hear of it, once."""
        if self.future.done():
            return
        if fault is None:
            self.future.set_result(None)
        else:
            self.future.set_exception(fault)
