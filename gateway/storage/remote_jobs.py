"""What a worker remembers of each thing it asked, and how a no sounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.kernel.errors import Conflict, GatewayError, NotFound, Unavailable
from gateway.metering.admit import CapReached
from gateway.metering.intent import Intent
from gateway.metering.ports import Settled
from gateway.metering.room import Granted
from gateway.metering.usage_event import UsageEvent
from gateway.storage.ledger_messages import Extend, Failed, Reserve

RETRY_AFTER_S = 5

Figured = Callable[[], Mapping[str, Any]]


def nothing_figured() -> Mapping[str, Any]:
    """No figures."""
    return {}


@dataclass(slots=True, eq=False)
class Opening:
    """An intent that is not durable yet, as far as we know."""

    intent: Intent
    heard: Callable[[Exception | None], None]
    timer: asyncio.TimerHandle
    is_wanted: bool = True

    def tell(self, fault: Exception | None) -> bool:
        """Say what came of it, once; False where nobody wants to know any more."""
        self.timer.cancel()
        is_wanted, self.is_wanted = self.is_wanted, False
        if is_wanted:
            self.heard(fault)
        return is_wanted


@dataclass(slots=True, eq=False)
class Settling:
    """An event that is not stored yet, as far as we know."""

    event: UsageEvent
    heard: Callable[[Settled | Exception | None], None]


@dataclass(slots=True)
class Question:
    """A hold that is asked for."""

    said: Reserve | Extend
    future: asyncio.Future[Granted | CapReached]


def error_of(said: Failed) -> GatewayError:
    """The error that the writer met."""
    match said.code:
        case Conflict.code:
            return Conflict(said.detail)
        case NotFound.code:
            return NotFound(said.detail)
        case _:
            return Unavailable(said.detail, retry_after_s=said.retry_after_s or 1)


def away() -> Unavailable:
    """There is no writer."""
    detail = "metering is being started again; try again"
    return Unavailable(detail, retry_after_s=RETRY_AFTER_S)


def silent() -> Unavailable:
    """There is one, and it says nothing."""
    detail = "the writer does not answer just now; try again"
    return Unavailable(detail, retry_after_s=RETRY_AFTER_S)
