"""Behind nginx the lane is nginx' own: it sees when a page ends, and the gateway not.

The maps of `copyfair export nginx`, its `--budgets` beside them, deploy/nginx and an
archive that makes no dear page until it is told to.
"""

from __future__ import annotations

from collections.abc import Callable, Generator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.cli.export.budgets import DEAR_AT_ONCE
from tests.journeys.archive import archive_running
from tests.journeys.behind_front import BUDGETS, Front, deciding_front
from tests.journeys.running import Gateway, Got, ask, eventually

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

MORE = 6
COLLECTION = """\
collection: slow-part
title: The slow part
steward: Test
contact: test@archive.example
upstream: archive
match: {paths: ["/kept/**", "/plain/**"]}
licence: CC-BY-4.0
extends: copyfair
costs: {"/kept/**": 20}
budgets:
  anonymous: {cost: 600000, per: 1h, burst: 600000, only_under: pressure}
"""
LEAST = 3
DEAR_COST = 20
BUDGETED = f"""\
collection: budgeted
title: With a budget at any time
steward: Test
contact: test@archive.example
upstream: archive
match: {{paths: ["/tagged/**"]}}
licence: CC-BY-4.0
protect: on
extends: copyfair
costs: {{"/tagged/*/dear*": {DEAR_COST}}}
budgets:
  anonymous: {{cost: {LEAST * DEAR_COST}, per: 24h, burst: {LEAST * DEAR_COST}}}
"""


def prepare(gateway: Gateway) -> None:
    collections = gateway.folder / "policies" / "collections"
    for name, text in (("slow-part", COLLECTION), ("budgeted", BUDGETED)):
        (collections / f"{name}.yaml").write_text(text, encoding="utf-8")


@pytest.fixture
def archive() -> Generator[int]:
    with archive_running() as port:
        yield port


@pytest.fixture
def front(
    archive: int, require_program: Callable[[str], Path], tmp_path: Path
) -> Generator[Front]:
    with deciding_front(
        "nginx",
        require_program("nginx"),
        tmp_path / "behind",
        archive_port=archive,
        exported=(BUDGETS,),
        prepare=prepare,
    ) as front:
        yield front


def test_so_many_dear_pages_at_once_and_cheap_ones_never_wait(
    front: Front, archive: int
) -> None:
    def status(number: int) -> int:
        return front.ask(f"/kept/10/{number}").status

    def waiting() -> int:
        return ask(archive, "/seen").body.decode().count(" /kept/")

    with ThreadPoolExecutor(DEAR_AT_ONCE + MORE) as pool:
        ask(archive, "/gate/shut")
        inside = [pool.submit(status, number) for number in range(DEAR_AT_ONCE)]
        eventually(lambda: waiting() == DEAR_AT_ONCE, within_s=30)

        assert {status(number) for number in range(100, 100 + MORE)} == {429}
        assert front.ask("/plain/10/page").status == 200
        ask(archive, "/gate/open")
        assert {each.result() for each in inside} == {200}
    # The places are free again.
    assert status(200) == 200

    # A budget of the gateway's own is drawn on at /decide, by whoever asks.
    def dear(source: str, number: int) -> Got:
        return front.ask(f"/tagged/10/dear-{number}", source=source)

    *given, refused = [dear("127.0.8.1", number) for number in range(LEAST + 1)]
    assert [each.status for each in given] == [200] * LEAST
    assert refused.status == 429
    assert int(refused.headers["retry-after"]) > 0
    assert "budget anonymous" in refused.body.decode()
    # Cheap pages, and whoever reads at another address, go on.
    assert front.ask("/tagged/10/cheap", source="127.0.8.1").status == 200
    assert dear("127.0.8.2", 1).status == 200
