"""The recorder: holds follow what is stored, whatever the store does."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest

from gateway.kernel.errors import Conflict, Unavailable
from gateway.metering.admit import CapReached
from gateway.metering.cap import Hold
from gateway.metering.intent import Intent
from gateway.metering.ports import Settled
from gateway.metering.quantity import Quantity
from gateway.metering.room import Granted
from gateway.metering.usage_event import UsageEvent
from gateway.services.usage_recorder import RecorderHooks, UsageRecorder
from tests.fakes.time_and_chance import HandClock
from tests.fakes.usage import a_usage_event, an_intent

STORED = Settled(1, is_repeat=False)


class FakeWriter:
    """Stores, keeps or refuses, as told."""

    def __init__(self) -> None:
        self.intents: list[Intent] = []
        self.events: list[UsageEvent] = []
        self.fault: Unavailable | Conflict | None = None
        self.keeps = False
        self.is_late = self.is_slow = False
        self.heard: Callable[[Settled | Exception | None], None] = lambda _: None

    async def open_intent(self, intent: Intent) -> None:
        if self.fault:
            raise self.fault
        if self.is_slow:
            await asyncio.Event().wait()
        self.intents.append(intent)

    def write_intent(
        self, intent: Intent, heard: Callable[[Exception | None], None]
    ) -> None:
        if self.fault and not self.is_late:
            raise self.fault
        if not self.fault:
            self.intents.append(intent)
        heard(self.fault)

    def record(
        self, event: UsageEvent, heard: Callable[[Settled | Exception | None], None]
    ) -> None:
        if self.fault and not self.is_late:
            raise self.fault
        if self.fault:
            heard(self.fault)
            return
        self.events.append(event)
        self.heard = heard
        heard(None if self.keeps else STORED)


class FakeLedger:
    """Remembers what was settled and released."""

    def __init__(self) -> None:
        self.settled: list[str] = []
        self.released: list[str] = []

    async def reserve(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | CapReached:
        return Granted(0)

    def reserve_at_once(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | None:
        return Granted(0)

    async def extend(self, request_id: str, more: Quantity) -> int | CapReached:
        return 0

    def settle(self, event: UsageEvent, settled: Settled) -> None:
        self.settled.append(event.id)

    def release(self, request_id: str) -> None:
        self.released.append(request_id)


class Recording:
    """A recorder with everything around it."""

    def __init__(self) -> None:
        self.writer = FakeWriter()
        self.caps = FakeLedger()
        self.heard: list[str] = []
        self.recorder = UsageRecorder(
            self.writer,
            clock=HandClock(),
            caps=self.caps,
            hooks=RecorderHooks(
                opened=lambda took_ns: self.heard.append(f"opened {took_ns}"),
                refused=lambda code: self.heard.append(f"refused {code}"),
                settled=lambda event, _settled: self.heard.append(f"stored {event.id}"),
                kept=lambda event: self.heard.append(f"kept {event.id}"),
                failed=lambda event, code: self.heard.append(f"failed {code}"),
            ),
        )


async def test_an_intent_and_its_event_are_written_and_settle_the_hold() -> None:
    recording = Recording()

    await recording.recorder.open(an_intent(1))
    recording.recorder.settle(a_usage_event(1))

    assert recording.writer.intents == [an_intent(1)]
    assert recording.writer.events == [a_usage_event(1)]
    assert recording.caps.settled == ["req_1"]
    assert recording.heard == ["opened 0", "stored req_1"]


async def test_an_intent_that_cannot_be_stored_gives_its_hold_back() -> None:
    recording = Recording()
    recording.writer.fault = Unavailable("the disk is full")

    with pytest.raises(Unavailable):
        await recording.recorder.open(an_intent(1))

    assert recording.caps.released == ["req_1"]
    assert recording.heard == ["refused unavailable"]


async def test_whoever_is_cancelled_while_its_intent_is_written_holds_nothing() -> None:
    recording = Recording()
    recording.writer.is_slow = True
    opening = asyncio.create_task(recording.recorder.open(an_intent(1)))
    await asyncio.sleep(0)
    assert recording.caps.released == []

    opening.cancel()

    with pytest.raises(asyncio.CancelledError):
        await opening
    assert recording.caps.released == ["req_1"]
    assert recording.heard == []


async def test_whoever_is_called_back_hears_that_an_intent_is_durable() -> None:
    recording = Recording()
    heard: list[Exception | None] = []

    recording.recorder.begin(an_intent(1), heard.append)

    assert heard == [None]
    assert recording.writer.intents == [an_intent(1)]
    assert recording.caps.released == []
    assert recording.heard == ["opened 0"]


async def test_whoever_is_called_back_hears_why_not_and_holds_nothing() -> None:
    recording = Recording()
    heard: list[Exception | None] = []
    recording.writer.fault, recording.writer.is_late = Conflict("is there"), True

    recording.recorder.begin(an_intent(1), heard.append)
    recording.writer.is_late = False
    with pytest.raises(Conflict):
        recording.recorder.begin(an_intent(2), heard.append)

    assert heard == [recording.writer.fault]
    assert recording.caps.released == ["req_1", "req_2"]
    assert recording.heard == ["refused conflict", "refused conflict"]


async def test_an_event_that_is_kept_holds_until_it_is_stored() -> None:
    recording = Recording()
    recording.writer.keeps = True

    recording.recorder.settle(a_usage_event(1))
    await asyncio.sleep(0)

    assert recording.caps.settled == recording.caps.released == []
    recording.writer.heard(STORED)
    assert recording.caps.settled == ["req_1"]
    assert recording.heard == ["kept req_1", "stored req_1"]


async def test_an_event_refused_for_good_is_told_and_gives_its_hold_back() -> None:
    recording = Recording()
    recording.writer.fault = Conflict("another payload")
    recording.writer.is_late = True

    recording.recorder.settle(a_usage_event(1))
    await asyncio.sleep(0)

    assert recording.caps.released == ["req_1"]
    assert recording.heard == ["failed conflict"]


async def test_an_event_that_nobody_takes_is_told_and_gives_its_hold_back() -> None:
    recording = Recording()
    recording.writer.fault = Unavailable("stopping")

    with pytest.raises(Unavailable):
        recording.recorder.settle(a_usage_event(1))

    assert recording.caps.released == ["req_1"]
    assert recording.heard == ["failed unavailable"]


async def test_without_caps_and_listeners_it_records_all_the_same() -> None:
    writer = FakeWriter()
    recorder = UsageRecorder(writer, clock=HandClock())

    await recorder.open(an_intent(1))
    recorder.settle(a_usage_event(1))
    writer.fault = Unavailable("gone")
    with pytest.raises(Unavailable):
        await recorder.open(an_intent(2))
    with pytest.raises(Unavailable):
        recorder.settle(a_usage_event(2))

    assert writer.events == [a_usage_event(1)]
