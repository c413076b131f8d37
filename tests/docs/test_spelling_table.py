"""The page about spellings holds the table that decides, row for row."""

from __future__ import annotations

from tests.docs.pages import ROOT
from tests.docs.spelling_table import table

PAGE = ROOT / "docs/explanation/one-reading-of-a-url.md"


def test_the_page_has_the_table_of_the_code_and_no_other_row() -> None:
    text = PAGE.read_text(encoding="utf-8")
    section = text.partition("## The table\n")[2].partition("\n## ")[0]
    written = "\n".join(line for line in section.splitlines() if line.startswith("|"))

    assert written == table(), table()
