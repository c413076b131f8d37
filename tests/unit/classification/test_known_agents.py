"""gateway.classification.known_agents: names are found whole, and only whole."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classification.known_agents import (
    REMEMBERED_MAX,
    Agent,
    KnownAgents,
    token_fault,
)
from gateway.kernel.errors import InvalidValue
from tests.unit.classification.builders import (
    CATALOGUE,
    GOOGLEBOT,
    GOOGLEBOT_IMAGE,
    GPTBOT,
    REQUESTS,
)

letters = st.text(st.characters(categories=["L", "Nd"]), min_size=1, max_size=5)


@pytest.mark.parametrize(
    "user_agent",
    [
        "GPTBot",
        "gptbot/1.0",
        "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
        "x;GPTBOT;y",
        "my_GPTBot_here",
    ],
)
def test_a_token_is_found_whatever_stands_around_it(user_agent: str) -> None:
    assert CATALOGUE.match(user_agent) is GPTBOT


@given(letters)
def test_a_token_inside_a_word_is_no_token(letter: str) -> None:
    assert CATALOGUE.match(f"{letter}GPTBot") is None
    assert CATALOGUE.match(f"GPTBot{letter}") is None


def test_a_telephone_called_cubot_is_no_bot() -> None:
    agents = KnownAgents([Agent("bot", "seo", ("bot",))])

    assert agents.match("Mozilla/5.0 (Linux; Android 9; CUBOT_X18) Chrome/90") is None
    assert agents.match("Mozilla/5.0 (compatible; bot)") is not None


def test_of_two_tokens_at_one_place_the_longer_wins() -> None:
    assert CATALOGUE.match("Googlebot-Image/1.0") is GOOGLEBOT_IMAGE
    assert CATALOGUE.match("Googlebot/2.1") is GOOGLEBOT


def test_who_is_like_googlebot_is_not_googlebot() -> None:
    assert CATALOGUE.match("GPTBot (like Googlebot-Image)") is GPTBOT


def test_a_library_is_named_only_where_nobody_else_is() -> None:
    assert CATALOGUE.match("python-requests/2.31 GPTBot/1.0") is GPTBOT
    assert CATALOGUE.match("python-requests/2.31") is REQUESTS


def test_a_token_with_a_slash_needs_its_slash() -> None:
    agents = KnownAgents([Agent("java", "http-library", ("Java/",))])

    assert agents.match("Java/17.0.1") is not None
    assert agents.match("Nokia200/2.0 (Java; U; MIDP-2.0; en-us)") is None


def test_nothing_in_a_token_is_a_pattern() -> None:
    agents = KnownAgents([Agent("odd", "seo", ("a.*b(c",))])

    assert agents.match("x a.*b(c y") is not None
    assert agents.match("axxb(c") is None


@given(st.text(max_size=600))
def test_any_text_has_an_answer(user_agent: str) -> None:
    found = CATALOGUE.match(user_agent)

    assert found is None or found in CATALOGUE.agents


def test_what_stands_behind_512_characters_is_not_looked_at() -> None:
    assert CATALOGUE.match("x " * 255 + "GPTBot") is None
    assert CATALOGUE.match("x " * 250 + "GPTBot") is GPTBOT


def test_only_so_many_answers_are_remembered() -> None:
    agents = KnownAgents([GPTBOT])

    for number in range(REMEMBERED_MAX + 100):
        agents.match(f"x{number}")

    assert agents._remembered.cache_info().currsize == REMEMBERED_MAX


def test_two_agents_cannot_share_a_token() -> None:
    with pytest.raises(InvalidValue, match="share the token"):
        KnownAgents([GPTBOT, Agent("other", "seo", ("gptbot",))])


def test_two_agents_cannot_share_an_id() -> None:
    with pytest.raises(InvalidValue, match="two agents are called gptbot"):
        KnownAgents([GPTBOT, Agent("gptbot", "seo", ("other",))])


@pytest.mark.parametrize("token", ["", "ab", "-bot", "x" * 81])
def test_a_token_that_cannot_be_looked_up_is_refused(token: str) -> None:
    assert token_fault(token)
    with pytest.raises(InvalidValue, match="token"):
        KnownAgents([Agent("a", "seo", (token,))])


def test_a_catalogue_is_a_value() -> None:
    same = KnownAgents(CATALOGUE.agents)

    assert same == CATALOGUE
    assert hash(same) == hash(CATALOGUE)
    assert len(same) == len(CATALOGUE.agents)
    assert same != KnownAgents()
