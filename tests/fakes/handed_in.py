"""Hand an event in, and wait for what comes of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from gateway.metering.ports import Settled
from gateway.metering.recording_ports import EventWriter
from gateway.metering.usage_event import UsageEvent


def handed_in(
    writer: EventWriter,
    event: UsageEvent,
    when_settled: Callable[[Settled], None] = lambda _settled: None,
) -> asyncio.Future[bool]:
    """An event on its way: is it stored, or kept for later?"""
    future: asyncio.Future[bool] = asyncio.get_running_loop().create_future()

    def heard(outcome: Settled | Exception | None) -> None:
        try:
            if isinstance(outcome, Settled):
                when_settled(outcome)
        finally:
            if not future.done():
                if isinstance(outcome, Exception):
                    future.set_exception(outcome)
                else:
                    future.set_result(outcome is not None)

    writer.record(event, heard)
    return future
