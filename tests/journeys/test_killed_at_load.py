"""The gateway is killed at random moments under load: what may an invoice say?

What is promised, and nothing more: an intent is durable before the first byte of
its answer leaves, and one event closes it after the last. So a client that got an
answer completely finds it in the ledger once, to the byte; or the gateway died in
the instant between the two, then the intent is orphaned and billed nothing. An
answer that a kill broke off is never in the ledger.
"""

from __future__ import annotations

import json
import random
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from gateway.metering.usage_event import Ending, UsageEvent
from tests.figures import publish, so_many
from tests.journeys.archive import archive_running
from tests.journeys.downloading import Received, downloading
from tests.journeys.metered import (
    Ledger,
    billed,
    house_of,
    invoiced_company,
    metering_before,
    settled,
)

SEED = 20261123
KILLS = 25
KILLS_IN_SOAK = 1_000
LIVES_S = (0.02, 0.6)
PATIENCES = (0, 0, 0, 0, 5)  # four clients that stay, one that often leaves


@dataclass(frozen=True)
class Aftermath:
    """What clients counted, and what the books say."""

    received: dict[str, Received]
    ledger: Ledger
    audit: dict[str, Any]
    bill: dict[str, Any]
    kills: int

    @property
    def complete(self) -> set[str]:
        return {each.request_id for each in self.received.values() if each.is_complete}

    @property
    def orphaned(self) -> set[str]:
        intents = self.ledger.intents.items()
        return {request_id for request_id, state in intents if state == "orphaned"}

    @property
    def events(self) -> dict[str, UsageEvent]:
        return {event.id: event for event in self.ledger.events}

    def figures(self) -> dict[str, int]:
        return {
            "kills": self.kills,
            "answers": len(self.received),
            "complete": len(self.complete),
            "events": len(self.ledger.events),
            "lost": len(self.complete - set(self.events) - self.orphaned),
            "doubled": len(self.ledger.events) - len(self.events),
            "orphaned": len(self.orphaned),
            "complete but orphaned": len(self.complete & self.orphaned),
            "bytes": sum(event.body_bytes for event in self.ledger.events),
        }


def after(kills: int, folder: Path) -> Aftermath:
    """Download, kill, start again, so many times; then read the books."""
    done = 0
    chance = random.Random(SEED)
    with (
        archive_running() as archive,
        metering_before(f"http://127.0.0.1:{archive}", folder) as gateway,
    ):
        with house_of(gateway) as house:
            company = invoiced_company(house)
        with downloading(gateway, company, patiences=PATIENCES, seed=SEED) as clients:
            for number in so_many(kills):
                time.sleep(chance.uniform(*LIVES_S))  # the moment is the experiment
                gateway.kill()
                gateway.start()
                done = number + 1
        ledger = settled(gateway)
        received = [each for client in clients for each in client.received]
        assert all(each.status == 200 for each in received)
        assert len({each.request_id for each in received}) == len(received)
        by_id = {each.request_id: each for each in received}
        bill = billed(gateway)
        return Aftermath(by_id, ledger, gateway.copyfair("audit"), bill, done)


def assert_nothing_lost_or_doubled(seen: Aftermath) -> None:
    events, intents = seen.events, seen.ledger.intents
    # durable before the first byte: whoever saw a head finds an intent
    assert set(seen.received) <= set(intents)
    # once, to the byte; or an orphan
    assert seen.complete - set(events) <= seen.orphaned
    assert max(Counter(event.id for event in seen.ledger.events).values()) == 1
    for request_id in seen.complete & set(events):
        event, got = events[request_id], seen.received[request_id]
        assert event.ending is Ending.COMPLETE
        assert event.body_bytes == event.billable_bytes == got.body_bytes
    # every intent ended in one way, and every event closed one
    assert seen.ledger.count("open") == 0
    assert {key for key, state in intents.items() if state == "settled"} == set(events)
    # a kill costs at most the answers that were on their way
    assert len(seen.orphaned) <= seen.kills * len(PATIENCES)
    assert len(events) > 4 * seen.kills


def assert_nothing_above_what_was_received(seen: Aftermath) -> None:
    for event in seen.ledger.events:
        got = seen.received.get(event.id)
        if got is None:
            # The client saw no head: it can only have been cut or left at once.
            assert event.billable_bytes == 0
            continue
        assert event.billable_bytes <= got.size
        if not got.is_complete:
            # Left by the client on purpose: a kill writes no event.
            assert event.ending in {Ending.ABORTED, Ending.COMPLETE}


def assert_orphans_are_counted_and_billed_nothing(seen: Aftermath) -> None:
    (invoice,) = seen.bill["invoices"]
    priced = [event for event in seen.ledger.events if event.is_priced]
    assert seen.audit["ok"]
    assert seen.audit["duplicates"] == 0
    assert seen.audit["intents_orphaned"] == len(seen.orphaned)
    assert seen.bill["rated"] + sum(seen.bill["excluded"].values()) == len(seen.events)
    assert seen.bill["unratable"] == {}
    assert sum(line["quantity"] for line in invoice["lines"]) == sum(
        event.billable_bytes for event in priced
    )


def assert_each_version_is_priced_once(seen: Aftermath) -> None:
    """The same object with the same ETag costs once in 30 days, kills or not."""
    priced = Counter(
        event.object_sha256
        for event in seen.ledger.events
        if event.object_sha256 and event.ending is Ending.COMPLETE and event.is_priced
    )
    assert max(priced.values()) == 1


def prove(seen: Aftermath) -> None:
    assert_nothing_lost_or_doubled(seen)
    assert_nothing_above_what_was_received(seen)
    assert_orphans_are_counted_and_billed_nothing(seen)
    assert_each_version_is_priced_once(seen)


@pytest.mark.timeout(300)
def test_25_kills_under_load_lose_and_double_nothing(tmp_path: Path) -> None:
    seen = after(KILLS, tmp_path)

    (tmp_path / "figures.json").write_text(json.dumps(seen.figures()))
    prove(seen)


@pytest.mark.soak
def test_1000_kills_under_load_lose_and_double_nothing(tmp_path: Path) -> None:
    seen = after(KILLS_IN_SOAK, tmp_path)

    publish("kills", seen.figures())
    prove(seen)
