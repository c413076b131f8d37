"""A worker as the writer sees it, for as long as its line lasts."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.kernel.errors import GatewayError, Unavailable
from gateway.kernel.hooks import unheard
from gateway.storage.ledger_line import Line
from gateway.storage.ledger_messages import Failed, FromWorker, Message


@dataclass(slots=True, eq=False)
class Visitor:
    """A worker on its line.

    Attributes:
        boot_id: Which run; empty until it says hello.
        process_id: As the operating system counts.
        figures: What it said last about how it does.
        holds: Requests it has set money aside for.
        line: Where it is heard; None once it is gone.
        durable: Requests whose intent an earlier writer stored.
        is_known: Set once that is known.
        has_figured: Set when it has said how it does.
        reserving: Requests that are being given money.
        abandoned: Of these, those it no longer wants it for.
        jobs: What is being carried out for it by tasks.
        begun: How much the store has been asked to keep for it and has not answered.
    """

    boot_id: str = ""
    process_id: int = 0
    figures: Mapping[str, Any] = field(default_factory=dict)
    holds: set[str] = field(default_factory=set)
    line: Line[FromWorker] | None = None
    durable: frozenset[str] = frozenset()
    is_known: asyncio.Event = field(default_factory=asyncio.Event)
    has_figured: asyncio.Event = field(default_factory=asyncio.Event)
    reserving: set[str] = field(default_factory=set)
    abandoned: set[str] = field(default_factory=set)
    jobs: set[asyncio.Task[None]] = field(default_factory=set)
    begun: int = 0
    _is_over: asyncio.Event = field(default_factory=asyncio.Event)

    def ended(self) -> None:
        """The store has answered once more."""
        self.begun -= 1
        if not self.begun:
            self._is_over.set()

    async def all_ended(self) -> None:
        """Wait until the store has answered all that was asked."""
        while self.begun:
            self._is_over.clear()
            await self._is_over.wait()

    def say(self, message: Message) -> None:
        """Answer, if anybody is there."""
        if self.line is not None:
            self.line.say(message)


@dataclass(frozen=True, slots=True)
class DoorHooks:
    """What the door tells whoever counts.

    Attributes:
        orphaned: So many intents of a dead worker were orphaned.
        came: A worker's run and process.
        left: A worker that is gone, with its last figures.
        stuck: The store could not be asked about runs; it is asked again.
    """

    orphaned: Callable[[int], None] = unheard
    came: Callable[[str, int], None] = unheard
    left: Callable[[Visitor], None] = unheard
    stuck: Callable[[str], None] = unheard


def failed(request_id: str, asked: int, fault: GatewayError) -> Failed:
    """Why something cannot be done, as a message."""
    again_s = fault.retry_after_s if isinstance(fault, Unavailable) else 0
    return Failed(request_id, asked, fault.code, fault.detail, again_s)
