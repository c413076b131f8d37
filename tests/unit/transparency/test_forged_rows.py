"""Every field of every kind of row, forged by whoever signs the log.

The forger makes all hashes and signatures anew, so only the sums can tell. What they
cannot tell stands in `docs/reference/open-books.md`, field by field, with who can bear
witness instead: a hole that is not written down there fails.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from gateway.transparency import kinds
from gateway.transparency.kinds import KINDS
from gateway.transparency.recompute import BadRow, recomputed
from gateway.transparency.rows import Row
from tests.unit.transparency.whole_commons import whole

DOCS = Path(__file__).parents[3] / "docs/reference/open-books.md"
TOLD = re.compile(r"^\| `([a-z/-]+)` \| ((?:`[a-z_]+` ?)+)\|", re.MULTILINE)
BEGINS, ENDS = "## What nobody can derive", "## "
OLDER = {kinds.WATERFALL, kinds.WATERFALL_BY_PAYER}
YEAR_US = 400 * 86_400_000_000


def name_of(row: Row) -> str:
    """The row's kind; of an entry with its happening."""
    happening = row.body.get("happening")
    return f"{row.kind}/{happening}" if happening else row.kind


@cache
def samples() -> Mapping[str, tuple[int, ...]]:
    """The first and the last row of each name."""
    found: dict[str, list[int]] = {}
    for place, row in enumerate(whole()):
        found.setdefault(name_of(row), []).append(place)
    return {
        name: tuple(dict.fromkeys((places[0], places[-1])))
        for name, places in found.items()
    }


@cache
def underived() -> Mapping[str, frozenset[str]]:
    """What the page says that nobody can derive, by name of row."""
    _, _, rest = DOCS.read_text("utf-8").partition(BEGINS)
    told, _, _ = rest.partition(f"\n{ENDS}")
    return {
        name: frozenset(re.findall(r"[a-z_]+", fields))
        for name, fields in TOLD.findall(told)
    }


def turned(value: Any) -> Iterator[Any]:
    """The same value with something in it that is not so."""
    match value:
        case bool():
            yield not value
        case None:
            yield 1
        case int():
            yield value + 1
        case str():
            yield f"{value}0" if value else "x"
        case list():
            yield value[1:] if value else [["x", 1]]
            if value:
                yield [*value, value[-1]]
                for each in turned(value[0]):
                    yield [each, *value[1:]]


def forged(row: Row) -> Iterator[tuple[str, Row | None]]:
    """Each field by its name, and the row in which it is another; none if left out."""
    yield "key", replace(row, key=f"{row.key}0")
    for step in (1, -1, YEAR_US):
        yield "at_us", replace(row, at_us=row.at_us + step)
    for name, value in row.body.items():
        for other in turned(value):
            yield name, replace(row, body={**row.body, name: other})
    yield "row", None


def is_noticed(place: int, row: Row | None) -> bool:
    rows = [*whole()]
    rows[place : place + 1] = [row] if row is not None else []
    try:
        recomputed(each.line for each in rows)
    except BadRow:
        return True
    return False


def test_the_commons_has_a_row_of_every_kind_and_comes_out() -> None:
    made = recomputed(row.line for row in whole())
    assert {*made.rows} == {*KINDS} - OLDER
    assert made.unchecked == {}


@pytest.mark.parametrize("name", sorted(samples()))
def test_a_forged_field_is_noticed_or_written_down(name: str) -> None:
    passed = {
        field
        for place in samples()[name]
        for field, row in forged(whole()[place])
        if not is_noticed(place, row)
    }
    assert passed == underived().get(name, frozenset())


def test_nothing_is_written_down_that_no_row_has() -> None:
    assert {*underived()} <= {*samples()}
