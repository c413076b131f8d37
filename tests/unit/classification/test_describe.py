"""gateway.classification.describe: one client in one line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.classification.describe import described
from gateway.classification.facts import KINDS
from gateway.kernel.errors import InvalidValue
from tests.unit.classification.builders import CATALOGUE, CHROME


@pytest.mark.parametrize(
    ("user_agent", "kind", "operator", "level", "klass"),
    [
        (CHROME, "browser", "unknown", "claimed", "person"),
        ("Miniflux/2.0", "feed-reader", "unknown", "claimed", "person"),
        ("GPTBot/1.0", "ai-crawler", "openai", "claimed", "automation"),
        ("Googlebot/2.1", "search-crawler", "google", "claimed", "search"),
        ("python-requests/2", "http-library", "unknown", "claimed", "automation"),
        ("SomeBot/1.0", "unknown", "unknown", "unknown", "automation"),
        ("", "unknown", "unknown", "unknown", "unknown"),
        ("hello", "unknown", "unknown", "unknown", "unknown"),
    ],
)
def test_a_client_is_told_by_kind_operator_level_and_class(
    user_agent: str, kind: str, operator: str, level: str, klass: str
) -> None:
    told = described({"ua": user_agent}, CATALOGUE)

    because = told.pop("because")
    assert told == {
        "kind": kind,
        "operator": operator,
        "level": level,
        "class": klass,
    }
    assert because


def test_headers_count_and_unknown_keys_do_not() -> None:
    line = {
        "headers": {"User-Agent": "GPTBot/1.0", "X-List": ["a", "b"]},
        "ip": "192.0.2.1",
        "anything": {"else": 1},
    }

    assert described(line, CATALOGUE)["operator"] == "openai"


def test_hints_that_deny_a_browser_are_told() -> None:
    line = {"ua": CHROME, "headers": {"Sec-CH-UA": '"HeadlessChrome";v="131"'}}

    assert "headless" in described(line, CATALOGUE)["because"]


@pytest.mark.parametrize("line", [{"ua": 7}, {"ua": ["x"]}, {"headers": "x: y"}])
def test_a_line_of_another_shape_is_refused(line: dict[str, object]) -> None:
    with pytest.raises(InvalidValue):
        described(line, CATALOGUE)


@given(st.text(max_size=300), st.dictionaries(st.text(max_size=9), st.text(max_size=9)))
def test_nobody_is_commercial_by_what_they_send(
    user_agent: str, headers: dict[str, str]
) -> None:
    told = described({"ua": user_agent, "headers": headers}, CATALOGUE)

    assert told["kind"] in KINDS
    assert told["class"] in {"person", "automation", "search", "unknown"}
    assert told["level"] in {"unknown", "claimed"}


@given(st.text(st.characters(exclude_categories=["Cs"]), max_size=100))
def test_the_reason_never_repeats_what_a_client_chose(secret: str) -> None:
    told = described({"ua": f"xq{secret}qx"}, CATALOGUE)

    assert "xq" not in told["because"]
