"""gateway.classification.signals: small observations, each with its source."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classification import signals
from gateway.classification.client import Sighting, shown_by
from gateway.classification.known_agents import lettered_of
from gateway.kernel.request import Headers
from tests.unit.classification.builders import (
    CATALOGUE,
    CHROME,
    FIREFOX,
    a_request,
)

CUBOT = (
    "Mozilla/5.0 (Linux; Android 9; CUBOT_X18_Plus) AppleWebKit/537.36 "
    "(KHTML, like Gecko) Chrome/90.0.4430.91 Mobile Safari/537.36"
)


@pytest.mark.parametrize(
    "user_agent",
    [
        CHROME,
        FIREFOX,
        CUBOT,
        "Opera/9.80 (Windows NT 6.0) Presto/2.12 Version/12.10",
        "Lynx/2.8.9rel.1 libwww-FM/2.14",
        "Mozilla/3.0 (WorldGate Gazelle 3.5.1; FreeBSD2.2.8-STABLE)",
        "IBrowse/2.5.5 (Amiga; MorphOS 3.16; Build 25.99 68K)",
        "Dalvik/2.1.0 (Linux; U; Android 9; Portal Build/PKQ1)",
        "Safari/9537.85.15.3 CFNetwork/673.5 Darwin/13.4.0 (x86_64)",
    ],
)
def test_a_browser_is_what_has_the_shape_of_one(user_agent: str) -> None:
    shown = signals.browser(user_agent)

    assert shown is not None
    assert shown.kind == "browser"
    assert not shown.is_automation


@pytest.mark.parametrize(
    "user_agent",
    ["", "Mozilla/5.0", "hello", "Mozilla/5.0 ()", "Mozilla/5.0 (thing2.2)"],
)
def test_a_bare_mozilla_is_no_browser(user_agent: str) -> None:
    assert signals.browser(user_agent) is None


@pytest.mark.parametrize(
    "user_agent",
    [
        "SomeBot/1.0",
        "nice-crawler",
        "Tool/2 (+https://tool.example)",
        "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/99 (compatible; aBot)",
    ],
)
def test_a_program_that_says_so_is_believed(user_agent: str) -> None:
    shown = signals.automation(user_agent)

    assert shown is not None
    assert shown.is_automation


@pytest.mark.parametrize("user_agent", [CHROME, "CUBOT_X18", "botany browser", ""])
def test_a_telephone_and_a_botanist_are_no_programs(user_agent: str) -> None:
    assert signals.automation(user_agent) is None


@pytest.mark.parametrize(
    ("asked", "source"),
    [
        (a_request("git/2.39.2"), "user-agent"),
        (a_request("x", headers={"Git-Protocol": "version=2"}), "git-protocol"),
        (
            a_request(path="/r.git/info/refs", query="service=git-upload-pack"),
            "target",
        ),
    ],
)
def test_git_is_known_by_name_header_or_target(asked: object, source: str) -> None:
    shown = signals.git(asked)  # type: ignore[arg-type]  # parametrised

    assert shown is not None
    assert (shown.kind, shown.source) == ("git", source)


def test_a_page_about_git_is_no_git_client() -> None:
    assert signals.git(a_request(CHROME, path="/info/refs")) is None
    assert signals.git(a_request("Arora/0.10.1 (Git: 1329 e5385f3)")) is None


@pytest.mark.parametrize("user_agent", ["my RSS thing", "FeedThing/2", "LibRSS 3"])
def test_a_feed_reader_may_say_so_in_its_own_words(user_agent: str) -> None:
    assert signals.feed_reader(user_agent) is not None


def test_a_cross_is_no_feed() -> None:
    assert signals.feed_reader("Crossbow/1.0 feedback") is not None  # feed… begins it
    assert signals.feed_reader("Crossbow/1.0") is None


def test_who_asks_for_activitypub_is_the_fediverse() -> None:
    headers = {"Accept": "application/activity+json, text/html"}

    assert signals.fediverse(a_request("x", headers=headers)) is not None
    assert signals.fediverse(a_request("x", headers={"Accept": "text/html"})) is None


def test_monitors_and_previews_may_say_so() -> None:
    assert signals.monitor("SiteMonitor/3") is not None
    assert signals.monitor("Demonitored") is None
    assert signals.link_preview("LinkPreview/1") is not None
    assert signals.link_preview("Previews of coming attractions") is None


def test_a_reading_aid_is_recognised() -> None:
    assert signals.assistive("Mozilla/5.0 ReadSpeaker/2.0")
    assert not signals.assistive(CHROME)


@pytest.mark.parametrize(
    ("user_agent", "hints", "contradicts"),
    [
        (CHROME, '"Google Chrome";v="131", "Chromium";v="131"', False),
        (CHROME, '"Opera";v="115", "Chromium";v="131"', False),
        (CHROME, "", False),
        (CHROME, '"Brave";v="1"', False),
        (CHROME, '"Chromium";v="140"', True),
        (CHROME, '"HeadlessChrome";v="131"', True),
        (FIREFOX, '"Chromium";v="131"', True),
        ("Mozilla/5.0 Safari/605.1.15", '"Chromium";v="131"', False),
    ],
)
def test_hints_contradict_only_what_no_browser_gets_wrong(
    user_agent: str,
    hints: str,
    contradicts: bool,  # noqa: FBT001 a column of the table above
) -> None:
    headers = Headers([("Sec-CH-UA", hints)])

    assert bool(signals.hints_contradict(user_agent, headers)) is contradicts


pieces = st.one_of(
    st.sampled_from(
        [
            *(
                "Mozilla/5.0",
                "Gecko",
                "x11",
                "Linux",
                "Lynx",
                "iPhone",
                "win32",
                "NVDA",
            ),
            *(
                "rss",
                "bots",
                "cubot",
                "monitor",
                "preview",
                "+https://a",
                "5bot",
                "bot5",
            ),
            *("GPTBot", "python-requests", "rss2", "atom", "4feed"),
        ]
    ),
    st.integers(0, 99).map(str),
    st.sampled_from(["", " ", "/", ".", "_", "-", ";", "٣", "é", "²"]),
)


@given(st.lists(st.tuples(pieces, st.sampled_from(["", " ", "/", ".", "_"]))))
def test_numbers_make_no_difference_to_what_a_user_agent_shows(
    said: list[tuple[str, str]],
) -> None:
    """What is remembered by an outline is what would be said of the whole text."""
    user_agent = "".join(piece + blank for piece, blank in said)
    shown = shown_by(user_agent, CATALOGUE)
    if CATALOGUE.match(user_agent) is not None or not user_agent.strip():
        return
    expected = (
        signals.feed_reader(user_agent)
        or signals.link_preview(user_agent)
        or signals.monitor(user_agent)
        or signals.automation(user_agent)
        or signals.browser(user_agent)
    )
    if expected is None:
        assert shown.evidence.kind == "unknown"
    else:
        assert shown == Sighting(expected)


@given(st.lists(st.tuples(pieces, st.sampled_from(["", " ", "/", ".", "_"]))))
def test_the_words_that_are_no_numbers_are_words_all_the_same(
    said: list[tuple[str, str]],
) -> None:
    user_agent = "".join(piece + blank for piece, blank in said)
    words = signals.words_of(user_agent)

    assert lettered_of(user_agent) == {
        word for word in words if not all(letter.isdecimal() for letter in word)
    }
