"""copyfair policy import: what is no such file is a fault, never an empty preset."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.cli.entry import copyfair
from gateway.kernel.errors import InvalidValue

ROBOTS = "User-agent: *\nDisallow: /search\n"


def imported(kind: str, content: bytes, folder: Path) -> Result:
    file = folder / "theirs"
    file.write_bytes(content)
    return CliRunner().invoke(copyfair, ["policy", "import", kind, str(file)])


@pytest.mark.parametrize("coding", ["utf-8", "utf-8-sig", "utf-16"])
def test_a_file_is_read_in_the_encoding_that_it_names(
    coding: str, tmp_path: Path
) -> None:
    told = imported("robots", ROBOTS.encode(coding), tmp_path)

    assert '"/search**"' in told.stdout


@pytest.mark.parametrize("kind", ["robots", "anubis"])
def test_a_page_in_place_of_a_file_is_a_fault(kind: str, tmp_path: Path) -> None:
    told = imported(kind, b"<!doctype html><title>404</title>\n", tmp_path)

    assert isinstance(told.exception, InvalidValue)


def test_a_file_of_which_nothing_can_be_said_tells_why(tmp_path: Path) -> None:
    told = imported("robots", b"User-agent: *\nCrawl-delay: soon\n", tmp_path)

    assert told.exit_code == 0
    assert "crawl-delay soon is no number" in told.stderr


def test_a_file_that_allows_everything_is_one_and_asks_for_nothing(
    tmp_path: Path,
) -> None:
    told = imported("robots", b"User-agent: *\nDisallow:\n", tmp_path)

    assert told.exit_code == 0
    assert "rules:" not in told.stdout
