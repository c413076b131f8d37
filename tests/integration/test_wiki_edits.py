"""A wiki's edits, from its API, an answer of it, or an export."""

from __future__ import annotations

import bz2
import json
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from gateway.bootstrap.wiki_reading import read_wiki
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue, NotFound, Unavailable
from gateway.work_logs import wiki_answers, wiki_dump
from gateway.work_logs.wiki_edits import Edit, instant_us
from tests.integration.fake_wiki import FakeWiki, an_edit

START_US = instant_us("2026-11-01T00:00:00Z")
END_US = START_US + 30 * US_PER_DAY


@pytest.fixture(scope="module")
def wiki() -> Iterator[FakeWiki]:
    with FakeWiki() as running:
        yield running


def asked(
    wiki: FakeWiki, *users: str, url: str = "", is_local: bool = True
) -> tuple[tuple[Edit, ...], int]:
    return read_wiki(
        url or wiki.url,
        users,
        since_us=START_US,
        until_us=END_US,
        allows_loopback=is_local,
    )


def test_the_api_is_asked_until_it_has_told_everything(wiki: FakeWiki) -> None:
    wiki.edits = [
        an_edit(number, user="Amina", sizediff=number * 40) for number in range(1, 451)
    ]

    edits, reverted = asked(wiki, "Amina")

    assert [each.revision for each in edits] == [*range(1, 451)]
    assert reverted == 0
    assert edits[9].work.weight_hundredths == 15
    assert edits[9].work.origin == "mediawiki:127.0.0.1/10"
    assert len(wiki.asked) == 3
    questions = [parse_qs(query) for query in wiki.asked]
    assert questions[0]["ucuser"] == ["Amina"]
    assert questions[2]["uccontinue"] == ["400"]


def test_reverted_edits_do_not_count_and_reverting_is_no_writing(
    wiki: FakeWiki,
) -> None:
    wiki.edits = [
        an_edit(1, user="Amina", sizediff=4_000, tags=["mw-reverted"]),
        an_edit(2, user="Ines", sizediff=-4_000, tags=["mw-rollback"]),
        an_edit(3, user="Somebody", sizediff=40),
    ]

    edits, reverted = asked(wiki, "Amina", "Ines")

    assert [(each.user, each.byte_count) for each in edits] == [("Ines", 0)]
    assert reverted == 1


def test_many_users_are_asked_for_in_turns(wiki: FakeWiki) -> None:
    users = [f"User {number}" for number in range(45)]
    wiki.edits = [an_edit(number, user=name) for number, name in enumerate(users, 1)]

    edits, _ = asked(wiki, *users)

    assert {each.user for each in edits} == set(users)
    assert len(wiki.asked) == 3


@pytest.mark.parametrize(
    ("fault", "told"),
    [("error", "maxlag"), ("html", "no JSON"), ("other", "usercontribs")],
)
def test_what_is_no_answer_is_told(wiki: FakeWiki, fault: str, told: str) -> None:
    wiki.edits, wiki.fault = [], fault
    try:
        with pytest.raises(InvalidValue, match=told):
            asked(wiki, "Amina")
    finally:
        wiki.fault = ""


def test_a_wiki_in_our_own_network_is_not_asked(wiki: FakeWiki) -> None:
    before = len(wiki.asked)

    with pytest.raises(Unavailable, match="address-refused"):
        asked(wiki, "Amina", is_local=False)
    for place in ("https://10.0.0.7/api.php", "https://169.254.169.254/api.php"):
        with pytest.raises(Unavailable, match="address-refused"):
            asked(wiki, "Amina", url=place, is_local=False)
    with pytest.raises(InvalidValue, match="no address of an API"):
        asked(wiki, "Amina", url="https://wiki.example/api.php?action=x")
    assert len(wiki.asked) == before


def test_a_redirect_leads_nowhere(wiki: FakeWiki) -> None:
    wiki.edits, wiki.fault = [], "redirect"
    try:
        with pytest.raises(Unavailable, match="answers 302"):
            asked(wiki, "Amina")
    finally:
        wiki.fault = ""


def test_an_answer_in_the_older_format_is_read(tmp_path: Path) -> None:
    row = {**an_edit(7, user="Amina"), "comment": "a\nb", "minor": ""}
    body = json.dumps({"batchcomplete": "", "query": {"usercontribs": [row]}}).encode()

    (edit,) = wiki_answers.read(body, wiki="wiki.example").edits

    assert edit.work.title == "Registers: a b"
    assert edit.work.evidence == "https://wiki.example/?oldid=7"


def revision(number: int, user: str, text: str, **more: str) -> str:
    told = {"timestamp": f"2026-11-{number:02}T10:00:00Z", "sha1": text, **more}
    inner = "".join(f"<{name}>{each}</{name}>" for name, each in told.items())
    who = f"<username>{user}</username>" if user else "<ip>192.0.2.7</ip>"
    return (
        f"<revision><id>{number}</id>{inner}<contributor>{who}</contributor>"
        f'<text bytes="{len(text) * 100}">{text}</text></revision>'
    )


def an_export(*revisions: str, before: str = "") -> bytes:
    return (
        f'{before}<mediawiki xmlns="http://www.mediawiki.org/xml/export-0.11/">'
        "<siteinfo><base>https://wiki.example/wiki/Main</base></siteinfo>"
        f"<page><title>Registers</title>{''.join(revisions)}</page></mediawiki>"
    ).encode()


STORY = (
    revision(1, "Amina", "aa"),
    revision(2, "Vandal", "zzzzzzzz"),
    revision(3, "Ines", "aa", comment="back"),
    revision(4, "", "aaaa"),
    revision(5, "Amina", "aaaaaa"),
)


@pytest.mark.parametrize("packed", ["plain", "bz2"])
def test_an_export_tells_what_stands_and_what_was_taken_back(
    tmp_path: Path, packed: str
) -> None:
    path = tmp_path / ("export.xml" if packed == "plain" else "export.xml.bz2")
    body = an_export(*STORY)
    path.write_bytes(body if packed == "plain" else bz2.compress(body))

    dumped = wiki_dump.read_file(path)

    told = [(each.revision, each.user, each.byte_count) for each in dumped.edits]
    assert told == [(1, "Amina", 200), (3, "Ines", 0), (5, "Amina", 200)]
    assert {each.wiki for each in dumped.edits} == {"wiki.example"}
    assert dumped.reverted == 2  # the vandal's, and one by nobody we could name


BOMB = '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>'
NO_EXPORTS: dict[str, bytes] = {
    "an entity": an_export(*STORY, before=BOMB),
    "cut off": an_export(*STORY)[:300],
    "something else": b"<feed/>",
    "a time that is none": an_export(revision(1, "Amina", "a", timestamp="today")),
}


@pytest.mark.parametrize("body", NO_EXPORTS.values(), ids=NO_EXPORTS)
def test_what_is_no_export_is_refused(tmp_path: Path, body: bytes) -> None:
    path = tmp_path / "export.xml"
    path.write_bytes(body)

    with pytest.raises(InvalidValue):
        wiki_dump.read_file(path)


def test_an_export_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        wiki_dump.read_file(tmp_path / "nowhere.xml")
