"""Money is whole: no float enters a room that counts what is owed."""

import ast
from pathlib import Path

import pytest

from tests.architecture.house import GATEWAY, MODULES, MONEY_ROOMS, at, name_of, parsed

# Modules whose `/` divides exact fractions, each with what it divides.
DIVIDES_FRACTIONS = {
    "gateway/kernel/money.py": "micros by micros per minor unit, before rounding",
    "gateway/fund/rules/conviction.py": "conviction and its threshold, as fractions",
    "gateway/fund/rules/flow.py": "elimination over fractions",
    "gateway/fund/rules/sharing.py": "the highest score under a cap",
}

MODULES_OF_MONEY = [
    module for room in MONEY_ROOMS for module in sorted((GATEWAY / room).rglob("*.py"))
]
MODULES_OF_MONEY.append(GATEWAY / "kernel" / "money.py")


def is_inexact(node: ast.AST, *, divides_fractions: bool) -> bool:
    match node:
        case ast.Constant(value=float() | complex()):
            return True
        case ast.Name(id="float" | "complex"):
            return True
        case ast.Attribute(value=ast.Name(id="math"), attr="sqrt" | "log" | "exp"):
            return True
        case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
            return not divides_fractions
        case _:
            return False


@pytest.mark.parametrize("module", MODULES_OF_MONEY, ids=name_of)
def test_no_float_comes_near_money(module: Path) -> None:
    exact = name_of(module) in DIVIDES_FRACTIONS
    findings = [
        f"{at(module, node)} {ast.unparse(node)}"
        for node in ast.walk(parsed(module))
        if is_inexact(node, divides_fractions=exact)
    ]

    assert not findings


def test_every_exception_is_still_needed() -> None:
    for name in DIVIDES_FRACTIONS:
        tree = parsed(GATEWAY.parent / name)
        divisions = [node for node in ast.walk(tree) if isinstance(node, ast.Div)]
        assert divisions, f"{name} divides nothing; strike it from the list"


@pytest.mark.parametrize("module", MODULES, ids=name_of)
def test_no_statement_silently_replaces_a_row(module: Path) -> None:
    tree = parsed(module)
    prose = {node.value for node in ast.walk(tree) if isinstance(node, ast.Expr)}
    findings = [
        at(module, node)
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in prose
        and any(
            forbidden in " ".join(node.value.upper().split())
            for forbidden in ("INSERT OR REPLACE", "REPLACE INTO")
        )
    ]

    assert not findings
