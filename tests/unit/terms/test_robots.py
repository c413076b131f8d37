"""robots.txt: our lines are there, and not one permission is different."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st
from protego import Protego

from gateway.terms.robots import ROBOTS_BYTES_MAX, RobotsLines, merged, own_robots
from gateway.terms.robots_lines import BOM, lines_of

OURS = RobotsLines(
    ("License: https://archive.example/license.xml",),
    ("Content-Signal: search=yes, ai-train=no", "Content-Usage: train-ai=n"),
)
OUR_LINES = {line.encode() for line in OURS.everywhere + OURS.in_groups}
CORPUS = {
    "empty": b"",
    "comment only": b"# welcome\n",
    "one group": b"User-agent: *\nDisallow: /private/\n",
    "no end of line": b"User-agent: *\nDisallow: /private/",
    "no group for all": b"User-agent: GPTBot\nDisallow: /\n",
    "crlf": b"User-agent: *\r\nDisallow: /a\r\n\r\nUser-agent: b\r\nDisallow: /\r\n",
    "cr": b"User-agent: *\rDisallow: /a\r",
    "mark": BOM + b"User-agent: *\nDisallow: /private/\n",
    "agents in a row": b"User-agent: a\nUser-agent: b\n\nUser-agent: c\nDisallow: /x\n",
    "delay in between": (
        b"User-agent: a\nCrawl-delay: 3\nUser-agent: b\nDisallow: /private/\n"
    ),
    "sitemap in between": (
        b"User-agent: a\nSitemap: https://archive.example/s\nUser-agent: b\n"
        b"Disallow: /x\n"
    ),
    "agent without rules at the end": (
        b"User-agent: a\nDisallow: /\n\nUser-agent: a\n"
    ),
    "group twice": (
        b"User-agent: a\nDisallow: /x\nUser-agent: *\nDisallow: /\n"
        b"User-agent: a\nAllow: /x/y\n"
    ),
    "rules before any agent": b"Disallow: /\nUser-agent: a\nDisallow: /x\n",
    "upper case and spaces": b"  USER-AGENT :  A \n DISALLOW :/private/ # here\n",
    "misspelt": b"Useragent: a\nDissallow: /private/\nUser agent b\nDisallow /x\n",
    "hard space": b"User-agent: a\n\xc2\xa0User-agent: b\nDisallow: /private/\n",
    "form feed": b"User-agent: a\x0cUser-agent: b\nDisallow: /private/\n",
    "a page": b"<!doctype html>\n<html><body>User-agent: *\nDisallow: /</body></html>",
    "wildcards": b"User-agent: *\nDisallow: /*?diff=\nAllow: /private/*.css$\n",
    "their own labels": (
        b"User-agent: *\nContent-Usage: train-ai=y\nLicense: https://x.example/r.xml\n"
        b"Disallow: /private/\n"
    ),
    "not utf-8": b"User-agent: *\nDisallow: /caf\xe9/\nDisallow: /private/\n",
}
AGENTS = ("a", "b", "c", "GPTBot", "Googlebot", "nobody-in-particular")
PATHS = ("/", "/x", "/x/y", "/private/", "/private/a.css", "/a", "/w?diff=1")


def permissions(body: bytes) -> list[bool]:
    read = Protego.parse(body.removeprefix(BOM).decode("utf-8", "replace"))
    return [
        read.can_fetch(f"https://archive.example{path}", agent)
        for agent, path in itertools.product(AGENTS, PATHS)
    ]


@pytest.mark.parametrize("theirs", CORPUS.values(), ids=CORPUS)
def test_not_one_permission_changes(theirs: bytes) -> None:
    ours = merged(theirs, OURS)

    assert permissions(ours) == permissions(theirs)


@pytest.mark.parametrize("theirs", CORPUS.values(), ids=CORPUS)
def test_their_lines_stay_byte_for_byte_and_in_order(theirs: bytes) -> None:
    theirs_whole = theirs
    if theirs and not theirs.endswith((b"\n", b"\r")):
        theirs_whole += b"\r" if b"\r" in theirs and b"\n" not in theirs else b"\n"

    left = iter(lines_of(merged(theirs, OURS)))

    for line in lines_of(theirs_whole.removeprefix(BOM)):
        assert any(found.removeprefix(BOM) == line for found in left)


WORDS = st.sampled_from(
    [
        b"User-agent: a",
        b"User-agent: *",
        b"user-agent:b",
        b"User agent c",
        b"Disallow: /x",
        b"Disallow: /",
        b"Disallow:",
        b"Allow: /x/y",
        b"Crawl-delay: 1",
        b"Sitemap: https://archive.example/s",
        b"# a",
        b"",
        b"\xc2\xa0Disallow: /private/",
        b"Host: archive.example",
        b"Anything: else",
    ]
)


@given(st.lists(WORDS, max_size=14), st.sampled_from([b"\n", b"\r\n"]))
def test_no_file_of_any_shape_loses_a_rule(lines: list[bytes], end: bytes) -> None:
    theirs = end.join(lines)

    assert permissions(merged(theirs, OURS)) == permissions(theirs)


def test_every_group_carries_the_preferences() -> None:
    theirs = b"User-agent: a\nDisallow: /x\n\nUser-agent: *\nDisallow: /y\n"

    lines = merged(theirs, OURS).splitlines()

    assert lines.count(b"Content-Usage: train-ai=n") == 2
    assert lines[0] == b"License: https://archive.example/license.xml"


def test_whoever_has_no_group_gets_one_that_forbids_nothing() -> None:
    ours = merged(b"User-agent: a\nDisallow: /x\n", OURS)

    assert b"\n\nUser-agent: *\nContent-Signal:" in ours
    assert ours.endswith(b"Disallow:\n")


def test_without_a_file_of_theirs_ours_stands_alone() -> None:
    assert set(own_robots(OURS).splitlines()) >= OUR_LINES
    assert all(permissions(own_robots(OURS)))


def test_a_byte_order_mark_stays_in_front() -> None:
    ours = merged(CORPUS["mark"], OURS)

    assert ours.startswith(BOM + b"License:")
    assert ours.count(BOM) == 1


def test_lines_end_as_theirs_do() -> None:
    ours = merged(CORPUS["crlf"], OURS)

    assert ours.count(b"\n") == ours.count(b"\r\n")


def test_nothing_to_add_adds_nothing() -> None:
    assert merged(CORPUS["crlf"], RobotsLines()) == CORPUS["crlf"]


def test_a_file_in_utf_16_is_left_alone() -> None:
    theirs = "User-agent: *\n".encode("utf-16")

    assert merged(theirs, OURS) == theirs


def test_labels_never_push_rules_over_the_edge() -> None:
    rule = b"Disallow: /0123456789\n"
    theirs = b"User-agent: *\n" + rule * ((ROBOTS_BYTES_MAX - 20) // len(rule))

    assert merged(theirs, OURS) == theirs


def test_a_file_beyond_the_limit_is_cut_at_a_line() -> None:
    theirs = b"User-agent: *\n" + b"Disallow: /0123456789\n" * 40_000

    ours = merged(theirs, RobotsLines())

    assert len(ours) <= ROBOTS_BYTES_MAX
    assert ours.endswith(b"/0123456789\n")
