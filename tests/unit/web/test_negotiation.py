"""gateway.web.negotiation: what a client would rather read."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.kernel.request import Headers
from gateway.web.negotiation import language_of, wants_page, weighed
from gateway.web.texts import Language

FIREFOX = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"
LYNX = "text/html, text/plain, text/sgml, text/css, application/xhtml+xml, */*;q=0.01"


@pytest.mark.parametrize(
    ("accept", "page"),
    [
        (FIREFOX, True),
        (LYNX, True),
        ("text/html", True),
        ("TEXT/HTML;level=1", True),
        ("text/html;q=0.5, application/json", False),
        ("application/json;q=0.5, text/html", True),
        ("application/problem+json, text/html", True),
        ("application/problem+json, text/html;q=0.9", False),
        ("*/*", False),
        ("", False),
        ("application/json", False),
        ("text/html;q=0", False),
        ("text/html;q=0.000, */*", False),
        ("image/*", False),
        ("text/*", False),
    ],
)
def test_browsers_read_pages_and_scripts_read_json(accept: str, *, page: bool) -> None:
    assert wants_page(Headers([("Accept", accept)])) is page


EDBROWSE, ELINKS = "edbrowse/3.7.7", "ELinks/0.16.1 (textmode; Linux; 80x24-2)"
WINDOWED = "Mozilla/5.0 (X11; Linux x86_64; rv:133.0) Gecko/20100101 Firefox/133.0"


@pytest.mark.parametrize(
    ("user_agent", "accept", "page"),
    [
        (EDBROWSE, "*/*", True),
        (ELINKS, "*/*", True),
        (EDBROWSE, "text/*;q=0.5", True),
        (EDBROWSE, None, True),
        (EDBROWSE, "application/json, */*", False),
        (EDBROWSE, "text/html;q=0, */*", False),
        (EDBROWSE, "image/*", False),
        # A script in a window asks like this, and it reads JSON.
        (WINDOWED, "*/*", False),
        ("curl/8.14.1", "*/*", False),
        ("Opera/9.80 (X11; Linux) Presto/2.12", "*/*", False),
        ("", "*/*", False),
    ],
)
def test_a_browser_that_only_shows_pages_gets_one_without_asking(
    user_agent: str, accept: str | None, *, page: bool
) -> None:
    fields = [("User-Agent", user_agent)]
    fields += [("Accept", accept)] if accept is not None else []

    assert wants_page(Headers(fields)) is page


@pytest.mark.parametrize(
    ("accept", "language"),
    [
        ("fr-FR,fr;q=0.9,en;q=0.8", Language.FR),
        ("en-GB,en;q=0.9,fr;q=0.8", Language.EN),
        ("de,fr;q=0.5,en;q=0.4", Language.FR),
        ("de", Language.EN),
        ("", Language.EN),
        ("*", Language.EN),
        ("fr;q=0", Language.EN),
        ("FR", Language.FR),
    ],
)
def test_a_page_speaks_the_readers_language(accept: str, language: Language) -> None:
    assert language_of(Headers([("Accept-Language", accept)])) is language


def test_weights_are_whole_thousandths() -> None:
    assert weighed("a;q=0.25, b;q=1.000, c;q=0., d;q=1.5") == (
        ("a", 250),
        ("b", 1000),
        ("c", 0),
        ("d", 1000),
    )


@given(accept=st.text(max_size=80))
def test_no_field_makes_it_fail(accept: str) -> None:
    headers = Headers([("Accept", accept), ("Accept-Language", accept)])

    assert wants_page(headers) in {True, False}
    assert language_of(headers) in set(Language)
