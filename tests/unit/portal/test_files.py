"""The public books as files: drawings, CSV and JSON, exact and cacheable."""

from __future__ import annotations

import csv
import json
from dataclasses import fields, replace

import pytest
from defusedxml import ElementTree

from gateway.portal.addresses import TABLES, Topic, place_of
from gateway.services.public_books.figures import GiveTakeRow
from tests.unit.portal.builders import COOP, MAPWORKS, NO_MONEY, RICH, got, told
from tests.unit.terms.builders import header

SVG = "{http://www.w3.org/2000/svg}"
DRAWN = [each for each in Topic if each is not Topic.PROOF]
NAMES = [name for each in TABLES.values() for name in each]


@pytest.mark.parametrize("topic", DRAWN)
@pytest.mark.parametrize("frame", ["", ".narrow"])
async def test_a_drawing_is_a_file_that_says_what_it_shows(
    topic: Topic, frame: str
) -> None:
    answer = await got(RICH, f"{topic}.fr{frame}.svg")

    assert answer is not None
    drawing = ElementTree.fromstring(answer.body)
    assert drawing.tag == f"{SVG}svg"
    assert drawing.find(f"{SVG}title") is not None
    assert drawing.find(f"{SVG}desc") is not None
    assert drawing.findall(f".//{SVG}rect")
    assert "unsafe" not in header(answer, "content-security-policy")
    assert header(answer, "content-type").startswith("image/svg+xml")


@pytest.mark.parametrize("name", NAMES)
async def test_each_table_is_there_as_csv_and_as_json(name: str) -> None:
    lines = [*csv.DictReader((await told(RICH, f"{name}.csv")).splitlines())]
    document = json.loads(await told(RICH, f"{name}.json"))

    assert document["schema"] == "copyfair-public-books/1"
    rows = document["tables"][name]
    assert list(document["tables"]) == [name]
    assert [[*row] for row in rows] == [[*line] for line in lines]
    for row, line in zip(rows, lines, strict=True):
        assert {k: "" if v is None else str(v) for k, v in row.items()} == line


async def test_one_document_has_every_table() -> None:
    document = json.loads(await told(RICH, "figures.json"))

    assert sorted(document["tables"]) == sorted(NAMES)
    assert document["log"]["size"] == 4711
    row = document["tables"]["give-take"][0]
    assert row["given_minor"] == 1_234_560
    assert [*row] == [each.name for each in fields(GiveTakeRow)]


async def test_a_script_is_given_the_same_at_the_page_s_address() -> None:
    whole = await told(RICH, "", Accept="application/json")
    topic = json.loads(await told(RICH, "rounds", Accept="*/*"))

    assert whole == await told(RICH, "figures.json")
    assert [*topic["tables"]] == ["rounds", "recipients"]


async def test_a_name_is_no_formula_in_a_spreadsheet() -> None:
    seen = replace(RICH, give_take=(replace(COOP, name="=HYPERLINK(1)"),))

    assert "'=HYPERLINK(1)" in await told(seen, "give-take.csv")


async def test_without_money_rows_have_no_columns_of_it() -> None:
    text = await told(NO_MONEY, "give-take.csv")

    head = text.splitlines()[0].split(",")
    assert "work_ppm" in head
    assert not {"currency", "given_minor", "given_ppm"} & set(head)


@pytest.mark.parametrize("path", ["", "takers", "takers.en.svg", "income.csv"])
async def test_who_has_it_already_is_told_so(path: str) -> None:
    first = await got(RICH, path)
    assert first is not None
    tag = header(first, "etag")

    same = await got(RICH, path, **{"If-None-Match": f'"x", W/{tag}'})
    newer = await got(replace(RICH, give_take=(MAPWORKS,), income=RICH.income[:1]),
                      path, **{"If-None-Match": tag})  # fmt: skip

    assert same is not None
    assert newer is not None
    assert (same.status, same.body) == (304, b"")
    assert newer.status == 200
    assert header(first, "cache-control") == "public, max-age=60"


@pytest.mark.parametrize(
    "path",
    ["nothing", "nothing.csv", "proof.en.svg", "income.de.svg", "takers.csv"],
)
async def test_what_is_not_there_is_not_there(path: str) -> None:
    answer = await got(RICH, path)

    assert answer is None or answer.status == 404


@pytest.mark.parametrize(
    "path", ["checkpoint/x", "../x", "income.csv/x", "Income", "a_b", ".csv", "x.exe"]
)
def test_an_address_of_another_shape_is_none_of_the_pages(path: str) -> None:
    assert place_of(path) is None
