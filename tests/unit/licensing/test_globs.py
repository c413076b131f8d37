"""licensing.globs: what fits, what does not, and that nothing makes it slow."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.errors import InvalidValue
from gateway.licensing.globs import (
    PATTERN_CHARS_MAX,
    glob,
    path_matches,
    query_matches,
    target_matches,
)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/", "/"),
        ("/**", "/"),
        ("/**", "/a/b"),
        ("**", ""),
        ("/registers/**", "/registers/1742"),
        ("/registers/**", "/registers/"),
        ("/registers/**", "/registers"),
        ("/search**", "/search"),
        ("/search**", "/searching/all"),
        ("/a/*/c", "/a/b/c"),
        ("/a/*", "/a/"),
        ("**/feed", "/a/b/feed"),
        ("**.pdf", "/a/b.pdf"),
        ("/*/**/x*y", "/a/b/c/xy"),
        ("**aab", "/aaaab"),
    ],
)
def test_a_path_fits(pattern: str, path: str) -> None:
    assert path_matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "path"),
    [
        ("/", "/a"),
        ("/registers/**", "/registersx"),
        ("/registers/**", "/register"),
        ("/a/*/c", "/a/b/b/c"),
        ("/a/*", "/a/b/c"),
        ("/a/*", "/a"),
        ("**/feed", "/a/feeds"),
        ("**.pdf", "/a.pdf/b"),
        ("/A", "/a"),
        ("/a.c", "/abc"),
        ("/[ab]", "/a"),
    ],
)
def test_a_path_does_not_fit(pattern: str, path: str) -> None:
    assert not path_matches(pattern, path)


@pytest.mark.parametrize(
    ("pattern", "query", "fits"),
    [
        ("diff=*", "diff=12", True),
        ("diff=*", "title=A&diff=12", True),
        ("diff=*", "title=A&%64iff=12", True),
        ("file=*", "file=a/b", True),
        ("diff=*", "title=diff", False),
        ("diff=*", "", False),
        ("diff=*", "xdiff=1", False),
        ("a=1&b=*", "a=1&b=2", True),
    ],
)
def test_a_query_pattern_looks_at_each_parameter(
    *, pattern: str, query: str, fits: bool
) -> None:
    assert query_matches(pattern, query) is fits


def test_a_target_pattern_needs_path_and_query() -> None:
    assert target_matches("/w/**?diff=*", "/w/index.php", "title=A&diff=1")
    assert not target_matches("/w/**?diff=*", "/w/index.php", "title=A")
    assert not target_matches("/w/**?diff=*", "/x", "diff=1")


@pytest.mark.parametrize("pattern", ["", "x" * (PATTERN_CHARS_MAX + 1)])
def test_a_pattern_has_a_length(pattern: str) -> None:
    with pytest.raises(InvalidValue):
        glob(pattern)


@given(
    st.text(alphabet="ab/*", min_size=1, max_size=10),
    st.text(alphabet="ab/", max_size=14).map(lambda rest: f"/{rest}"),
)
def test_it_agrees_with_the_slow_definition(pattern: str, path: str) -> None:
    parts = re.split(r"(\*\*|\*)", pattern)
    stars = {"**": ".*", "*": "[^/]*"}
    slow = "".join(stars.get(part) or re.escape(part) for part in parts)
    means_folder = pattern.endswith("/**") and "*" not in pattern[:-2]

    expected = bool(re.fullmatch(slow, path)) or (means_folder and path == pattern[:-3])

    assert path_matches(pattern, path) is expected


@pytest.mark.parametrize("star", ["*a", "**a", "a*", "**a*"])
def test_the_worst_pattern_takes_one_step_for_each_character(star: str) -> None:
    evil = glob("/" + star * (500 // len(star)) + "c")

    # A backtracking matcher would not come back from this within a lifetime.
    assert not evil.matches("/" + "a" * 8_000 + "b")
