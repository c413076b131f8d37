"""Two workers, one standing: what was given is spent once, whoever serves."""

from __future__ import annotations

import os
import signal
from collections.abc import Generator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from tests.journeys.archive import archive_running
from tests.journeys.running import Gateway, eventually
from tests.journeys.test_standing_spent import (
    PAGE_BYTES,
    PAGES_MAX,
    PER_CREDIT,
    SOON_S,
    Client,
    client_of,
    gave,
    key_of,
    standing,
    taken,
)
from tests.journeys.workers import of_role, set_up_with, wait_until_whole

pytestmark = pytest.mark.timeout(240)


@pytest.fixture
def gateway(tmp_path: Path) -> Generator[Gateway]:
    """Two workers, and somebody who worked an hour: two pages."""
    with archive_running() as archive:
        gateway = set_up_with(tmp_path, archive, workers=2)
        pack = gateway.folder / "policies" / "packs" / "copyfair.yaml"
        text = pack.read_text(encoding="utf-8")
        rate = f"standing: {{credit: {PER_CREDIT * PAGE_BYTES // 1_024} KiB}}"
        pack.write_text(text.replace("standing: {credit: 10 GiB}", rate))
        gateway.copyfair("party", "add", "Ines", "--set", "entity=person")
        gateway.copyfair("party", "add", "Mapworks", "--set", "entity=company")
        gateway.start()
        try:
            wait_until_whole(gateway)
            yield gateway
        finally:
            gateway.stop()


@contextmanager
def client_at(gateway: Gateway, worker: int, key: str) -> Generator[Client]:
    """A connection that one worker took, and keeps."""
    others = [each for each in of_role(gateway, "worker") if each != worker]
    with client_of(gateway, key) as client:
        for each in others:
            os.kill(each, signal.SIGSTOP)
        try:
            client.connection.connect()
            client.get("hello")
        finally:
            for each in others:
                os.kill(each, signal.SIGCONT)
        yield client


def test_what_two_workers_serve_is_spent_once_and_by_both(gateway: Gateway) -> None:
    key = key_of(gateway, "Mapworks")
    party_id = gateway.copyfair("party", "show", "Mapworks")["party_id"]
    gave(gateway, "Mapworks", "10")
    with ExitStack() as held:
        both = [
            held.enter_context(client_at(gateway, worker, key))
            for worker in of_role(gateway, "worker")
        ]
        for client in both * 2:  # one page, four times, by either worker
            assert client.get("same")[0] == 200
        for client in both:
            assert client.get()[0] == 200
        # `hello` twice, `same` four times, and a page each.
        eventually(lambda: taken(gateway, party_id) == 8, within_s=SOON_S)
        pages = 1 + 1 + 2
        assert standing(gateway, "Mapworks") == (
            (10 * PER_CREDIT - pages) * 50,
            pages * 50,
        )

        served = 0
        refused = [False, False]
        while not all(refused):
            for number, client in enumerate(both):
                status = client.get()[0]
                served += status == 200
                refused[number] = status == 402
            assert served < PAGES_MAX, "it is never spent"

        spent = (pages + served) * 50
        eventually(lambda: standing(gateway, "Mapworks") == (0, spent), within_s=SOON_S)
    assert gateway.copyfair("audit")["ok"] is True
