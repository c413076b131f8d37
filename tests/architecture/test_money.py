"""Money is whole: no float enters a room that counts what is owed."""

import ast
from pathlib import Path

from tests.architecture.house import (
    GATEWAY,
    MODULES,
    MONEY_ROOMS,
    at,
    name_of,
    nodes_of,
    parsed,
)

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


def test_no_float_comes_near_money() -> None:
    findings = [
        f"{at(module, node)} {ast.unparse(node)}"
        for module in MODULES_OF_MONEY
        for node in nodes_of(module)
        if is_inexact(node, divides_fractions=name_of(module) in DIVIDES_FRACTIONS)
    ]

    assert not findings


def test_every_exception_is_still_needed() -> None:
    for name in DIVIDES_FRACTIONS:
        tree = parsed(GATEWAY.parent / name)
        divisions = [node for node in ast.walk(tree) if isinstance(node, ast.Div)]
        assert divisions, f"{name} divides nothing; strike it from the list"


def replacements_in(module: Path) -> list[str]:
    nodes = nodes_of(module)
    prose = {node.value for node in nodes if isinstance(node, ast.Expr)}
    return [
        at(module, node)
        for node in nodes
        if isinstance(node, ast.Constant)
        and isinstance(node.value, str)
        and node not in prose
        and any(
            forbidden in " ".join(node.value.upper().split())
            for forbidden in ("INSERT OR REPLACE", "REPLACE INTO")
        )
    ]


def test_no_statement_silently_replaces_a_row() -> None:
    findings = [found for module in MODULES for found in replacements_in(module)]

    assert not findings
