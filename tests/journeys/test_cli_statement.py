"""A customer and its statement: from the command line to a stranger's proof."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from gateway.bootstrap import SystemClock
from gateway.kernel.clock import from_us
from gateway.kernel.period import month_of
from tests.journeys.command_line import Archive, an_archive, copyfair
from tests.journeys.test_cli_books import GIB, a_company

LAST_MONTH_US = month_of(month_of(SystemClock().now_us()).start_us - 1).start_us
LAST_MONTH = f"{from_us(LAST_MONTH_US):%Y-%m}"
MONEY = ("EUR", "price", "invoice", "paid", "minor", "currency")


@pytest.fixture(scope="module")
def archive(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive that sells nothing, from which a company took 3 GiB last month."""
    made = an_archive(tmp_path_factory.mktemp("stated") / "archive", sells=False)
    made.meter(a_company(made), 3 * GIB, at_us=LAST_MONTH_US + 1)
    made.tells("statement", "issue", "--period", LAST_MONTH)
    return made


def the_statement(archive: Archive) -> dict[str, Any]:
    found: dict[str, Any] = archive.tells("statement", "list")["statements"][0]
    return found


def file_of(archive: Archive) -> Path:
    out = archive.folder.parent / "statement.jws"
    name = the_statement(archive)["statement_id"]
    assert archive.says("statement", "show", name, "--out", out).status == 0
    return out


def keys_of(archive: Archive) -> Path:
    keys = archive.folder.parent / "keys.json"
    keys.write_text(archive.says("key", "ring", "list", "--json").out)
    return keys


def test_issued_again_it_is_the_same(archive: Archive) -> None:
    before = file_of(archive).read_bytes()

    again = archive.tells("statement", "issue", "--period", LAST_MONTH)

    assert [one["new"] for one in again["statements"]] == [False]
    assert file_of(archive).read_bytes() == before
    name = the_statement(archive)["statement_id"]
    assert archive.says("statement", "show", name, "--jws").out.encode() == before


def test_a_stranger_with_file_and_key_reads_what_was_signed(archive: Archive) -> None:
    said = copyfair(
        *("statement", "verify", file_of(archive), "--key", keys_of(archive)), "--json"
    )

    assert said.status == 0
    told = said.json["statement"]
    assert told["usage"]["bytes"] == 3 * GIB
    assert told["by"][0]["licence"] == "LicenseRef-unstated"
    assert told["content_summary"]["sources"][0]["domains"] == ["archive.example"]
    shown = archive.tells("statement", "show", the_statement(archive)["statement_id"])
    assert shown["statement"] == told


def test_people_read_it_too(archive: Archive) -> None:
    words = ("statement", "verify", file_of(archive), "--key", keys_of(archive))

    said = copyfair(*words)

    assert said.status == 0
    assert "3221225472 bytes" in said.out
    assert "No warranty of title is given beyond the stated basis." in said.out
    assert "not the same as nothing taken" in said.out


def test_nothing_on_it_is_about_money_where_nothing_is_sold(archive: Archive) -> None:
    name = the_statement(archive)["statement_id"]
    screens = [
        archive.says("statement", "list").out,
        archive.says("statement", "show", name).out,
        json.dumps(archive.tells("statement", "show", name)["statement"]),
    ]

    assert not [word for word in MONEY for text in screens if word in text]


def test_one_letter_changed_is_found_out(archive: Archive, tmp_path: Path) -> None:
    head, body, signature = file_of(archive).read_text().split(".")
    changed = tmp_path / "changed.jws"
    changed.write_text(
        f"{head}.{body[:40]}{'A' if body[40] != 'A' else 'B'}{body[41:]}.{signature}"
    )

    said = copyfair("statement", "verify", changed, "--key", keys_of(archive), "--json")

    assert (said.status, said.json["reason"]) == (1, "content-changed")
    assert said.json["statement"] is None


def test_another_key_proves_nothing(archive: Archive, tmp_path: Path) -> None:
    other = tmp_path / "other.json"
    other.write_text('{"keys": []}')

    said = copyfair("statement", "verify", file_of(archive), "--key", other)

    assert said.status == 1
    assert "another key than those given" in said.err


def test_the_month_that_runs_has_none_yet(archive: Archive) -> None:
    now = f"{from_us(SystemClock().now_us()):%Y-%m}"

    said = archive.says("statement", "issue", "--period", now)

    assert said.status == 2
    assert "is not over" in said.err


def test_the_audit_knows_it(archive: Archive) -> None:
    audit = archive.tells("audit")

    assert audit["ok"]
    assert audit["statements_unchanged"] is audit["wire_matches_usage"] is True


def test_after_the_key_was_retired_a_kept_public_half_still_proves_it(
    archive: Archive,
) -> None:
    keys = keys_of(archive)
    (old,) = [one["kid"] for one in json.loads(keys.read_text())["jwks"]["keys"]]
    name = the_statement(archive)["statement_id"]
    file = file_of(archive)
    archive.tells("key", "ring", "rotate")
    assert archive.says("statement", "show", name).status == 0

    archive.tells("key", "ring", "retire", old)

    assert archive.says("statement", "show", name).status == 2
    assert copyfair("statement", "verify", file, "--key", keys).status == 0
