"""What the documentation says is true: blocks run, links lead somewhere."""

from pathlib import Path
from urllib.parse import unquote

import pytest

from tests.docs.page_runner import PageRunner
from tests.docs.pages import PAGES, anchors_of, blocks_of, links_of, name_of

ELSEWHERE = ("http://", "https://", "mailto:")
QUADRANTS = ("tutorials", "how-to", "reference", "explanation", "adr")


def pages_that_run() -> list[object]:
    found: list[object] = []
    for page in PAGES:
        blocks = list(blocks_of(page.read_text(encoding="utf-8")))
        if any(block.does_something for block in blocks):
            serves = any("serve" in block.options for block in blocks)
            marks = [pytest.mark.serial] if serves else []
            found.append(pytest.param(page, marks=marks, id=name_of(page)))
    return found


@pytest.mark.timeout(300)
@pytest.mark.parametrize("page", pages_that_run())
def test_every_runnable_block_does_what_it_says(page: Path, tmp_path: Path) -> None:
    with PageRunner(tmp_path) as runner:
        for block in blocks_of(page.read_text(encoding="utf-8")):
            try:
                runner.run(block)
            except (AssertionError, ValueError) as fault:
                pytest.fail(f"{name_of(page)}:{block.line}\n{fault}", pytrace=False)


@pytest.mark.parametrize("page", PAGES, ids=name_of)
def test_every_link_leads_somewhere(page: Path) -> None:
    broken = []
    for line, target in links_of(page.read_text(encoding="utf-8")):
        if target.startswith(ELSEWHERE):
            continue
        path, _, anchor = unquote(target).partition("#")
        there = (page.parent / path).resolve() if path else page
        if not there.exists():
            broken.append(f"{name_of(page)}:{line} {target}: no such file")
        elif anchor and anchor not in anchors_of(there.read_text(encoding="utf-8")):
            broken.append(f"{name_of(page)}:{line} {target}: no such heading")

    assert not broken


@pytest.mark.parametrize("quadrant", QUADRANTS)
def test_every_page_can_be_found_from_its_index(quadrant: str) -> None:
    folder = next(page for page in PAGES if name_of(page) == "docs/README.md").parent
    index = folder / quadrant / "README.md"
    linked = {target for _, target in links_of(index.read_text(encoding="utf-8"))}
    pages = {page.name for page in (folder / quadrant).glob("*.md")} - {"README.md"}

    assert pages <= linked, f"{name_of(index)} does not mention {pages - linked}"
