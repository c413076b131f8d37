"""A law of caps, whoever dies when: what is held and what was taken never pass one."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, TypeVar

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
)

from gateway.metering.cap import Hold
from gateway.metering.ports import Settled
from gateway.metering.quantity import Quantity
from gateway.metering.room import Granted
from gateway.metering.usage_event import UsageEvent
from gateway.storage.remote_writer import RemoteWriter
from tests.fakes.handed_in import handed_in
from tests.fakes.usage import a_usage_event
from tests.integration.ledger_family import Family

CAP = 10_000
T = TypeVar("T")
choices = st.integers(0, 1_000)


class AFamilyWithACap(RuleBasedStateMachine):
    """Three workers that come and go, and writers that take over from each other."""

    def __init__(self) -> None:
        super().__init__()
        self.runner = asyncio.Runner()
        self.folder = TemporaryDirectory()
        self.family = Family(Path(self.folder.name), cap=CAP)
        self.open: dict[int, tuple[RemoteWriter, int]] = {}
        self.taken: dict[int, int] = {}
        self.numbers = 0

    def run(self, work: Coroutine[Any, Any, T]) -> T:
        return self.runner.run(work)

    @initialize()
    def begin(self) -> None:
        self.run(self.family.start_writer())
        for _ in range(2):
            self.run(self.family.start_worker())

    @precondition(lambda self: len(self.family.workers) < 3)
    @rule()
    def a_worker_comes(self) -> None:
        self.run(self.family.start_worker())

    @precondition(lambda self: self.family.workers)
    @rule(which=choices, size=st.integers(1, 4_000))
    def asks(self, which: int, size: int) -> None:
        worker = self.family.workers[which % len(self.family.workers)]
        self.numbers += 1
        self.run(self._ask(worker, self.numbers, size))

    async def _ask(self, worker: RemoteWriter, number: int, size: int) -> None:
        hold = Hold(Quantity(1, size))
        answer = await worker.reserve(f"req_{number}", "agr_1", hold)
        fits = self.used + size <= CAP
        assert isinstance(answer, Granted) == fits  # neither too much nor too little
        if fits:
            await worker.open_intent(self.family.intent(number, worker))
            self.open[number] = (worker, size)

    @precondition(lambda self: self.open)
    @rule(which=choices, part=st.integers(0, 4_000))
    def ends(self, which: int, part: int) -> None:
        number = sorted(self.open)[which % len(self.open)]
        worker, size = self.open.pop(number)
        taken = min(part, size)
        event = a_usage_event(
            number, body_bytes=taken, occurred_us=self.family.clock.now_us()
        )
        self.run(self._settle(worker, event))
        self.taken[number] = taken

    async def _settle(self, worker: RemoteWriter, event: UsageEvent) -> None:
        def when_settled(stored: Settled) -> None:
            worker.settle(event, stored)

        assert await handed_in(worker, event, when_settled)

    @precondition(lambda self: self.family.workers)
    @rule(which=choices)
    def a_worker_is_killed(self, which: int) -> None:
        worker = self.family.workers[which % len(self.family.workers)]
        self.run(self.family.kill_worker(worker))
        self.open = {n: o for n, o in self.open.items() if o[0] is not worker}

    @rule()
    def the_writer_is_killed(self) -> None:
        self.run(self.family.kill_writer())
        self.run(self.family.start_writer())

    @property
    def used(self) -> int:
        return sum(self.taken.values()) + sum(size for _, size in self.open.values())

    @invariant()
    def never_above_the_cap(self) -> None:
        assert self.used <= CAP

    def teardown(self) -> None:
        if self.family.writing is not None:
            stored = {each.id: each.body_bytes for each in self.family.store.events()}
            assert stored == {f"req_{n}": taken for n, taken in self.taken.items()}
        self.run(self.family.end())
        self.runner.close()
        self.folder.cleanup()


TestAFamilyWithACap = AFamilyWithACap.TestCase
TestAFamilyWithACap.settings = settings(
    max_examples=25, stateful_step_count=25, deadline=None
)
