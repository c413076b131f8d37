"""`kill -9` while invoices are issued: no gap, no double, no number without papers."""

from __future__ import annotations

import os
import signal
import sqlite3
import time
from contextlib import closing
from pathlib import Path

from gateway.bootstrap import opened
from gateway.settings import read_settings
from tests.journeys.command_line import Archive, an_archive
from tests.journeys.nursery import nursery
from tests.journeys.test_cli_books import GIB, a_company, this_month

PATIENCE_S = 60.0


def issued(archive: Archive) -> int:
    with closing(sqlite3.connect(archive.folder / "copyfair.db", timeout=30)) as db:
        sql = "SELECT count(*) FROM invoice WHERE status = 'finalised'"
        return int(db.execute(sql).fetchone()[0])


def killed_after_the_next(archive: Archive, month: str, *, later_s: float) -> None:
    """Begin a run, and end it soon after it has issued one more."""
    before = issued(archive)
    arguments = ["invoice", "run", "--period", month, "--config", str(archive.config)]
    run = nursery().start(arguments, Path(os.devnull))
    ends = time.monotonic() + PATIENCE_S
    while run.poll() is None and time.monotonic() < ends:
        if issued(archive) > before:
            time.sleep(later_s)
            break
        time.sleep(0.002)
    run.send_signal(signal.SIGKILL)
    run.wait()


def proven(archive: Archive, invoices: int) -> None:
    report = archive.tells("audit")
    assert report["ok"], report["faults"]
    numbers = [one["number"] for one in archive.tells("invoice", "list")["invoices"]]
    assert len(set(numbers)) == invoices
    with opened(read_settings(archive.config)) as house:
        for number in numbers:
            assert number.encode() in house.invoices.papers(number).cii


def books_with(tmp_path: Path, drafts: int) -> tuple[Archive, str]:
    archive = an_archive(tmp_path / "archive")
    for number in range(drafts):
        archive.meter(a_company(archive, f"Company {number}"), 3 * GIB)
    month = this_month(archive)
    archive.tells("invoice", "run", "--period", month, "--drafts-only")
    return archive, month


def test_a_run_that_is_killed_goes_on_where_it_was(tmp_path: Path) -> None:
    archive, month = books_with(tmp_path, 4)

    for later_s in (0.0, 0.02):
        killed_after_the_next(archive, month, later_s=later_s)
    archive.tells("invoice", "run", "--period", month)

    proven(archive, 4)
