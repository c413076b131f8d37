"""What a host is told when `copyfair serve` cannot: one sentence, an exit status."""

import re
import shutil
import socket
import sqlite3
import subprocess
from collections.abc import Generator
from contextlib import closing
from pathlib import Path

import pytest

from gateway.storage.sqlite.engine import open_sqlite
from tests.journeys.running import COPYFAIR, ENVIRONMENT, copyfair, free_port

COLLECTION = Path("policies") / "collections" / "whole-site.yaml"
MISSPELT = "rules: [{id: all-is-sealed, then: dney, because: A slip.}]\n"


@pytest.fixture(scope="module")
def pristine(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A set-up as `init` writes it, with an empty store."""
    folder = tmp_path_factory.mktemp("set-up") / "gateway"
    status, _, err = copyfair(
        *("init", str(folder), "--upstream", "http://127.0.0.1:1"),
        *("--public-url", "https://archive.example"),
    )
    assert status == 0, err
    with closing(open_sqlite(folder / "copyfair.db")):
        return folder


@pytest.fixture
def set_up(pristine: Path, tmp_path: Path) -> Path:
    """Such a set-up, to be broken."""
    return shutil.copytree(pristine, tmp_path / "gateway")


@pytest.fixture
def taken() -> Generator[str]:
    """An address where somebody else listens."""
    with socket.create_server(("127.0.0.1", 0)) as listening:
        yield f"127.0.0.1:{listening.getsockname()[1]}"


def served(set_up: Path, *options: str) -> subprocess.CompletedProcess[str]:
    """`copyfair serve`, which ends by itself."""
    return subprocess.run(
        [COPYFAIR, "serve", "--config", str(set_up / "gateway.yaml"), *options],
        capture_output=True,
        check=False,
        env=ENVIRONMENT,
        text=True,
        timeout=60,
    )


@pytest.mark.parametrize("which", ["--listen", "--admin-listen"])
def test_a_port_that_is_taken_is_told(set_up: Path, taken: str, which: str) -> None:
    free = {name: f"127.0.0.1:{free_port()}" for name in ("--listen", "--admin-listen")}
    options = [word for pair in {**free, which: taken}.items() for word in pair]

    done = served(set_up, *options)

    assert done.returncode == 69
    assert done.stderr == (
        f"copyfair: {taken} is taken; stop what listens there, or choose another "
        "address with --listen or --admin-listen\n"
    )


def test_a_store_of_a_newer_version_is_not_touched(set_up: Path) -> None:
    store = set_up / "copyfair.db"
    with closing(sqlite3.connect(store)) as connection, connection:
        connection.execute(
            "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
            " VALUES ('identity', 'm999_from_tomorrow', '2030-01-01')"
        )
    before = store.read_bytes()

    done = served(set_up)

    (line,) = done.stderr.splitlines()
    assert done.returncode == 2
    assert "written by a newer version" in line
    assert "identity/m999_from_tomorrow" in line
    assert "upgrade this gateway" in line
    assert store.read_bytes() == before


def test_broken_policies_are_told_with_their_place(set_up: Path) -> None:
    with (set_up / COLLECTION).open("a", encoding="utf-8") as file:
        file.write(MISSPELT)

    done = served(set_up)

    assert done.returncode == 2
    assert re.search(r"whole-site\.yaml:\d+:\d+ .*deny", done.stderr)
    assert "Traceback" not in done.stderr
