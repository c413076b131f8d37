"""What may stand in the repository, and what must."""

import re
import tomllib
from pathlib import Path
from typing import Any

import pytest

from tests.architecture.house import ROOT, files, name_of
from tests.order import FIRST

PROJECT: dict[str, Any] = tomllib.loads(
    (ROOT / "pyproject.toml").read_text(encoding="utf-8")
)
REUSE: dict[str, Any] = tomllib.loads((ROOT / "REUSE.toml").read_text(encoding="utf-8"))

# In pieces, so that this file does not name what it forbids.
REGISTRIES = tuple(
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("registry", "yarnpkg", "com"),
        ("deb", "debian", "org"),
    )
)
LOCK_OPTIONS = ("--index-url", "--extra-index-url", "--find-links", "--trusted-host")
FILE_BYTES_MAX = 4 * 1024 * 1024


def texts() -> list[tuple[str, str]]:
    found = []
    for path in files():
        content = path.read_bytes()
        if b"\0" not in content:
            found.append((name_of(path), content.decode("utf-8")))
    return found


def places_of_this_machine() -> tuple[str, ...]:
    """Give the folders of whoever runs this; nobody else has them."""
    places = [ROOT, Path.home()]
    return tuple(f"{place}/" for place in places if len(place.parts) > 2)


def test_no_file_names_a_registry() -> None:
    found = [
        f"{name}: {host}"
        for name, text in texts()
        for host in REGISTRIES
        if host in text
    ]

    assert not found


def test_no_file_knows_the_machine_it_was_written_on() -> None:
    found = [
        f"{name}: {place}"
        for name, text in texts()
        for place in places_of_this_machine()
        if place in text
    ]

    assert not found


def test_no_file_is_too_large_to_review() -> None:
    large = [name_of(path) for path in files() if path.stat().st_size > FILE_BYTES_MAX]

    assert not large


@pytest.mark.parametrize(
    "lock", sorted((ROOT / "requirements").glob("*.txt")), ids=name_of
)
def test_a_lock_pins_everything_by_hash_and_says_no_address(lock: Path) -> None:
    text = lock.read_text(encoding="utf-8")
    pins = re.split(r"^(?=[a-zA-Z0-9])", text, flags=re.MULTILINE)[1:]

    assert pins
    assert [pin.split()[0] for pin in pins if "--hash=sha256:" not in pin] == []
    assert [pin.split()[0] for pin in pins if "==" not in pin.split()[0]] == []
    assert "://" not in text
    assert not [option for option in LOCK_OPTIONS if option in text]


def dependencies() -> list[str]:
    project = PROJECT["project"]
    asked = [
        *project["dependencies"],
        *(one for extra in project["optional-dependencies"].values() for one in extra),
        *PROJECT["dependency-groups"]["dev"],
    ]
    return sorted({re.split(r"[\[<>=!~; ]", one)[0] for one in asked})


@pytest.mark.parametrize("dependency", dependencies())
def test_every_dependency_has_its_sentence(dependency: str) -> None:
    page = (ROOT / "docs/explanation/dependencies.md").read_text(encoding="utf-8")
    sentence = re.compile(rf"^[|*-] *`{re.escape(dependency)}`.*\w.*\.", re.MULTILINE)

    assert sentence.search(page), f"say why {dependency} is here"


def test_policy_packs_are_free_for_anyone() -> None:
    covered = [
        annotation
        for annotation in REUSE["annotations"]
        if "policies/packs/**" in annotation["path"]
    ]

    assert [one["SPDX-License-Identifier"] for one in covered] == ["CC0-1.0"]


def test_a_pack_does_not_contradict_that() -> None:
    tags = {
        (name, tag)
        for name, text in texts()
        if name.startswith("policies/packs/")
        for tag in re.findall(r"SPDX-License-Identifier: *(\S+)", text)
    }

    assert {name for name, tag in tags if tag != "CC0-1.0"} == set()


def test_every_licence_named_is_there_to_read() -> None:
    named = {one["SPDX-License-Identifier"] for one in REUSE["annotations"]}
    there = {path.stem for path in (ROOT / "LICENSES").glob("*.txt")}

    assert named == there


def test_the_files_that_run_first_are_there() -> None:
    assert [name for name in FIRST if not (ROOT / "tests" / name).is_file()] == []
