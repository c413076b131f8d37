"""The public books as pages: what is told, to whom, in one language, without script."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from gateway.identity.public_name import Who
from gateway.portal.addresses import BOOKS, Topic, has_one_page, topics_of
from gateway.portal.words import WORDS
from gateway.services.public_books.figures import IncomeRow, PublicFigures
from tests.fakes.money_words import words_of_money
from tests.unit.portal.builders import (
    COOP,
    LOG,
    NO_MONEY,
    NOTHING,
    RICH,
    SERVED,
    SMALL,
    got,
    told,
)
from tests.unit.terms.builders import header

MONEY = ("income", "waterfall", "rounds")
VOID = {"meta", "link", "img", "source", "br"}


class Nesting(HTMLParser):
    """Finds what is opened and not closed, and every id."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.ids: list[str] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.ids += [str(value) for name, value in attrs if name == "id"]
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        if not {"style", "title"} & set(self.open):
            self.text.append(data)


def read(page: str) -> Nesting:
    found = Nesting()
    found.feed(page)
    assert found.open == []
    return found


async def test_the_first_page_tells_every_topic_and_leads_to_it() -> None:
    page = await told(RICH, "")

    assert re.findall(r'<section id="(\w+)"', page) == [str(each) for each in Topic]
    for topic in Topic:
        assert f'href="{BOOKS}{topic}"' in page
    for figure in ("€12,345.60", "Mapworks SAS", "1.1 TB", "80.0%"):
        assert figure in page
    assert "<table" not in page


@pytest.mark.parametrize("topic", list(Topic))
@pytest.mark.parametrize("language", ["en", "fr"])
async def test_each_topic_has_a_page_with_its_figures(
    topic: Topic, language: str
) -> None:
    page = await told(RICH, topic, language=language)

    found = read(page)
    assert f'<html lang="{language}">' in page
    assert len(found.ids) == len(set(found.ids))
    is_proof = topic is Topic.PROOF
    assert ("<table" in page) is not is_proof
    assert (f"{BOOKS}{topic}.{language}.svg" in page) is not is_proof


async def test_a_small_commons_has_one_page_with_everything_on_it() -> None:
    page = await told(SMALL, "")

    assert has_one_page(SMALL)
    assert not has_one_page(RICH)
    assert page.count("<details>") == 11
    assert 'href="#income"' in page
    assert f'href="{BOOKS}income"' not in page
    for topic in Topic:
        moved = await got(SMALL, topic)
        assert moved is not None
        assert (moved.status, header(moved, "location")) == (303, f"{BOOKS}#{topic}")


def test_a_long_table_needs_pages_whatever_the_income() -> None:
    many = replace(SMALL, give_take=(COOP,) * 25)

    assert not has_one_page(many)


@pytest.mark.parametrize("path", ["", "takers", "figures.json", "income.csv"])
async def test_a_commons_that_has_nothing_shows_nothing(path: str) -> None:
    assert await got(NOTHING, path) is None
    assert await got(replace(NOTHING, footprint=(SERVED,)), path) is None


async def test_what_serving_took_is_told_beside_something() -> None:
    woken = replace(NOTHING, footprint=(SERVED,), give_take=(COOP,))

    assert topics_of(woken) == (Topic.TAKERS, Topic.FOOTPRINT)
    assert "What serving it took" in await told(woken, "")


@pytest.mark.parametrize("topic", MONEY)
async def test_topics_without_figures_are_not_there(topic: str) -> None:
    answer = await got(replace(RICH, income=(), pots=(), rounds=(), shares=()), topic)

    assert answer is not None
    assert answer.status == 404


@pytest.mark.parametrize("language", ["en", "fr"])
@pytest.mark.parametrize("seen", [NO_MONEY], ids=["nobody sells"])
async def test_where_nobody_sells_no_word_of_money_is_said(
    seen: PublicFigures, language: str
) -> None:
    for path in ("", "give-take.csv", "figures.json", "takers.en.svg", "takers.fr.svg"):
        assert words_of_money(await told(seen, path, language=language)) == [], path
    for topic in MONEY:
        gone = await got(seen, topic, language=language)
        assert gone is not None
        assert gone.status == 404
        assert words_of_money(gone.body.decode()) == []


async def test_the_same_words_are_said_where_somebody_sells() -> None:
    assert words_of_money(await told(RICH, ""))
    assert words_of_money(await told(RICH, "give-take.csv"))


def test_both_languages_say_everything_with_the_same_figures() -> None:
    english, french = WORDS["en"], WORDS["fr"]
    figures = re.compile(r"\{(\w+)\}")

    assert list(english) == list(french)
    for word, text in english.items():
        assert sorted(figures.findall(text)) == sorted(figures.findall(french[word]))


async def test_a_page_is_in_one_language_alone() -> None:
    english = await told(RICH, "", language="en")
    french = await told(RICH, "", language="fr")
    own = set(WORDS["en"].values()) - set(WORDS["fr"].values())
    said = " ".join(" ".join(read(french).text).split())

    assert english != french
    for text in own:
        if "{" not in text and len(text) > 12:
            assert text not in said


async def test_the_reader_chooses_the_language_and_links_keep_it() -> None:
    page = await told(RICH, "?lang=fr", language="en")

    assert '<html lang="fr">' in page
    assert f'href="{BOOKS}takers?lang=fr"' in page
    assert "?lang=" not in re.sub(
        r'href="\?lang=..', "", await told(RICH, "", language="fr")
    )


@pytest.mark.parametrize(
    ("language", "head"),
    [("en", "Voted / might vote"), ("fr", "Ont voté / inscrits")],
)
async def test_a_tally_says_how_many_voted(language: str, head: str) -> None:
    page = await told(RICH, "decisions", language=language)
    assert head in page
    assert "7 / 9" in page


async def test_a_page_needs_no_script_and_allows_none() -> None:
    answer = await got(RICH, "")

    assert answer is not None
    policy = header(answer, "content-security-policy")
    assert "<script" not in answer.body.decode()
    assert " style=" not in answer.body.decode()
    assert policy.startswith("default-src 'none'; style-src 'sha256-")
    assert "unsafe" not in policy
    assert "img-src 'self'" in policy
    assert header(answer, "x-content-type-options") == "nosniff"


async def test_names_are_text_wherever_they_stand() -> None:
    evil = "<script>alert(1)</script>"
    seen = replace(RICH, give_take=(replace(COOP, name=evil),))

    for path in ("", "takers", "takers.en.svg", "takers.en.narrow.svg"):
        text = await told(seen, path)
        assert evil not in text
        assert "&lt;script&gt;" in text


async def test_who_is_not_named_is_counted() -> None:
    seen = replace(
        RICH,
        give_take=(
            replace(COOP, who=Who.UNPROVEN, name="", entity="", parties=3),
            RICH.give_take[2],
        ),
    )

    assert "Organisations, unproven (3)" in await told(seen, "takers")
    assert "Personnes non nommées (7)" in await told(seen, "takers", language="fr")


async def test_one_command_checks_the_log() -> None:
    page = await told(RICH, "proof")

    command = f"copyfair log verify {LOG.url} --key &#39;{LOG.key}&#39;"
    assert page.count("<pre") == 1
    assert command in page


async def test_amounts_of_two_currencies_are_never_added_up() -> None:
    dollars = IncomeRow("company", "registers", "USD", 5_000)
    seen = replace(RICH, income=(*RICH.income, dollars))

    page = await told(seen, "income")

    assert "€12,345.60 came in" in page
    assert "$50.00" in page


@pytest.mark.parametrize(
    ("language", "told", "other"),
    [("en", "Everybody gets", "Chacun reçoit"), ("fr", "Chacun reçoit", "Everybody")],
)
async def test_the_value_equation_is_published_with_the_round(
    language: str, told: str, other: str
) -> None:
    page = await told_of("rounds", language)

    assert told in page
    assert other not in page


async def test_a_single_bar_compares_nothing_and_is_not_drawn() -> None:
    one = replace(RICH, rounds=RICH.rounds[:1], footprint=(SERVED,))

    for topic in ("rounds", "footprint"):
        assert f"{topic}.en.svg" not in await told(one, topic)
        gone = await got(one, f"{topic}.en.svg")
        assert gone is not None
        assert gone.status == 404


async def test_a_round_that_failed_says_so() -> None:
    failed = replace(RICH.rounds[0], gate="fail", labour_minor=0, pool_minor=0)

    page = await told(replace(RICH, rounds=(failed,)), "rounds")

    assert "Round 2026-11 failed the gate and paid nothing." in page


async def told_of(topic: str, language: str) -> str:
    return await told(RICH, topic, language=language)
