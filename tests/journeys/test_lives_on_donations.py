"""A museum that sells nothing: no word of money, until it is given something."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.money_words import words_of_money
from tests.journeys.command_line import Archive, an_archive, copyfair
from tests.journeys.commons import Commons
from tests.journeys.test_public_books import page_of as page_of_books

PEOPLE = ("Amina", "Ines", "Jo")
IBAN = "iban=FR76 3000 6000 0112 3456 7890 189"


@pytest.fixture
def museum(tmp_path: Path) -> Archive:
    """Three people who worked, and somebody who takes; nothing was ever sold."""
    museum = an_archive(tmp_path / "museum", sells=False)
    for name in PEOPLE:
        museum.tells("party", "add", name, "--set", "entity=person")
    for name in PEOPLE:
        claim = museum.tells(
            *("contribution", "claim", "--party", name, "--kind", "care"),
            *("--title", "Answered letters", "--evidence", "box 1", "--hours", "4"),
        )
        reviewer = "Ines" if name != "Ines" else "Amina"
        museum.tells(
            "contribution", "review", claim["claim_id"], "accept", "--by", reviewer
        )
    return museum


def page_of(museum: Archive, path: str) -> str | None:
    found: str | None = page_of_books(Commons(museum), path)
    return found


def figures(museum: Archive) -> dict[str, Any]:
    told = page_of(museum, "figures.json")
    assert told is not None
    tables: dict[str, Any] = json.loads(told)["tables"]
    return tables


def test_a_museum_with_no_income_sees_none_of_this(museum: Archive) -> None:
    page = page_of(museum, "")
    assert page is not None
    assert "People, not named (3)" in page
    assert words_of_money(page) == []
    assert not {"income", "waterfall", "rounds", "recipients"} & figures(museum).keys()
    assert museum.says("round", "run", "2026", "--equal").out == (
        "there is nothing to split yet\n"
    )
    museum.tells("fund", "gift", "9.00 EUR", "--to", "Amina", "--reference", "G-1")
    assert words_of_money(page_of(museum, "") or "") == [], "it only passes through"


def test_300_euros_a_year_are_one_page_and_one_equal_split(museum: Archive) -> None:
    museum.tells("fund", "donate", "300.00 EUR", "--reference", "B-17")
    first = museum.tells("round", "run", "2026", "--equal")
    again = museum.tells("round", "run", "2026", "--equal")

    assert (first["new"], again["new"]) == (True, False)
    assert first["allocations"] == again["allocations"]
    for one in first["allocations"]:
        assert len({*one["shares"].values()}) == 1, "equally"
        assert len(one["shares"]) == len(PEOPLE)
    divided = sum(one["amount_minor"] for one in first["allocations"])

    page = page_of(museum, "")
    assert page is not None
    assert "300.00" in page
    tables = figures(museum)
    assert [row["received_minor"] for row in tables["income"]] == [30_000]
    assert [row["name"] for row in tables["rounds"]] == ["2026"]
    assert sum(row["allocated_minor"] for row in tables["recipients"]) == divided
    assert not page_of(museum, "waterfall"), "one page: the rest leads to it"
    assert "invoice" not in page

    museum.tells("log", "publish")
    told = copyfair("fund", "recompute", "--from", museum.folder / "books", "--json")
    assert told.json["ok"]
    assert museum.tells("audit")["ok"]


def test_the_split_is_paid_by_a_file_for_the_bank(
    museum: Archive, tmp_path: Path
) -> None:
    museum.tells("fund", "donate", "300.00 EUR", "--reference", "B-17")
    museum.tells("round", "run", "2026", "--equal")
    museum.tells("party", "set", "Amina", IBAN)
    file = tmp_path / "december.xml"
    refused = museum.says("fund", "payouts", "--file", file)
    assert "set invoicing.name and invoicing.iban" in refused.err
    museum.rewrite(
        "  seller: none\n",
        "  seller: none\n  name: Museum\n  iban: DE02120300000000202051\n",
    )

    told = museum.tells("fund", "payouts", "--file", file)

    assert "pain.001.001.09" in file.read_text(encoding="utf-8")
    (made,) = told["files"]
    assert [one["amount_minor"] for one in made["orders"]] == [8_500]
