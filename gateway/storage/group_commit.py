"""Group commit: one thread writes intents and events, many requests per commit.

While one commit is on its way to the disk the next batch gathers, and starts the
moment the disk is done: alone a request waits for one commit, in a crowd a thousand
share one. A batch is due when a turn of the event loop hands nothing more in: as long
as the loop is busy with requests that are about to join, the disk would only be asked
more often. For an event nobody waits: it goes along with the next intent.

A batch is one transaction. If an item in it is refused, the batch is tried again
item by item, so that it fails alone. If the store cannot write at all, intents are
refused (nothing may pass unmetered) and events are kept, and tried again with
growing pauses until they are stored or the gateway stops.
"""

from __future__ import annotations

import asyncio
import threading
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

from gateway.kernel.clock import NS_PER_S, Clock
from gateway.kernel.errors import Unavailable
from gateway.kernel.hooks import unheard
from gateway.metering.intent import Intent
from gateway.metering.ports import MeteringStore, Settled
from gateway.metering.usage_event import UsageEvent
from gateway.storage.database import Database
from gateway.storage.heard import OpenedFuture

QUEUE_MAX = 20_000
BATCH_MAX = 2_000
# So many need not wait for more, nor anybody for so many turns of the loop.
CROWD = 64
TURNS_MAX = 8
# Nobody waits for an event: it goes along with the next intent, or after so long.
EVENTS_WAIT_S = 0.01
KEPT_MAX = 100_000
PAUSE_FIRST_S = 0.05
PAUSE_MAX_S = 5.0
CLOSING_S = 5


@dataclass(slots=True, eq=False)
class Opening:
    """An intent on its way to the disk."""

    intent: Intent
    loop: asyncio.AbstractEventLoop
    heard: Callable[[Exception | None], None]
    is_wanted: bool = True


@dataclass(slots=True, eq=False)
class Settling:
    """A usage event on its way to the disk."""

    event: UsageEvent
    loop: asyncio.AbstractEventLoop
    heard: Callable[[Settled | Exception | None], None]


Job = Opening | Settling
Outcome = Settled | Exception | None


@dataclass(frozen=True, slots=True)
class WriterHooks:
    """What the writer tells whoever counts; called on its own thread.

    Attributes:
        committed: Jobs in a batch, and how long it took, nanoseconds.
        kept: How many events wait for the store, and why; 0 when all are stored.
        refused: Why the store refused one item for good.
        lost: How many events were given up, at the end; their intents stay open
            and are orphaned at the next start.
    """

    committed: Callable[[int, int], None] = unheard
    kept: Callable[[int, str], None] = unheard
    refused: Callable[[str], None] = unheard
    lost: Callable[[int], None] = unheard


@dataclass(slots=True)
class Batch:
    """Jobs of one transaction, in the order they came."""

    openings: list[Opening] = field(default_factory=list)
    settlings: list[Settling] = field(default_factory=list)

    def __len__(self) -> int:
        return len(self.openings) + len(self.settlings)


class GroupCommit:
    """The one writer of intents and events; implements metering's `EventWriter`.

    Attributes:
        under_way: Metered responses of this process that have begun and not ended.
    """

    def __init__(
        self,
        db: Database,
        store: MeteringStore,
        *,
        clock: Clock,
        hooks: WriterHooks | None = None,
        queue_max: int = QUEUE_MAX,
    ) -> None:
        self._db = db
        self._store = store
        self._clock = clock
        self._hooks = hooks or WriterHooks()
        self._queue_max = queue_max
        self._jobs: deque[Job] = deque()
        self._kept: deque[Settling] = deque()
        self._pause_s = 0.0
        self._retry_at_ns = 0
        self._is_behind = False
        self._is_closing = self._is_due = False
        self._patient: asyncio.AbstractEventLoop | None = None
        self._turns = self._seen = 0
        self._close_by_ns = 0
        self.under_way = 0
        # Rung when something is due: a lock that is let go of wakes whoever wants it,
        # once, and nobody has to hold another one for that.
        self._bell = threading.Lock()
        self._bell.acquire()
        self._door = threading.Lock()
        self._thread = threading.Thread(
            target=self._write, name="group-commit", daemon=True
        )
        self._thread.start()

    async def open_intent(self, intent: Intent) -> None:
        """Write an intent down; durable on return.

        Raises:
            Conflict: the request has an intent already.
            Unavailable: the store cannot write now, or too many wait.
        """
        heard = OpenedFuture()
        opening = self._opened(intent, heard)
        try:
            await heard.future
        except asyncio.CancelledError:
            opening.is_wanted = False
            raise

    def write_intent(
        self, intent: Intent, heard: Callable[[Exception | None], None]
    ) -> None:
        """As `open_intent`; see `metering.ports.EventWriter.write_intent`.

        Raises:
            Unavailable: too many wait, or the gateway has stopped.
        """
        self._opened(intent, heard)

    def _opened(
        self, intent: Intent, heard: Callable[[Exception | None], None]
    ) -> Opening:
        opening = Opening(intent, asyncio.get_running_loop(), heard)
        self._submit(opening, places=self._queue_max)
        return opening

    @property
    def waiting(self) -> int:
        """How many intents and events wait for their commit."""
        return len(self._jobs) + len(self._kept)

    def record(
        self, event: UsageEvent, heard: Callable[[Settled | Exception | None], None]
    ) -> None:
        """Hand an event in; see `metering.ports.EventWriter.record`.

        Raises:
            Unavailable: far too many wait already, or the gateway has stopped.
        """
        self.under_way = max(0, self.under_way - 1)
        job = Settling(event, asyncio.get_running_loop(), heard)
        self._submit(job, places=self._queue_max + KEPT_MAX)

    async def close(self) -> None:
        """Write what is queued, try what is kept for `CLOSING_S`, then stop."""
        with self._door:
            self._retry_at_ns, self._pause_s = 0, 0.0
            self._close_by_ns = self._clock.ticks_ns() + CLOSING_S * NS_PER_S
            self._is_closing = True
        self._ring()
        await asyncio.to_thread(self._thread.join)

    def _submit(self, job: Job, *, places: int) -> None:
        with self._door:
            if self._is_closing:
                raise Unavailable("the gateway is stopping; try again")
            if len(self._jobs) + len(self._kept) >= places:
                detail = "the store is behind with metering; try again"
                raise Unavailable(detail)
            self._jobs.append(job)
        if self._turns or self._is_due:
            return  # what is due is taken with everything that came before
        if isinstance(job, Settling) and len(self._jobs) < CROWD:
            if self._patient is not job.loop:
                self._patient = job.loop
                job.loop.call_later(EVENTS_WAIT_S, self._waited)
            return
        self._turns, self._seen = 1, 0
        job.loop.call_soon(self._turned, job.loop)

    def _waited(self) -> None:
        """No intent has taken the events along."""
        self._patient = None
        if self._jobs and not (self._turns or self._is_due):
            self._is_due = True
            self._ring()

    def _turned(self, loop: asyncio.AbstractEventLoop) -> None:
        """A turn of the loop is over: are those here who are about to come?"""
        waiting = len(self._jobs)
        if self._seen < waiting < CROWD and self._turns < TURNS_MAX:
            self._turns += 1
            self._seen = waiting
            loop.call_soon(self._turned, loop)
            return
        self._turns = 0
        if not self._is_due:
            self._is_due = True
            self._ring()

    def _ring(self) -> None:
        with suppress(RuntimeError):  # it has been rung, and not been heard yet
            self._bell.release()

    # From here on everything runs on the writer's own thread.

    def _write(self) -> None:
        while (batch := self._gathered()) is not None:
            began_ns = self._clock.ticks_ns()
            try:
                outcomes = self._stored(batch)
            except Exception as fault:  # noqa: BLE001 - the writer outlives every fault
                self._put_off(batch, fault)
            else:
                self._relax()
                self._hooks.committed(len(batch), self._clock.ticks_ns() - began_ns)
                self._deliver(outcomes)
        if self._kept:
            self._hooks.lost(len(self._kept))

    def _gathered(self) -> Batch | None:
        """The next batch; None when the gateway stops and nothing is left to try."""
        while not self._is_gathered() and (pause_s := self._until_retry_s()) != 0:
            if self._is_closing and not self._jobs and not self._has_time():
                return None
            if self._is_due:
                # All was taken out of line; whoever comes from now on rings again.
                self._is_due = False
                if self._jobs:
                    self._is_due = True
                continue
            self._bell.acquire(timeout=-1 if pause_s is None else pause_s)
        self._bell.acquire(blocking=False)
        self._is_due = False
        batch = Batch()
        if self._until_retry_s() == 0:
            batch.settlings.extend(self._kept)
            self._kept.clear()
        while self._jobs and len(batch) < BATCH_MAX:
            job = self._jobs.popleft()
            if isinstance(job, Opening):
                batch.openings.append(job)
            else:
                batch.settlings.append(job)
        if self._jobs:
            self._is_due = True
        return batch

    def _is_gathered(self) -> bool:
        return bool(self._jobs) and (self._is_due or self._is_closing)

    def _until_retry_s(self) -> float | None:
        """Seconds until kept events are due again; None if there are none."""
        if not self._kept:
            return None
        left_ns = self._retry_at_ns - self._clock.ticks_ns()
        return max(0, left_ns) / NS_PER_S

    def _has_time(self) -> bool:
        """While stopping: is there something kept, and time to try it again?"""
        return bool(self._kept) and self._clock.ticks_ns() < self._close_by_ns

    def _stored(self, batch: Batch) -> list[tuple[Job, Outcome]]:
        try:
            with self._db.transaction():
                return self._together(batch)
        except Unavailable:
            raise
        except Exception:  # noqa: BLE001 - one of them is at fault; find out which
            return self._one_by_one(batch)

    def _together(self, batch: Batch) -> list[tuple[Job, Outcome]]:
        outcomes: list[tuple[Job, Outcome]] = []
        if batch.openings:
            self._store.open_intents([job.intent for job in batch.openings])
            outcomes += [(job, None) for job in batch.openings]
        if batch.settlings:
            events = [job.event for job in batch.settlings]
            now_us = self._clock.now_us()
            settled = self._store.settle_events(events, recorded_us=now_us)
            outcomes += zip(batch.settlings, settled, strict=True)
        return outcomes

    def _one_by_one(self, batch: Batch) -> list[tuple[Job, Outcome]]:
        """Each in a savepoint of its own, all in one commit."""
        outcomes: list[tuple[Job, Outcome]] = []
        alone = [Batch(openings=[job]) for job in batch.openings]
        alone += [Batch(settlings=[job]) for job in batch.settlings]
        with self._db.transaction():
            for each in alone:
                try:
                    outcomes += self._together(each)
                except Unavailable:
                    raise
                except Exception as fault:  # noqa: BLE001 - it fails alone
                    job = (each.openings or each.settlings)[0]
                    outcomes.append((job, fault))
                    self._hooks.refused(str(fault))
        return outcomes

    def _put_off(self, batch: Batch, fault: Exception) -> None:
        refusal = fault
        if not isinstance(fault, Unavailable):
            refusal = Unavailable("the store cannot record what passes; try again")
        self._kept.extend(batch.settlings)
        self._is_behind = True
        self._pause_s = min(max(PAUSE_FIRST_S, self._pause_s * 2), PAUSE_MAX_S)
        self._retry_at_ns = self._clock.ticks_ns() + int(self._pause_s * NS_PER_S)
        self._hooks.kept(len(self._kept), str(fault))
        kept: list[tuple[Job, Outcome]] = [(job, None) for job in batch.settlings]
        refused = (*batch.openings, *self._taken_out_of_line())
        self._deliver([*((job, refusal) for job in refused), *kept])

    def _taken_out_of_line(self) -> list[Opening]:
        """Intents behind a failure would only wait for the next one."""
        with self._door:
            waiting = [job for job in self._jobs if isinstance(job, Opening)]
            self._jobs = deque(job for job in self._jobs if isinstance(job, Settling))
        return waiting

    def _relax(self) -> None:
        """The store writes again: what was kept is due at once."""
        if self._kept:
            self._retry_at_ns = 0
        elif self._is_behind:
            self._is_behind, self._pause_s = False, 0.0
            self._hooks.kept(0, "")

    def _deliver(self, outcomes: Sequence[tuple[Job, Outcome]]) -> None:
        loops: dict[asyncio.AbstractEventLoop, list[tuple[Job, Outcome]]] = {}
        for job, outcome in outcomes:
            loops.setdefault(job.loop, []).append((job, outcome))
        for loop, delivery in loops.items():
            with suppress(RuntimeError):  # that loop has ended; nobody waits there
                loop.call_soon_threadsafe(self._arrive, delivery)

    def _arrive(self, delivery: Sequence[tuple[Job, Outcome]]) -> None:
        """Hand outcomes over, on the event loop of those who wait."""
        for job, outcome in delivery:
            if isinstance(job, Opening) and outcome is None and job.is_wanted:
                self.under_way += 1
            try:
                job.heard(outcome)  # type: ignore[arg-type]  # an intent is not settled
            except Exception as fault:  # noqa: BLE001 it keeps nobody else from hearing
                said = {"message": "a listener failed", "exception": fault}
                job.loop.call_exception_handler(said)
