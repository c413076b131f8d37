"""The plainer page: which parameters stay, and where nobody is led."""

from __future__ import annotations

from urllib.parse import urljoin, urlsplit

from hypothesis import given
from hypothesis import strategies as st

from gateway.licensing.when_full import plainer

KEPT = frozenset(("q", "page"))


def test_what_makes_a_page_endless_is_left_out_and_the_rest_stays_as_written() -> None:
    found = plainer("/search", "f.author=Doe&q=a+b%20c&page=2&sort", KEPT)

    assert found == "/search?q=a+b%20c&page=2"


def test_without_anything_left_it_is_the_page_alone() -> None:
    assert plainer("/items", "f.author=Doe", KEPT) == "/items"
    assert plainer("/items", "q=x", frozenset()) == "/items"


def test_a_page_that_is_plain_already_leads_nowhere() -> None:
    assert plainer("/search", "q=a&page=2", KEPT) == ""
    assert plainer("/search", "", KEPT) == ""


def test_a_name_is_known_however_it_is_written() -> None:
    assert plainer("/search", "%71=a&sort=b", KEPT) == "/search?%71=a"


def test_nobody_is_led_to_another_host() -> None:
    for path in ("//elsewhere.example/", "/\\elsewhere.example", "elsewhere"):
        assert plainer(path, "sort=b", KEPT) == ""


@given(st.text(max_size=30), st.text(max_size=60))
def test_the_plainer_page_is_on_this_site_and_its_own_plainer_page_is_none(
    path: str, query: str
) -> None:
    path = f"/{path.replace('?', '').replace('#', '')}"
    target = plainer(path, query, KEPT)

    if target and target.isascii() and target.isprintable():
        base = "https://archive.example/x"
        assert urlsplit(urljoin(base, target)).netloc == "archive.example"
    assert plainer(*target.partition("?")[::2], KEPT) == ""
