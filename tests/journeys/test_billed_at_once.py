"""A month billed twice, by several processes at once, or by one that is killed.

Whoever bills it, and however often it is broken off: the same events are rated at the
same prices on the same invoices, with the same numbers.
"""

from __future__ import annotations

import random
import shutil
import signal
import time
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap.house import opened
from gateway.settings import read_settings
from gateway.storage.sqlite.engine import open_sqlite
from tests.journeys.bookkeeper import BILL, TICK_S
from tests.journeys.command_line import Archive, an_archive
from tests.journeys.nursery import Forked, Nursery, nursery
from tests.journeys.test_cli_books import GIB, a_company

COMPANIES = 8
SEED = 20261130
PATIENCE_S = 60.0
READY = b"ready"
ROWS = {
    "what was rated": "SELECT terms_id, excluded, events, units FROM rated_terms",
    "at which price": """
      SELECT agreement_id, collection, month_start_us, tariff_version, bracket,
        quantity, price_micros, net_minor FROM rated_line""",
    "who owes": """
      SELECT agreement_id, buyer_name, status, currency, seller_name FROM invoice""",
    "for what": """
      SELECT agreement_id, position, text, quantity, price_micros,
        invoice_line.net_minor
      FROM invoice_line JOIN invoice ON invoice.id = invoice_id""",
    "under which numbers": "SELECT number FROM invoice",
    "on how much paper": "SELECT count(*) AS papers FROM rendition",
    "in which books": "SELECT kind, currency FROM journal_entry",
}


@pytest.fixture(scope="module")
def metered(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """A month of usage that nobody billed yet."""
    archive = an_archive(tmp_path_factory.mktemp("metered") / "archive")
    for number in range(COMPANIES):
        archive.meter(a_company(archive, f"Company {number}"), (2 + number) * GIB)
    return archive


@pytest.fixture(scope="module")
def keeper() -> Nursery:
    return nursery("tests.journeys.bookkeeper")


@pytest.fixture(scope="module")
def once(
    metered: Archive, keeper: Nursery, tmp_path_factory: pytest.TempPathFactory
) -> dict[str, Any]:
    """The rows of a month that one process billed in peace."""
    archive = copy_of(metered, tmp_path_factory.mktemp("once"))
    ended(begun(archive, keeper))
    return rows(archive)


def copy_of(archive: Archive, folder: Path) -> Archive:
    return Archive(shutil.copytree(archive.folder, folder / "archive"))


def begun(archive: Archive, keeper: Nursery) -> Forked:
    words = [str(archive.config), BILL, "plain"]
    return keeper.start(words, archive.folder / "said")


def ended(*processes: Forked) -> None:
    for process in processes:
        process.wait(timeout=PATIENCE_S)


def is_ready(archive: Archive, number: int) -> None:
    """So many have said that they are about to bill."""
    ends = time.monotonic() + PATIENCE_S
    log = archive.folder / "said"
    while not log.exists() or log.read_bytes().count(READY) < number:
        assert time.monotonic() < ends
        time.sleep(0.001)


def rows(archive: Archive) -> dict[str, Any]:
    """What there is, but for ids and times, which differ with each run."""
    with opened(read_settings(archive.config)) as house:
        report = house.audit.run()
        assert report.ok, report.findings
        assert report.usage.unrated == 0
    with closing(open_sqlite(archive.folder / "copyfair.db")) as db:
        return {
            what: sorted(tuple(row.values()) for row in db.rows(sql))
            for what, sql in ROWS.items()
        }


def test_twice_is_as_once(
    metered: Archive, keeper: Nursery, once: dict[str, Any], tmp_path: Path
) -> None:
    archive = copy_of(metered, tmp_path)

    for _ in range(2):
        ended(begun(archive, keeper))

    assert len(once["who owes"]) == COMPANIES
    assert rows(archive) == once


@pytest.mark.parametrize("processes", [2, 5])
def test_several_at_once_are_as_one(
    metered: Archive,
    keeper: Nursery,
    once: dict[str, Any],
    tmp_path: Path,
    processes: int,
) -> None:
    archive = copy_of(metered, tmp_path)

    ended(*[begun(archive, keeper) for _ in range(processes)])

    assert rows(archive) == once
    said = (archive.folder / "said").read_text(encoding="utf-8").splitlines()
    assert said.count("rest") == processes, "\n".join(said)


def test_one_that_is_killed_again_and_again_is_as_one_that_is_not(
    metered: Archive, keeper: Nursery, once: dict[str, Any], tmp_path: Path
) -> None:
    archive, chance = copy_of(metered, tmp_path), random.Random(SEED)

    for number in range(1, 9):
        process = begun(archive, keeper)
        is_ready(archive, number)
        time.sleep(chance.uniform(0, TICK_S + 0.05))  # the moment is the experiment
        process.send_signal(signal.SIGKILL)
        ended(process)
    ended(begun(archive, keeper))

    assert rows(archive) == once
