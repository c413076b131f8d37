"""What people gave buys use at the published rate, until it is spent; then terms."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing, contextmanager
from http.client import HTTPConnection
from itertools import count
from time import monotonic
from typing import Any

import pytest

from gateway.services.agreement_book import FRESH_NS
from tests.journeys.archive import archive_running
from tests.journeys.metered import set_up
from tests.journeys.running import Gateway, eventually

pytestmark = pytest.mark.timeout(240)

PAGE = "/whole/65536/page"
PAGE_BYTES = 65_536
PER_CREDIT = 2  # pages; the rate below
SOON_S = 30.0
FRESH_S = FRESH_NS / 1_000_000_000
PAGES = count()
PAGES_MAX = 20_000


@pytest.fixture(scope="module")
def gateway(tmp_path_factory: pytest.TempPathFactory) -> Generator[Gateway]:
    folder = tmp_path_factory.mktemp("standing")
    with archive_running() as archive:
        gateway = set_up(folder, f"http://127.0.0.1:{archive}")
        pack = gateway.folder / "policies" / "packs" / "copyfair.yaml"
        text = pack.read_text(encoding="utf-8")
        assert "standing: {credit: 10 GiB}" in text
        rate = f"standing: {{credit: {PER_CREDIT * PAGE_BYTES // 1_024} KiB}}"
        pack.write_text(text.replace("standing: {credit: 10 GiB}", rate))
        for name in ("Ines", "Mapworks", "Atlas"):
            entity = "person" if name == "Ines" else "company"
            gateway.copyfair("party", "add", name, "--set", f"entity={entity}")
        gateway.start()
        try:
            yield gateway
        finally:
            gateway.stop()


def key_of(gateway: Gateway, party: str) -> str:
    issued: dict[str, str] = gateway.copyfair("key", "issue", "--party", party)
    return issued["key"]


def gave(gateway: Gateway, party: str, hours: str, *more: str) -> str:
    """Work that a maintainer accepted."""
    claim = gateway.copyfair(
        *("contribution", "claim", "--party", party, "--kind", "records"),
        *("--title", "Corrected names", "--evidence", "https://archive.example/log"),
        *("--hours", hours, *more),
    )["claim_id"]
    gateway.copyfair("contribution", "review", claim, "accept", "--by", "Ines")
    return str(claim)


class Client:
    """One connection that is kept, with a key."""

    def __init__(self, connection: HTTPConnection, key: str) -> None:
        self.connection = connection
        self.fields = {"Authorization": f"License {key}", "User-Agent": "fetcher/1"}

    def get(self, name: str = "") -> tuple[int, str]:
        """A page that nobody asked for yet: the same one again costs nothing."""
        target = f"{PAGE}-{name or next(PAGES)}"
        self.connection.request("GET", target, headers=self.fields)
        answer = self.connection.getresponse()
        answer.read()
        return answer.status, answer.getheader("Copyfair-Decision", "")


@contextmanager
def client_of(gateway: Gateway, key: str) -> Generator[Client]:
    with closing(HTTPConnection("127.0.0.1", gateway.port, timeout=60)) as connection:
        yield Client(connection, key)


def standing(gateway: Gateway, party: str) -> tuple[int, int]:
    told = gateway.copyfair("contribution", "standing", "--party", party)
    return told["standing_hundredths"], told["spent_hundredths"]


def taken(gateway: Gateway, party_id: str) -> int:
    """Events that standing paid for, as the store has them."""
    store = gateway.folder / "copyfair.db"
    with closing(sqlite3.connect(f"file:{store}?mode=ro", uri=True)) as db:
        sql = "SELECT count(*) FROM usage_fact WHERE agreement_id = ?"
        return int(db.execute(sql, (f"standing:{party_id}",)).fetchone()[0])


def facts(told: dict[str, Any]) -> dict[str, tuple[str, str]]:
    return {one["fact"]: (one["value"], one["source"]) for one in told["facts"]}


def test_standing_pays_page_by_page_and_then_terms_are_offered(
    gateway: Gateway,
) -> None:
    key = key_of(gateway, "Mapworks")
    claim = gave(gateway, "Mapworks", "2")
    party_id = gateway.copyfair("party", "show", "Mapworks")["party_id"]
    url = f"http://127.0.0.1:{gateway.port}{PAGE}"
    explained = gateway.copyfair("explain", "--url", url, "--token", key)

    with client_of(gateway, key) as client:
        status, said = client.get()
        paid = [status]
        while paid[-1] == 200:
            paid.append(client.get()[0])
            assert len(paid) < PAGES_MAX, "it is never spent"

    assert explained["rule"] == "contributors-with-standing"
    assert facts(explained)["party.standing"] == ("2", "contributions")
    assert (status, said.partition(",")[0]) == (200, "decision=allow")
    assert "contributors-with-standing" in said
    served = paid.count(200)
    assert served >= 2 * PER_CREDIT
    assert paid == [200] * served + [402]
    eventually(lambda: taken(gateway, party_id) == served, within_s=SOON_S)
    # What went beyond within a second is owed: later work makes it good.
    assert standing(gateway, "Mapworks") == (0, served * 50)
    beyond = served - 2 * PER_CREDIT
    hours = beyond // PER_CREDIT + 3
    gave(gateway, "Mapworks", str(hours))
    left = hours * 100 - beyond * 50
    assert standing(gateway, "Mapworks") == (left, served * 50)
    gateway.copyfair(
        *("contribution", "review", claim, "reverse", "--by", "Ines"),
        *("--reason", "The names were right before."),
    )
    assert standing(gateway, "Mapworks")[0] == max(0, left - 200)
    assert gateway.copyfair("audit")["ok"] is True


def test_a_gateway_that_is_killed_has_spent_what_it_wrote_down_and_no_more(
    gateway: Gateway,
) -> None:
    key = key_of(gateway, "Atlas")
    gave(gateway, "Atlas", "50")
    party_id = gateway.copyfair("party", "show", "Atlas")["party_id"]
    with client_of(gateway, key) as client:
        statuses = [client.get()[0] for _ in range(5)]
        statuses += [client.get("kept")[0] for _ in range(3)]  # spent once
    eventually(lambda: taken(gateway, party_id) == 8, within_s=SOON_S, what="events")

    gateway.kill()
    before = standing(gateway, "Atlas")
    gateway.start()
    with client_of(gateway, key) as client:
        again = client.get()[0]
    eventually(lambda: taken(gateway, party_id) == 9, within_s=SOON_S, what="events")

    assert statuses == [200] * 8
    assert before == (5_000 - 300, 300)
    assert again == 200
    assert standing(gateway, "Atlas") == (5_000 - 350, 350)


def test_what_may_be_overspent_is_what_passes_within_a_second(gateway: Gateway) -> None:
    gateway.copyfair("party", "add", "Rhône Maps", "--set", "entity=company")
    key = key_of(gateway, "Rhône Maps")
    gave(gateway, "Rhône Maps", "0.50")
    passed, moments = 0, [monotonic()]
    with client_of(gateway, key) as client:
        while client.get()[0] == 200:
            passed += 1
            moments.append(monotonic())

    # One page is paid. The rest passed before the next look at the books; events are
    # stored within a moment, which a busy machine may make a long one.
    assert passed >= 1
    eventually(
        lambda: standing(gateway, "Rhône Maps") == (0, passed * 50), within_s=SOON_S
    )
    assert moments[-1] - moments[0] < FRESH_S + SOON_S
