"""The index of the portal: what there is, and nothing that is not."""

from __future__ import annotations

import json

import pytest

from gateway.portal.addresses import BOOKS, PORTAL
from gateway.services.public_books.figures import PublicFigures
from gateway.web.answer import Answer
from tests.fakes.money_words import words_of_money
from tests.unit.portal.builders import NO_MONEY, NOTHING, RICH, pages
from tests.unit.terms.builders import a_request, header


async def index(
    seen: PublicFigures,
    *,
    language: str = "en",
    accept: str = "text/html",
    path: str = PORTAL,
    method: str = "GET",
    has_terms: bool = True,
) -> Answer | None:
    headers = {"Accept": accept, "Accept-Language": language}
    asked = a_request(path, method, headers=headers)
    return await pages(seen, has_terms=has_terms).index(asked, b"")


@pytest.mark.parametrize(
    ("language", "title"),
    [
        ("en", "This archive&#39;s gateway"),
        ("fr", "La passerelle de ces archives"),
    ],
)
async def test_whoever_comes_is_told_what_there_is(language: str, title: str) -> None:
    answer = await index(RICH, language=language)

    assert answer is not None
    page = answer.body.decode()
    assert answer.status == 200
    assert title in page
    assert f'href="{BOOKS}"' in page
    assert "unsafe" not in header(answer, "content-security-policy")


async def test_where_the_books_are_asleep_nothing_leads_to_them() -> None:
    page = await index(NOTHING)
    document = await index(NOTHING, accept="application/json")

    assert page is not None
    assert document is not None
    assert BOOKS not in page.body.decode()
    assert "books" not in json.loads(document.body)["doors"]
    assert "usage" in json.loads(document.body)["doors"]


async def test_where_no_terms_are_published_nothing_leads_to_them() -> None:
    page = await index(RICH, has_terms=False)
    labelled = await index(RICH)

    assert page is not None
    assert labelled is not None
    assert "/license.xml" not in page.body.decode()
    assert "/license.xml" in labelled.body.decode()
    assert "/_copyfair/corrections" in page.body.decode()


@pytest.mark.parametrize("language", ["en", "fr"])
async def test_it_says_no_word_of_money_where_nobody_sells(language: str) -> None:
    answer = await index(NO_MONEY, language=language)

    assert answer is not None
    assert words_of_money(answer.body.decode()) == []


async def test_the_address_without_its_slash_leads_there() -> None:
    answer = await index(RICH, path=PORTAL.rstrip("/"))

    assert answer is not None
    assert (answer.status, header(answer, "location")) == (308, PORTAL)


async def test_nothing_is_written_there_and_nothing_else_is_there() -> None:
    refused = await index(RICH, method="POST")

    assert refused is not None
    assert refused.status == 405
    assert await index(RICH, path=f"{PORTAL}steward") is None
