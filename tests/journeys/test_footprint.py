"""The third ledger from the command line, and in the open books."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.bootstrap import opened
from gateway.kernel.period import month_of
from gateway.metering.effort import Effort
from gateway.settings import read_settings
from gateway.storage.stores.effort_store import StoredEffort
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.rows import row_in
from tests.journeys.command_line import Archive, an_archive
from tests.journeys.test_cli_books import GIB, a_company

EFFORT = Effort(cpu_us=40_000_000, egress_bytes=5 * GIB, requests=8)
SERVED = {
    "commercial": Effort(egress_bytes=3 * GIB, requests=2),
    "person": Effort(egress_bytes=GIB, requests=4),
}


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """Two metered answers of eight, all of them last month."""
    archive = an_archive(tmp_path_factory.mktemp("footprint") / "my-archive")
    agreement = a_company(archive)
    with opened(read_settings(archive.config)) as house:
        now_us = house.clock.now_us()
        last_us = month_of(now_us).start_us - 3_600_000_000
        StoredEffort(house.store).add("node-1", EFFORT, at_us=last_us, by_class=SERVED)
    archive.meter(agreement, 2 * GIB, at_us=last_us)
    archive.meter(agreement, GIB, at_us=last_us)
    return archive


def last_month(archive: Archive) -> str:
    exported = archive.says("usage", "export").out.splitlines()
    return str(json.loads(exported[0])["occurred_at"])[:7]


def test_what_serving_took_is_told_with_its_model(archive: Archive) -> None:
    told = archive.tells("usage", "footprint", "--period", last_month(archive))
    rest, metered = told["groups"]
    assert (rest["group"], rest["requests"], rest["bytes"]) == (None, 6, 2 * GIB)
    assert (metered["group"], metered["requests"]) == ("whole-site", 2)
    assert metered["cpu_us"] == 10_000_000
    assert told["model"]["network_mwh_per_gb"] == 59_000
    assert "Sustainable Web Design" in told["model"]["source"]
    text = archive.says("usage", "footprint", "--period", last_month(archive)).out
    assert "not metered" in text
    assert "3.5 W per busy core" in text


def test_an_operator_is_a_group_of_its_own(archive: Archive) -> None:
    words = ("usage", "footprint", "--period", last_month(archive))
    by_operator = archive.tells(*words, "--by", "operator")["groups"]
    by_collection = archive.tells(*words)["groups"]
    assert by_operator[1]["group"].startswith("pty_")
    assert by_operator[1]["energy_mwh"] == by_collection[1]["energy_mwh"]


def test_readers_are_counted_by_class_and_what_was_not_is_said(
    archive: Archive,
) -> None:
    words = ("usage", "footprint", "--period", last_month(archive), "--by", "class")
    by_class = archive.tells(*words)["groups"]
    told = [(one["group"], one["requests"], one["bytes"]) for one in by_class]
    assert told == [
        (None, 2, GIB),
        ("commercial", 2, 3 * GIB),
        ("person", 4, GIB),
    ]
    assert [one["cpu_us"] for one in by_class] == [10_000_000, 10_000_000, 20_000_000]
    assert "not told apart" in archive.says(*words).out


def test_a_month_that_is_over_stands_in_the_open_books_once(archive: Archive) -> None:
    archive.tells("log", "publish")
    archive.tells("log", "publish")
    files = sorted((archive.folder / "books" / "rows").rglob("*.jsonl"))
    lines = [line for file in files for line in file.read_text("utf-8").splitlines()]
    rows = [row_in(line) for line in lines]
    told = [row.body for row in rows if row.kind == "footprint"]
    assert [(one["collection"], one["requests"]) for one in told] == [
        ("", 6),
        ("whole-site", 2),
    ]
    assert recomputed(lines).rows["footprint"] == 2
    place = next(n for n, row in enumerate(rows) if row.kind == "footprint")
    greener = {**rows[place].body, "energy_mwh": rows[place].body["energy_mwh"] - 1}
    lines[place] = replace(rows[place], body=greener).line
    with pytest.raises(BadRow, match="its model gives") as fault:
        recomputed(lines)
    assert fault.value.number == place


def test_own_figures_need_a_source(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "own", sells=False)
    said = "footprint: {core_w: 12.5, pue: 1.1"
    archive.config.write_text(
        archive.config.read_text("utf-8") + f"\n{said}}}\n", encoding="utf-8"
    )
    refused = archive.says("usage", "footprint")
    assert refused.status != 0
    assert "needs a `source`" in refused.err
    archive.rewrite(f"{said}}}", f"{said}, source: our own meter}}")
    model = archive.tells("usage", "footprint")["model"]
    assert (model["core_mw"], model["pue_hundredths"]) == (12_500, 110)
    assert (model["network_mwh_per_gb"], model["source"]) == (59_000, "our own meter")
