"""Exported patterns find what the gateway finds, and err on the side of asking."""

from __future__ import annotations

import re
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.bootstrap import policies_of
from gateway.cli.export.nginx import BROWSERS as BROWSERS_OF_NGINX
from gateway.cli.export.patterns import (
    EXPRESSION_CHARS_MAX,
    expressions_of,
    parameter_expression,
    path_expression,
    place_expression,
    query_expression,
)
from gateway.licensing.globs import path_matches, query_matches
from gateway.licensing.spellings import folded
from gateway.services.front_maps import READING_KINDS, AskedPlace, front_maps

POLICIES = policies_of(None)
MAPS = front_maps(POLICIES)
EXPRESSIONS = [re.compile(each, re.IGNORECASE) for each in expressions_of(MAPS.tokens)]
AUTOMATION = [
    token
    for agent in POLICIES.agents.agents
    if agent.kind not in READING_KINDS
    for token in agent.tokens
]
BROWSERS = (
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/142.0.0.0 Safari/537.36",
    "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Mobile/15E148 Safari/604.1",
    "curl/8.5.0",
    "Feedly/1.0 (+http://www.feedly.com/fetcher.html; 7 subscribers)",
)
LETTERS = st.text(alphabet="/ab*?=&.", max_size=12)


def is_found(user_agent: str) -> bool:
    return any(each.search(user_agent) for each in EXPRESSIONS)


@pytest.mark.parametrize("around", ["{}", "Mozilla/5.0 (compatible; {}/1.0)", "x {} y"])
def test_every_agent_that_names_itself_is_found(around: str) -> None:
    missed = [each for each in AUTOMATION if not is_found(around.format(each))]

    assert not missed


@pytest.mark.parametrize("user_agent", BROWSERS)
def test_a_reader_is_not_asked_about(user_agent: str) -> None:
    assert not is_found(user_agent)


def test_a_word_inside_another_word_is_not_found() -> None:
    assert is_found("GPTBot/1.2")
    assert not is_found("xGPTBotx/1.2")


def test_each_expression_fits_into_one_token_of_nginx() -> None:
    lengths = [len(each) for each in expressions_of(MAPS.tokens)]

    assert max(lengths) <= EXPRESSION_CHARS_MAX


@given(
    pattern=LETTERS.map(lambda text: f"/{text.replace('?', '')}"),
    path=LETTERS.map(lambda text: f"/{text.replace('?', '')}"),
)
def test_a_path_that_a_glob_covers_is_covered(pattern: str, path: str) -> None:
    if path_matches(pattern, path):
        assert re.fullmatch(path_expression(pattern), path, re.DOTALL)


@given(
    pattern=LETTERS.map(lambda text: f"/{text.replace('?', '')}"),
    path=LETTERS.map(lambda text: f"/{text.replace('?', '')}"),
    query=st.text(alphabet="ab=&?/*", max_size=8),
)
def test_in_a_whole_target_the_query_is_no_part_of_the_path(
    pattern: str, path: str, query: str
) -> None:
    expression = path_expression(pattern, is_before_a_query=True)
    found = re.fullmatch(rf"({expression})\?.*", f"{path}?{query}", re.DOTALL)

    assert bool(found) == path_matches(pattern, path)


@pytest.mark.parametrize(
    "target",
    ["/?" * 4_000, "/é" * 4_000, "/a&" * 2_700, "/search?" * 1_000, "&" * 8_000],
    ids=["marks", "letters", "ampersands", "paths", "empty"],
)
def test_no_target_wears_an_expression_out(target: str) -> None:
    """Tens of steps for each letter, and not one for each pair of letters."""
    places = [
        AskedPlace((), pattern, query, "x", ignores_case=ignores)
        for pattern in ("/**/search**", "**.php", "/a/**", "/*/b")
        for query in ("q=*", "diff=*")
        for ignores in (False, True)
    ]
    started = time.process_time()
    for place in places:
        where = place_expression(place, is_before_a_query=True)
        for query in (query_expression(place.query), parameter_expression("diff=*")):
            re.match(rf"[^/]*+{where}\?{query}$", f"host/{target}", re.DOTALL)

    # Quadratic ones take half a minute here.
    assert time.process_time() - started < 5


CASED = st.text(alphabet="/aAsSkKß\u017f\u212aéÉ*.", max_size=10)


@given(
    pattern=CASED.map(lambda text: f"/{text}"), path=CASED.map(lambda text: f"/{text}")
)
def test_where_case_is_ignored_every_letter_that_may_be_it_is_covered(
    pattern: str, path: str
) -> None:
    place = AskedPlace((), pattern, "", "x", ignores_case=True)

    if path_matches(folded(pattern), folded(path)):
        assert re.fullmatch(place_expression(place), path, re.DOTALL)


def test_where_case_is_heeded_other_letters_are_another_page() -> None:
    heeding = AskedPlace((), "/sealed/**", "", "x")
    ignoring = replace(heeding, ignores_case=True)

    assert re.fullmatch(place_expression(ignoring), "/SEALED/1")
    assert not re.fullmatch(place_expression(ignoring), "/SEALE/1")
    assert not re.fullmatch(place_expression(heeding), "/SEALED/1")


@given(
    pattern=st.text(alphabet="ab=*", min_size=1, max_size=8),
    query=st.text(alphabet="ab=&%61+", max_size=14),
)
def test_a_query_that_a_glob_covers_is_covered(pattern: str, query: str) -> None:
    if query_matches(pattern, query):
        assert re.fullmatch(query_expression(pattern), query, re.DOTALL)


def test_what_passes_for_a_browser_holds_no_other_word() -> None:
    browser = re.compile(BROWSERS_OF_NGINX.removeprefix("~"))
    named = [
        each.replace("Linux x86_64", f"Linux x86_64; {token}")
        for each in BROWSERS
        for token in AUTOMATION[:50]
        if "Linux x86_64" in each
    ] + [f"{each} {token}/1.0" for each in BROWSERS for token in AUTOMATION[:50]]

    assert browser.search(BROWSERS[0])
    assert not [each for each in named if browser.search(each)]
