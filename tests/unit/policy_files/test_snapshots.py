"""policy_files.snapshots: whole or not at all, and never what goes too far."""

import json
from datetime import date
from pathlib import Path

import pytest

from gateway.kernel.errors import Conflict, InvalidValue
from gateway.policy_files.faults import Faults
from gateway.policy_files.snapshots import (
    Snapshot,
    current,
    laid_in,
    listed,
    put_in_force,
    snapshot_in,
    written_snapshot,
)

AGENT = """\
agent: newbot
operator: newcorp
kind: ai-crawler
tokens: [NewBot]
source: https://newcorp.example/bot
"""
RANGES = """\
ranges: newcorp
operator: newcorp
taken_on: "{day}"
whole: yes
source: https://newcorp.example/ranges.json
prefixes: ["{prefix}"]
"""
DAY = date(2026, 11, 27)
TODAY = date(2026, 11, 28)


def a_text(prefix: str = "20.1.2.0/24", day: str = "2026-11-27") -> str:
    files = {
        "agents/newbot.yaml": AGENT,
        f"ranges/newcorp.{day}.yaml": RANGES.format(prefix=prefix, day=day),
    }
    return written_snapshot(Snapshot(date.fromisoformat(day), files))


def test_a_snapshot_is_read_as_it_was_written() -> None:
    snapshot = snapshot_in(a_text())

    assert snapshot.taken_on == DAY
    assert written_snapshot(snapshot) == a_text()


@pytest.mark.parametrize(
    "prefixes",
    [
        [f"{first}.0.0.0/8" for first in range(11, 100)],
        [f"{11 + first // 4}.{first % 4 * 64}.0.0/10" for first in range(20)],
        [f"2a{number:02x}::/19" for number in (0x20, 0x40, 0x60, 0x80, 0xA0)],
    ],
    ids=["eights", "tens", "six"],
)
def test_ranges_that_are_much_of_the_internet_together_are_refused(
    prefixes: list[str],
) -> None:
    with pytest.raises(Faults, match="together"):
        snapshot_in(a_text('", "'.join(prefixes)))

    assert snapshot_in(a_text('", "'.join(prefixes[:4]))).files


@pytest.mark.parametrize("prefix", ["8.0.0.0/8", "20.1.2.3/32", "2a00::/19"])
def test_a_range_that_one_operator_may_have_is_taken(prefix: str) -> None:
    assert snapshot_in(a_text(prefix)).files


@pytest.mark.parametrize(
    "prefix",
    [
        "0.0.0.0/0",
        "::/0",
        "64.0.0.0/7",
        "2a00::/18",
        "10.0.0.0/8",
        "127.0.0.0/8",
        "169.254.0.0/16",
        "fd00::/32",
        "20.1.2.3/24",
        "anything",
        "",
    ],
)
def test_a_range_that_nobody_has_is_refused(prefix: str) -> None:
    with pytest.raises(Faults):
        snapshot_in(a_text(prefix))


@pytest.mark.parametrize(
    "changed",
    [
        {"schema": "copyfair/data/2"},
        {"taken_on": "yesterday"},
        {"taken_on": 5},
        {"files": {}},
        {"files": []},
        {"files": {"agents/../../keys/x.yaml": AGENT}},
        {"files": {"packs/copyfair.yaml": AGENT}},
        {"files": {"agents/newbot.yaml": 5}},
    ],
)
def test_what_is_no_snapshot_is_refused(changed: dict[str, object]) -> None:
    text = json.dumps({**json.loads(a_text()), **changed})

    with pytest.raises(InvalidValue):
        snapshot_in(text)


@pytest.mark.parametrize("text", ["", "null", "[]", "[" * 100_000, "{}"])
def test_what_is_no_document_is_refused(text: str) -> None:
    with pytest.raises(InvalidValue):
        snapshot_in(text)


def test_a_faulty_agent_is_refused_with_its_place() -> None:
    files = {"agents/newbot.yaml": AGENT.replace("kind: ai-crawler", "kind: devil")}

    with pytest.raises(Faults) as caught:
        snapshot_in(written_snapshot(Snapshot(DAY, files)))

    assert "agents/newbot.yaml:3" in str(caught.value)


def test_one_is_in_force_and_the_lists_of_before_come_along(tmp_path: Path) -> None:
    assert current(tmp_path) is None
    first = laid_in(tmp_path, snapshot_in(a_text()), today=TODAY)
    assert current(tmp_path) is None
    put_in_force(tmp_path, first)
    second = laid_in(tmp_path, snapshot_in(a_text(day="2026-11-28")), today=TODAY)

    assert current(tmp_path) == first
    put_in_force(tmp_path, second)

    assert current(tmp_path) == second
    assert listed(tmp_path) == [first, second]
    assert sorted(path.name for path in (second / "ranges").iterdir()) == [
        "newcorp.2026-11-27.yaml",
        "newcorp.2026-11-28.yaml",
    ]


def test_an_older_one_is_refused_and_the_same_one_is_there_already(
    tmp_path: Path,
) -> None:
    newer = snapshot_in(a_text(day="2026-11-28"))
    put_in_force(tmp_path, laid_in(tmp_path, newer, today=TODAY))

    with pytest.raises(Conflict):
        laid_in(tmp_path, snapshot_in(a_text()), today=TODAY)
    assert laid_in(tmp_path, newer, today=TODAY) == current(tmp_path)
    assert len(listed(tmp_path)) == 1


def test_a_snapshot_of_a_day_to_come_is_refused_or_it_would_keep_others_out(
    tmp_path: Path,
) -> None:
    for day in ("2026-11-28", "2026-11-29"):
        laid_in(tmp_path, snapshot_in(a_text(day=day)), today=TODAY)

    with pytest.raises(Conflict, match="still to come"):
        laid_in(tmp_path, snapshot_in(a_text(day="2026-11-30")), today=TODAY)
