"""What a worker remembers of each thing it asked, and how a no sounds."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.kernel.errors import Conflict, GatewayError, NotFound, Unavailable
from gateway.metering.admit import CapReached
from gateway.metering.intent import Intent
from gateway.metering.ports import Settled
from gateway.metering.room import Granted
from gateway.metering.usage_event import UsageEvent
from gateway.storage.ledger_messages import Extend, Failed, Reserve

RETRY_AFTER_S = 5
ANSWER_WITHIN_S = 10.0
WAITS_MAX_S = 30.0

Figured = Callable[[], Mapping[str, Any]]


def nothing_figured() -> Mapping[str, Any]:
    """No figures."""
    return {}


class Patience:
    """How long one who asked waits: each writer has `ANSWER_WITHIN_S` of its own.

    What an earlier one did not answer is asked anew, so it is not the next one's
    silence; but nobody waits longer than `WAITS_MAX_S` from one writer to the next.
    While there is none, nothing is counted here: `RemoteWriter.patience_s` is.
    """

    __slots__ = ("_began_s", "_loop", "_timer")

    def __init__(self) -> None:
        self._loop = asyncio.get_running_loop()
        self._began_s = self._loop.time()
        self._timer: asyncio.TimerHandle | None = None

    def begin(self, over: Callable[[], object]) -> None:
        """A writer has been asked; *over* is called when it has been too long."""
        self.end()
        at_s = min(self._loop.time() + ANSWER_WITHIN_S, self._began_s + WAITS_MAX_S)
        # Only the timer knows whom it calls: no ring is left when it is cancelled.
        self._timer = self._loop.call_at(at_s, over)

    def end(self) -> None:
        """It answered, or is gone."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


@dataclass(slots=True, eq=False)
class Opening:
    """An intent that is not durable yet, as far as we know."""

    intent: Intent
    heard: Callable[[Exception | None], None]
    patience: Patience = field(default_factory=Patience)
    is_wanted: bool = True

    def wait(self) -> None:
        """A writer has been asked."""
        self.patience.begin(self._is_silent)

    def _is_silent(self) -> None:
        """It is not known whether the intent is durable; nobody waits for that."""
        self.tell(silent())

    def tell(self, fault: Exception | None) -> bool:
        """Say what came of it, once; False where nobody wants to know any more."""
        self.patience.end()
        is_wanted, self.is_wanted = self.is_wanted, False
        if is_wanted:
            self.heard(fault)
        return is_wanted


@dataclass(slots=True, eq=False)
class Settling:
    """An event that is not stored yet, as far as we know."""

    event: UsageEvent
    heard: Callable[[Settled | Exception | None], None]


@dataclass(slots=True, eq=False)
class Question:
    """A hold that is asked for."""

    said: Reserve | Extend
    future: asyncio.Future[Granted | CapReached]
    patience: Patience = field(default_factory=Patience)

    def wait(self) -> None:
        """A writer has been asked."""
        self.patience.begin(self._is_silent)

    def _is_silent(self) -> None:
        self.fail(silent())

    def answer(self, answer: Granted | CapReached) -> None:
        """The writer said so."""
        if not self.future.done():
            self.future.set_result(answer)

    def fail(self, fault: GatewayError) -> None:
        """The writer could not, or says nothing."""
        if not self.future.done():
            self.future.set_exception(fault)


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
