"""Workers and their writer: what is acknowledged lasts, whoever dies in between."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.kernel.errors import Conflict, NotFound, Unavailable
from gateway.metering.admit import CapReached
from gateway.metering.cap import Hold
from gateway.metering.ports import Allowance, IntentCounts, Settled
from gateway.metering.quantity import Quantity
from gateway.storage.ledger_messages import Reserve
from tests.fakes.handed_in import handed_in
from tests.fakes.usage import a_usage_event
from tests.integration.ledger_family import WITHIN_S, Family, deafen, until

KIB = Hold(Quantity(1, 1_000))


@pytest.fixture
async def family(tmp_path: Path) -> AsyncIterator[Family]:
    family = Family(tmp_path)
    await family.start_writer()
    yield family
    await family.end()


def is_refused(answer: object) -> bool:
    return isinstance(answer, CapReached)


async def test_two_workers_write_one_ledger(family: Family) -> None:
    one, other = await family.start_worker(), await family.start_worker()
    arrived: list[Settled] = []

    await asyncio.gather(
        *(one.open_intent(family.intent(n, one)) for n in range(100)),
        *(other.open_intent(family.intent(n, other)) for n in range(100, 200)),
    )
    stored = await asyncio.gather(
        *(handed_in(one, a_usage_event(n), arrived.append) for n in range(100)),
        *(handed_in(other, a_usage_event(n)) for n in range(100, 200)),
    )

    assert all(stored)
    assert family.store.intent_counts() == IntentCounts(settled=200)
    assert len({each.seq for each in arrived}) == 100
    assert (one.under_way, one.waiting) == (0, 0)


async def test_a_no_of_the_store_reaches_who_asked(family: Family) -> None:
    worker = await family.start_worker()
    await worker.open_intent(family.intent(1, worker))

    with pytest.raises(Conflict):
        await worker.open_intent(family.intent(1, worker))
    with pytest.raises(Conflict):
        await handed_in(worker, a_usage_event(2))
    with pytest.raises(NotFound):
        await worker.reserve("req_3", "agr_of_nobody", KIB)


async def test_2000_requests_on_two_workers_get_exactly_what_the_cap_allows(
    tmp_path: Path,
) -> None:
    family = Family(tmp_path, cap=100_000)
    await family.start_writer()
    workers = [await family.start_worker(), await family.start_worker()]

    answers = await asyncio.gather(
        *(workers[n % 2].reserve(f"req_{n}", "agr_1", KIB) for n in range(2_000))
    )

    assert sum(not is_refused(answer) for answer in answers) == 100
    await family.end()


async def test_an_event_whose_answer_was_lost_is_not_doubled(family: Family) -> None:
    worker = await family.start_worker()
    await worker.open_intent(family.intent(1, worker))
    deafen(worker)  # the writer's answers stay in the line
    asked = asyncio.ensure_future(handed_in(worker, a_usage_event(1)))
    await until(lambda: family.store.last_seq() == 1)

    await family.kill_writer()
    await family.start_writer()

    assert await asked
    assert len(list(family.store.events())) == 1
    assert family.store.intent_counts() == IntentCounts(settled=1)


async def test_an_intent_whose_answer_was_lost_is_recognised(family: Family) -> None:
    worker = await family.start_worker()
    deafen(worker)
    asked = asyncio.create_task(worker.open_intent(family.intent(1, worker)))
    await until(lambda: family.store.intent_counts().open == 1)

    await family.kill_writer()
    await family.start_writer()

    await asked
    assert await handed_in(worker, a_usage_event(1))
    assert family.store.intent_counts() == IntentCounts(settled=1)


async def test_an_intent_that_was_given_up_is_released(family: Family) -> None:
    worker = await family.start_worker(patience_s=0.01)
    deafen(worker)
    asked = asyncio.create_task(worker.open_intent(family.intent(1, worker)))
    await until(lambda: family.store.intent_counts().open == 1)

    await family.kill_writer()
    with pytest.raises(Unavailable):
        await asked
    await family.start_writer()

    await until(lambda: family.store.intent_counts() == IntentCounts(released=1))


async def test_an_intent_whose_request_went_away_is_released(family: Family) -> None:
    worker = await family.start_worker()
    asked = asyncio.create_task(worker.open_intent(family.intent(1, worker)))
    await asyncio.sleep(0)
    asked.cancel()

    await until(lambda: family.store.intent_counts() == IntentCounts(released=1))
    assert worker.under_way == 0


async def test_without_a_writer_intents_are_refused_and_events_kept(
    family: Family,
) -> None:
    worker = await family.start_worker(patience_s=0.01)
    await worker.open_intent(family.intent(1, worker))
    await family.kill_writer()
    waited = asyncio.create_task(worker.open_intent(family.intent(2, worker)))

    with pytest.raises(Unavailable) as caught:
        await waited
    kept = await handed_in(worker, a_usage_event(1))
    with pytest.raises(Unavailable):
        await worker.reserve("req_3", "agr_1", KIB)

    assert caught.value.retry_after_s == 5
    assert not kept
    assert worker.waiting == 1
    await family.start_writer()
    await until(lambda: family.store.last_seq() == 1)
    assert family.store.intent_counts() == IntentCounts(settled=1)


async def test_a_dead_workers_intents_are_orphaned_and_its_money_is_free(
    tmp_path: Path,
) -> None:
    family = Family(tmp_path, cap=1_000)
    writing = await family.start_writer()
    dying, alive = await family.start_worker(), await family.start_worker()
    await dying.reserve("req_1", "agr_1", KIB)
    await dying.open_intent(family.intent(1, dying))
    before = await alive.reserve("req_2", "agr_1", KIB)

    await family.kill_worker(dying)

    await until(lambda: writing.orphaned == 1)
    assert is_refused(before)
    assert not is_refused(await alive.reserve("req_2", "agr_1", KIB))
    assert family.store.intent_counts() == IntentCounts(orphaned=1)
    await family.end()


async def test_what_a_dead_worker_said_before_is_carried_out(family: Family) -> None:
    dying = await family.start_worker()
    await dying.open_intent(family.intent(1, dying))
    deafen(dying)
    asked = asyncio.ensure_future(handed_in(dying, a_usage_event(1)))
    await asyncio.sleep(0.01)

    await family.kill_worker(dying)

    await until(lambda: family.store.intent_counts() == IntentCounts(settled=1))
    asked.cancel()


async def test_a_new_writer_knows_what_is_held(tmp_path: Path) -> None:
    family = Family(tmp_path, cap=3_000)
    await family.start_writer()
    one, other = await family.start_worker(), await family.start_worker()
    for number, worker in enumerate((one, other, one)):
        assert not is_refused(await worker.reserve(f"req_{number}", "agr_1", KIB))

    await family.kill_writer()
    await family.start_writer()

    assert is_refused(await other.reserve("req_9", "agr_1", KIB))
    one.release("req_0")
    assert not is_refused(await other.reserve("req_9", "agr_1", KIB))
    assert is_refused(await one.extend("req_2", Quantity(0, 1)))
    await family.end()


async def test_money_is_free_again_where_who_asked_went_away_with_the_answer(
    tmp_path: Path,
) -> None:
    family = Family(tmp_path, cap=1_000)
    await family.start_writer()
    worker = await family.start_worker()
    asking = asyncio.create_task(worker.reserve("req_1", "agr_1", KIB))
    asked = worker._questions
    while not any(each.future.done() for each in asked.values()):  # noqa: ASYNC110
        await asyncio.sleep(0)  # the very turn is meant
    asking.cancel()

    with pytest.raises(asyncio.CancelledError):
        await asking
    assert not is_refused(await worker.reserve("req_2", "agr_1", KIB))
    assert is_refused(await worker.reserve("req_3", "agr_1", KIB))
    await family.end()


async def test_money_that_nobody_asked_for_is_given_back(tmp_path: Path) -> None:
    family = Family(tmp_path, cap=2_000)
    writing = await family.start_writer()
    worker = await family.start_worker()
    await worker.reserve("req_1", "agr_1", KIB)
    (visitor,) = writing.door.visitors

    # As a question that was said again, to the writer after the one that answered it.
    writing.door._heard(visitor, Reserve("req_9", "agr_1", KIB))
    await until(lambda: not visitor.reserving and visitor.holds == {"req_1"})

    assert not is_refused(await worker.reserve("req_2", "agr_1", KIB))
    assert is_refused(await worker.reserve("req_3", "agr_1", KIB))
    await family.end()


async def test_money_asked_for_behind_its_own_event_is_given_back(
    tmp_path: Path,
) -> None:
    family = Family(tmp_path, cap=1_000)
    writing = await family.start_writer()
    worker = await family.start_worker()
    await worker.open_intent(family.intent(1, worker))
    (visitor,) = writing.door.visitors
    is_stored, allowance = threading.Event(), family.terms.allowance

    def allowance_once_stored(agreement_id: str, *, at_us: int) -> Allowance:
        assert is_stored.wait(WITHIN_S)
        return allowance(agreement_id, at_us=at_us)

    family.terms.allowance = allowance_once_stored  # type: ignore[method-assign]
    writing.door._heard(visitor, Reserve("req_1", "agr_1", KIB))
    assert await handed_in(worker, a_usage_event(1, body_bytes=0))
    is_stored.set()
    await until(lambda: not visitor.reserving)

    assert not is_refused(await worker.reserve("req_2", "agr_1", KIB))
    await family.end()


async def test_runs_that_died_with_their_writer_are_orphaned_by_the_next(
    family: Family,
) -> None:
    dead, alive = await family.start_worker(), await family.start_worker()
    await dead.open_intent(family.intent(1, dead))
    await alive.open_intent(family.intent(2, alive))
    await family.kill_writer()
    await family.kill_worker(dead)

    await family.start_writer()

    await until(
        lambda: family.store.intent_counts() == IntentCounts(open=1, orphaned=1)
    )
    assert await handed_in(alive, a_usage_event(2))
