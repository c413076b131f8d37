"""A cap behind an nginx that keeps decisions: how far it is overrun, and no farther.

The price is one euro per mebibyte, and a decision sets eight aside until its line in
the log is read. Nine euros are paid ahead: that is enough for one yes and never for
a second, and three pages of three megabytes cost all of it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator
from dataclasses import dataclass
from pathlib import Path

import pytest

from gateway.kernel.money import Money
from tests.journeys.behind_front import FILES, Front, deciding_front, static_archive
from tests.journeys.metered import (
    Taker,
    house_of,
    ledger_of,
    prepaid_company,
    wait_until,
)
from tests.journeys.running import Got

pytestmark = [pytest.mark.services, pytest.mark.timeout(240)]

NINE_EUROS = Money(900, "EUR")
COVERED = 3
# `proxy_cache_valid 200 2s` of deploy/nginx/decide-cache.conf, which nginx counts in
# whole seconds: what was decided late in a second lives until the third begins.
LIFETIME_S = 3
REQUESTS_MAX = 5_000


@dataclass(frozen=True, slots=True)
class Page:
    """One answer, and when it was asked for and had, in seconds."""

    began_s: float
    done_s: float
    answer: Got


@pytest.fixture
def front(require_program: Callable[[str], Path], tmp_path: Path) -> Generator[Front]:
    nginx = require_program("nginx")
    with (
        static_archive(nginx, tmp_path) as port,
        deciding_front(
            "nginx",
            nginx,
            tmp_path / "behind",
            archive_port=port,
            exported=("--cache",),
        ) as front,
    ):
        yield front


def taken_until_refused(front: Front, taker: Taker) -> list[Page]:
    """Ask as fast as one client can; the pages that were given."""
    given: list[Page] = []
    for _ in range(REQUESTS_MAX):
        began_s = time.monotonic()
        answer = front.ask("/large", headers=taker.headers)
        if answer.status != 200:
            assert answer.status == 429
            return given
        given.append(Page(began_s, time.monotonic(), answer))
    message = "the cap was never noticed"
    raise AssertionError(message)


def test_a_cap_is_overrun_by_no_more_than_one_lifetime(front: Front) -> None:
    with house_of(front.gateway) as house:
        taker = prepaid_company(house, NINE_EUROS)

    given = taken_until_refused(front, taker)
    wait_until(lambda: len(events_of(front, taker)) >= len(given), what="all events")

    took_s = given[-1].done_s - given[0].began_s
    overrun, per_s = max(0, len(given) - COVERED), len(given) / took_s
    print(f"a cap of {COVERED}: {overrun} too many at {per_s:.0f} requests a second")  # noqa: T201
    assert len({page.answer.headers["request-id"] for page in given}) == 1
    assert given[-1].began_s < given[0].done_s + LIFETIME_S
    events = events_of(front, taker)
    assert events == [FILES["large"]] * len(given)


def events_of(front: Front, taker: Taker) -> list[int]:
    """Billable bytes of each event of a taker."""
    return [
        event.billable_bytes
        for event in ledger_of(front.gateway).events
        if event.party_id == taker.party_id
    ]
