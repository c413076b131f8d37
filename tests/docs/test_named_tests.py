"""A page that says which test holds a promise names a test there is."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT, name_of

NAMED = re.compile(r"`(test_\w+)`")
DEFINED = re.compile(r"^ *(?:async )?def (test_\w+)", re.MULTILINE)


def named_in(page: Path) -> set[str]:
    return set(NAMED.findall(page.read_text(encoding="utf-8")))


def defined() -> Iterator[str]:
    for file in (ROOT / "tests").rglob("test_*.py"):
        yield from DEFINED.findall(file.read_text(encoding="utf-8"))


NAMING = [page for page in PAGES if named_in(page)]


@pytest.mark.parametrize("page", NAMING, ids=name_of)
def test_every_test_a_page_names_exists(page: Path) -> None:
    assert named_in(page) - set(defined()) == set()


def test_the_page_of_outages_names_a_test_in_every_row() -> None:
    page = ROOT / "docs" / "explanation" / "outages.md"
    rows = [line for line in page.read_text("utf-8").splitlines() if line[:2] == "| "]
    promises = [row for row in rows if not row.endswith("| held by |")]

    assert len(promises) > 20
    assert [row for row in promises if not NAMED.search(row)] == []
