"""Labelled user agents, replayed: how often people are taken for machines.

The rows come from public lists (see `../shared/data/SOURCES.md`); the repository
holds none of them. Every figure that is asked for is printed when it is missed.
"""

from __future__ import annotations

import re
from fractions import Fraction

import pytest

from gateway.classification.describe import described
from gateway.classification.known_agents import Agent, KnownAgents
from gateway.policy_files.agents import read_agents
from tests.conformance import accuracy
from tests.conformance.archives_and_git import CLIENTS, Known
from tests.conformance.labelled import (
    AI_KINDS,
    LABELLED,
    PEOPLE,
    ROOT,
    Row,
    labelled,
    operators,
)

# What the reference policy may answer with an offer when nobody is identified.
OFFERED = AI_KINDS | {"seo"}
# Listed as AI by some, but serving readers or run by anybody: they stay what
# their operators say they are.
NO_AI_CRAWLERS = {
    "facebookexternalhit",  # draws the card below a shared link
    "semanticscholarbot",  # a free index of research
    "scrapy",  # a framework; anybody may be behind it
    "botify",  # search engine optimisation
}
# Listed as reading feeds, but for a commercial data set, by its own page.
NO_FEED_READERS = {"awariosmartbot"}

pytestmark = pytest.mark.skipif(
    not LABELLED.exists(),
    reason="../shared/data/ua is not on this machine; see SOURCES.md there",
)


@pytest.fixture(scope="module")
def catalogue() -> tuple[Agent, ...]:
    return read_agents(ROOT / "policies")


@pytest.fixture(scope="module")
def rows(catalogue: tuple[Agent, ...]) -> list[Row]:
    return labelled(catalogue)


def shown(rows: list[Row]) -> str:
    return "\n".join(f"{row.told['kind']}  {row.user_agent[:120]}" for row in rows)


def test_people_are_not_taken_for_machines(rows: list[Row]) -> None:
    people = [row for row in rows if row.is_person]

    wrong = [row for row in people if row.told["kind"] not in PEOPLE]

    assert len(people) > 1_500
    figures = f"{len(wrong)} of {len(people)} people:\n{shown(wrong)}"
    assert len(wrong) * 1_000 <= len(people), figures


def test_people_weighted_by_traffic_are_not_taken_for_machines(
    rows: list[Row],
) -> None:
    people = [row for row in rows if row.expected == "human"]

    wrong = [row for row in people if row.told["kind"] not in PEOPLE]

    total = sum((row.weight for row in people), Fraction(0))
    missed = sum((row.weight for row in wrong), Fraction(0))
    figures = f"{float(missed / total):.6f} of the traffic:\n{shown(wrong)}"
    assert missed * 10_000 <= total * 2, figures


def test_nobody_labelled_human_is_ever_made_an_offer(rows: list[Row]) -> None:
    offered = [
        row for row in rows if row.expected == "human" and row.told["kind"] in OFFERED
    ]

    assert not offered, shown(offered)


def test_feed_readers_are_feed_readers(rows: list[Row]) -> None:
    feeds = [row for row in rows if row.expected == "feed-reader"]

    wrong = [row for row in feeds if row.told["kind"] != "feed-reader"]

    assert feeds
    assert not wrong, shown(wrong)


@pytest.mark.parametrize(
    "category",
    ["feed-reader", "feedfetcher", "archiver", "social-preview", "http-library"],
)
def test_feeds_archives_previews_and_libraries_are_made_no_offer(
    rows: list[Row], category: str
) -> None:
    kind_rows = [
        row
        for row in rows
        if not row.is_ai
        and any(category in s["category"] for s in row.sources.values())
    ]

    offered = [
        row
        for row in kind_rows
        if row.told["kind"] in OFFERED and not _names(row, NO_FEED_READERS)
    ]

    assert kind_rows
    assert not offered, shown(offered)


def test_self_declared_ai_is_recognised(rows: list[Row]) -> None:
    index = operators()
    declared = [row for row in rows if row.is_declared_ai and not row.is_disputed]

    missed = [row for row in declared if not row.is_recognised(index)]

    assert len(declared) > 80
    figures = f"{len(missed)} of {len(declared)} missed:\n{shown(missed)}"
    assert len(missed) * 100 <= 2 * len(declared), figures


def test_where_the_index_names_an_operator_it_is_that_one(rows: list[Row]) -> None:
    index = operators()
    named = [row for row in rows if row.is_declared_ai and row.operator_in(index)]

    other = [row for row in named if not row.is_recognised(index)]

    assert len(named) > 70
    assert len(other) * 100 <= 2 * len(named), shown(other)


def test_what_some_list_calls_ai_and_we_do_not_is_argued_by_name(
    rows: list[Row],
) -> None:
    others = [
        row for row in rows if row.is_declared_ai and row.told["kind"] not in AI_KINDS
    ]

    assert all(row.is_disputed for row in others), shown(others)
    assert all(_names(row, NO_AI_CRAWLERS) for row in others), shown(others)


def _names(row: Row, agents: set[str]) -> bool:
    return bool(agents & set(re.split(r"[ ,]", row.told["because"])))


@pytest.mark.parametrize("client", CLIENTS, ids=lambda each: each.user_agent[:40])
def test_archives_and_git_are_what_they_are(
    catalogue: tuple[Agent, ...], client: Known
) -> None:
    told = described({"ua": client.user_agent}, KnownAgents(catalogue))

    assert told["kind"] in client.kinds
    assert not client.kinds & OFFERED


def test_the_published_page_is_fresh() -> None:
    fresh = accuracy.page()

    assert accuracy.PAGE.read_text(encoding="utf-8") == fresh, (
        "run python -m tests.conformance.accuracy"
    )
