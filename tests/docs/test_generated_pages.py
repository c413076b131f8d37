"""Pages that say what the code says: written from it, or held to it."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from gateway.settings import read_settings
from gateway.settings.section import Section
from tests.docs.generated import GENERATED
from tests.docs.pages import ROOT
from tests.journeys.command_line import CODE, promises

SETTINGS = (ROOT / "docs/reference/settings.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(?P<key>[a-z_.0-9]+)` \|(?P<default>[^|]*)\|", re.MULTILINE)
ADR = re.compile(r"(\d{4})-[a-z0-9-]+\.md")
REQUIRED = """\
public_url: https://archive.example
upstreams: {archive: http://127.0.0.1:8080}
store: sqlite:///copyfair.db
"""
OVERRIDES = ("COPYFAIR_LISTEN", "COPYFAIR_ADMIN_LISTEN", "COPYFAIR_STORE")


@pytest.mark.parametrize("name", GENERATED)
def test_a_page_written_from_the_code_is_fresh(name: str) -> None:
    written = (ROOT / name).read_text(encoding="utf-8")

    assert written == GENERATED[name](), "python -m tests.docs.generated renews it"


# ── gateway.yaml ─────────────────────────────────────────────────────────────
@pytest.fixture
def asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Every key that reading a gateway.yaml asks for."""
    keys: set[str] = set()
    take = Section._take

    def noted(section: Section, key: str) -> object:
        keys.add(f"{section._name}{key}")
        return take(section, key)

    monkeypatch.setattr(Section, "_take", noted)
    (tmp_path / "gateway.yaml").write_text(REQUIRED, encoding="utf-8")
    read_settings(tmp_path / "gateway.yaml")
    return keys


def documented() -> dict[str, str]:
    """Key to default, as the page has them."""
    return {row["key"]: row["default"].strip("` ") for row in ROW.finditer(SETTINGS)}


def test_every_setting_has_its_row_and_no_other_has_one(asked_for: set[str]) -> None:
    sections = {key.rpartition(".")[0] for key in asked_for} - {"", "upstreams"}
    inside = {key for key in asked_for if key.startswith("upstreams.")}

    assert set(documented()) == asked_for - sections - inside


def test_the_defaults_are_what_the_page_says(tmp_path: Path) -> None:
    lines: dict[str, list[str]] = {}
    for key, default in documented().items():
        section, _, name = key.rpartition(".")
        if default not in {"required", ""}:
            lines.setdefault(section, []).append(f"{name}: {default}\n")
    text = REQUIRED + "".join(lines.pop(""))
    for section, inner in lines.items():
        text += f"{section}:\n" + "".join(f"  {line}" for line in inner)
    short, long = tmp_path / "short.yaml", tmp_path / "long.yaml"
    short.write_text(REQUIRED, encoding="utf-8")
    long.write_text(text, encoding="utf-8")

    read, by_default = read_settings(long), read_settings(short)

    for name in type(read).__slots__:
        if name != "file":
            assert getattr(read, name) == getattr(by_default, name), name


@pytest.mark.parametrize("variable", [*OVERRIDES, "COPYFAIR_PEPPER"])
def test_every_variable_is_named(variable: str) -> None:
    assert f"`{variable}`" in SETTINGS


# ── JSON documents, decisions ────────────────────────────────────────────────
def emitted() -> Iterator[str]:
    """Every schema that a command prints."""
    for module in (ROOT / "gateway" / "cli").rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
            match node:
                case ast.Call(
                    func=ast.Name(id="emit" | "_report"),
                    args=[ast.Constant(value=str(schema)), *_],
                ):
                    yield f"copyfair/{schema}/1"
                case _:
                    pass


def test_every_document_of_the_command_line_is_promised() -> None:
    assert set(emitted()) == set(promises())


def test_every_document_is_promised_once() -> None:
    page = (ROOT / "docs/reference/json-documents.md").read_text(encoding="utf-8")
    rows = [line for line in page.splitlines() if line.startswith("| `")]
    names = [name for row in rows for name in CODE.findall(row.split("|")[1])]

    assert sorted(names) == sorted(set(names))


def test_decisions_are_numbered_without_gaps() -> None:
    index = (ROOT / "docs/adr/README.md").read_text(encoding="utf-8")
    files = sorted(path.name for path in (ROOT / "docs/adr").glob("[0-9]*.md"))
    numbers = [int(name[:4]) for name in files]

    assert numbers == list(range(1, len(numbers) + 1))
    assert list(dict.fromkeys(ADR.findall(index.partition("| decision")[2]))) == [
        name[:4] for name in files
    ]


@pytest.mark.parametrize(
    "page", sorted((ROOT / "docs/adr").glob("[0-9]*.md")), ids=lambda page: page.stem
)
def test_a_decision_has_the_shape_of_the_first(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    number = page.name[:4]

    assert text.startswith(f"# ADR-{number}: ")
    assert re.search(r"^Status: (accepted|replaced)", text, re.MULTILINE)
    for heading in ("Question", "Decision", "Because", "Considered", "Consequences"):
        assert f"\n## {heading}\n" in text
