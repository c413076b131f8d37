"""Sizes, names and words: the house rules that no linter knows."""

import ast
import re
from pathlib import Path

import pytest

from tests.architecture.house import (
    GATEWAY,
    MODULES,
    NOT_BUILT_YET,
    ROOMS,
    at,
    name_of,
    nodes_of,
    parsed,
)

LINES_MAX = 400
FUNCTION_LINES_MAX = 70
README_LINES_MAX = 60
NAMES_NOBODY_CAN_PLACE = {
    "base",
    "common",
    "data",
    "helper",
    "helpers",
    "info",
    "manager",
    "misc",
    "util",
    "utils",
}
VERBS_THAT_SAY_NOTHING = ("do_", "process_", "handle_data", "helper_")
README_WORDS = ("owns", "does not own", "invariants", "words")


def functions_of(module: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in nodes_of(module)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


def classes_of(module: Path) -> list[ast.ClassDef]:
    return [node for node in nodes_of(module) if isinstance(node, ast.ClassDef)]


def test_a_module_can_be_read_in_one_sitting() -> None:
    lengths = {
        name_of(module): len(module.read_text(encoding="utf-8").splitlines())
        for module in MODULES
    }

    assert not {name: lines for name, lines in lengths.items() if lines > LINES_MAX}


def test_a_function_fits_on_a_screen() -> None:
    long = [
        f"{at(module, function)} {function.name}: {length} lines"
        for module in MODULES
        for function in functions_of(module)
        if (length := (function.end_lineno or 0) - function.lineno + 1)
        > FUNCTION_LINES_MAX
    ]

    assert not long


def test_a_module_says_what_it_is_for() -> None:
    silent = [name_of(each) for each in MODULES if not ast.get_docstring(parsed(each))]

    assert not silent


def test_a_name_says_where_a_module_belongs() -> None:
    vague = [
        name_of(module)
        for module in MODULES
        if module.parent.name in NAMES_NOBODY_CAN_PLACE
        or (
            module.stem in NAMES_NOBODY_CAN_PLACE
            and module.parent != GATEWAY / "cli"  # a noun of the command line
        )
    ]

    assert not vague


def test_a_name_says_what_a_thing_does() -> None:
    vague = [
        f"{at(module, node)} {node.name}"
        for module in MODULES
        for node in [*classes_of(module), *functions_of(module)]
        if node.name.lstrip("_").startswith(VERBS_THAT_SAY_NOTHING)
        or node.name.endswith(("Manager", "Helper", "Utils", "Util"))
    ]

    assert not vague


@pytest.mark.parametrize("room", [*ROOMS, *NOT_BUILT_YET, "documents"])
def test_a_room_says_what_it_owns_and_what_it_does_not(room: str) -> None:
    readme = (GATEWAY / room / "README.md").read_text(encoding="utf-8")

    for word in README_WORDS:
        heading = re.compile(rf"^(#+ |\*\*){word}\b", re.IGNORECASE | re.MULTILINE)
        assert heading.search(readme), f"gateway/{room}/README.md lacks {word!r}"
    assert len(readme.splitlines()) <= README_LINES_MAX, "more than one screen"
