"""Workers and the writer are killed at random moments under load: one ledger stays.

The promises are those of `test_killed_at_load.py`. A worker takes the answers it was
carrying along; the writer takes nothing along, because workers tell the next one.
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import pytest

from gateway.metering.usage_event import Ending
from tests.figures import publish, so_many
from tests.journeys.archive import archive_running
from tests.journeys.downloading import downloading
from tests.journeys.metered import billed, house_of, invoiced_company, settled
from tests.journeys.test_killed_at_load import (
    PATIENCES,
    Aftermath,
    assert_each_version_is_priced_once,
    assert_nothing_above_what_was_received,
    assert_orphans_are_counted_and_billed_nothing,
)
from tests.journeys.workers import kill, of_role, wait_until_whole, workers_before

SEED = 20261127
KILLS = 25
KILLS_IN_SOAK = 200
LIVES_S = (0.02, 0.6)
BREATH_S = 0.02  # or four clients take the cores from whoever is to start again


def after(kills: int, folder: Path) -> Aftermath:
    """Download, kill a worker or the writer, so many times; then read the books."""
    done = 0
    chance = random.Random(SEED)
    with archive_running() as archive, workers_before(archive, folder) as gateway:
        with house_of(gateway) as house:
            company = invoiced_company(house)
        with downloading(
            gateway, company, patiences=PATIENCES, seed=SEED, breath_s=BREATH_S
        ) as clients:
            for number in so_many(kills):
                time.sleep(chance.uniform(*LIVES_S))  # the moment is the experiment
                alive = of_role(gateway, "writer" if number % 2 else "worker")
                if alive:
                    kill(chance.choice(alive))
                wait_until_whole(gateway)
                done = number + 1
        ledger = settled(gateway)
        received = [each for client in clients for each in client.received]
        # 503 says to come back; anything else that is no answer would be a fault.
        assert {each.status for each in received} <= {200, 503}
        by_id = {each.request_id: each for each in received if each.status == 200}
        bill = billed(gateway)
        return Aftermath(by_id, ledger, gateway.copyfair("audit"), bill, done)


def prove(seen: Aftermath) -> None:
    events, intents = seen.events, seen.ledger.intents
    # durable before the first byte: whoever saw a head finds an intent
    assert set(seen.received) <= set(intents)
    # once, to the byte; or an orphan
    assert seen.complete - set(events) <= seen.orphaned
    assert len(events) == len(seen.ledger.events)
    for request_id in seen.complete & set(events):
        event, got = events[request_id], seen.received[request_id]
        assert event.ending is Ending.COMPLETE
        assert event.body_bytes == event.billable_bytes == got.body_bytes
    # every intent ended in one way, and every event closed one
    assert seen.ledger.count("open") == 0
    assert {key for key, state in intents.items() if state == "settled"} == set(events)
    # a kill costs at most the answers that one worker carried
    assert len(seen.orphaned) <= (seen.kills + 1) // 2 * len(PATIENCES)
    assert len(events) > seen.kills
    assert_nothing_above_what_was_received(seen)
    assert_orphans_are_counted_and_billed_nothing(seen)
    assert_each_version_is_priced_once(seen)


@pytest.mark.timeout(900)
def test_25_kills_of_workers_and_writer_lose_and_double_nothing(
    tmp_path: Path,
) -> None:
    seen = after(KILLS, tmp_path)

    (tmp_path / "figures.json").write_text(json.dumps(seen.figures()))
    prove(seen)


@pytest.mark.soak
def test_200_kills_of_workers_and_writer_lose_and_double_nothing(
    tmp_path: Path,
) -> None:
    seen = after(KILLS_IN_SOAK, tmp_path)

    publish("worker-kills", seen.figures())
    prove(seen)
