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

every_module = pytest.mark.parametrize("module", MODULES, ids=name_of)


def functions_of(module: Path) -> list[ast.FunctionDef | ast.AsyncFunctionDef]:
    return [
        node
        for node in ast.walk(parsed(module))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]


@every_module
def test_a_module_can_be_read_in_one_sitting(module: Path) -> None:
    lines = module.read_text(encoding="utf-8").splitlines()

    assert len(lines) <= LINES_MAX


@every_module
def test_a_function_fits_on_a_screen(module: Path) -> None:
    long = [
        f"{at(module, function)} {function.name}: {length} lines"
        for function in functions_of(module)
        if (length := (function.end_lineno or 0) - function.lineno + 1)
        > FUNCTION_LINES_MAX
    ]

    assert not long


@every_module
def test_a_module_says_what_it_is_for(module: Path) -> None:
    assert ast.get_docstring(parsed(module))


@every_module
def test_a_name_says_where_a_thing_belongs(module: Path) -> None:
    a_noun_of_the_command_line = module.parent == GATEWAY / "cli"
    if not a_noun_of_the_command_line:
        assert module.stem not in NAMES_NOBODY_CAN_PLACE
    assert module.parent.name not in NAMES_NOBODY_CAN_PLACE

    classes = [n for n in ast.walk(parsed(module)) if isinstance(n, ast.ClassDef)]
    vague = [
        f"{at(module, node)} {node.name}"
        for node in [*classes, *functions_of(module)]
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
