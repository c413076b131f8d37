"""What every test may rely on: no network by accident, and no silent skips."""

import os
import shutil
import socket
from collections.abc import Callable, Generator
from pathlib import Path
from typing import Never

import hypothesis
import pytest

from tests.order import FIRST

ROOT = Path(__file__).parent.parent
MAY_OPEN_SOCKETS = ("integration", "journeys", "conformance", "docs")
IN_CI = os.environ.get("CI", "").lower() in {"1", "true", "yes"}

# Two busy cores make any deadline a matter of luck; CI must fail the same way twice.
hypothesis.settings.register_profile("here", deadline=None)
hypothesis.settings.register_profile("ci", deadline=None, derandomize=True)
hypothesis.settings.load_profile("ci" if IN_CI else "here")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Put the longest files first; the rest stays as it stands."""
    places = {ROOT / "tests" / name: place for place, name in enumerate(FIRST)}
    items.sort(key=lambda item: places.get(item.path, len(places)))
    for path in {item.path for item in items if item.get_closest_marker("serial")}:
        if "mark.serial" not in path.read_text(encoding="utf-8"):
            message = f"{path}: `make test` looks for the words mark.serial"
            raise pytest.UsageError(message)


def _may_open_sockets(item: pytest.Item) -> bool:
    floor = item.path.relative_to(ROOT / "tests").parts[0]
    return floor in MAY_OPEN_SOCKETS or "services" in item.keywords


def _refuse(*_address: object) -> Never:
    floors = ", ".join(f"tests/{floor}" for floor in MAY_OPEN_SOCKETS)
    message = f"only {floors} and `services` tests may use the network"
    raise AssertionError(message)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Refuse connections and listeners where a test promised not to need them.

    A hook and not a fixture, so that fixtures of any scope are held to it too.
    The socket pair inside each event loop never connects or binds.
    """
    if _may_open_sockets(item):
        return (yield)
    with pytest.MonkeyPatch.context() as patch:
        for name in ("bind", "connect", "connect_ex"):
            patch.setattr(socket.socket, name, _refuse)
        return (yield)


@pytest.fixture(scope="session")
def require_program() -> Callable[[str], Path]:
    """Give the path of a program, or skip and say so; where CI=true, fail.

    Tests that ask carry the mark `services`. `make services` installs what
    they ask for.
    """

    def require(program: str) -> Path:
        # Debian keeps daemons where only root looks by default.
        where = os.pathsep.join([os.environ.get("PATH", ""), "/usr/sbin", "/sbin"])
        found = shutil.which(program, path=where)
        if found is not None:
            return Path(found)
        message = f"{program} is not installed (`make services` does on Debian)"
        if IN_CI:
            pytest.fail(message)
        pytest.skip(message)

    return require
