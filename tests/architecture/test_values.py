"""Values that are not frozen, because that costs each request: nobody changes them."""

import ast
from collections.abc import Iterable

from tests.architecture.house import MODULES, at, nodes_of

VALUES = {"asked", "head", "order"}
"""What a `Request`, a `ResponseHead` and an `Order` are called here."""


def changed_values(nodes: Iterable[ast.AST]) -> list[ast.Attribute]:
    """Stores to a field of one of them, `visit.asked.path = …` included."""
    return [
        node
        for node in nodes
        if isinstance(node, ast.Attribute)
        and isinstance(node.ctx, ast.Store | ast.Del)
        and _last_name(node.value) in VALUES
    ]


def _last_name(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def test_a_request_once_made_stays_what_it_is() -> None:
    changes = [
        at(module, node)
        for module in MODULES
        for node in changed_values(nodes_of(module))
    ]

    assert changes == []


def test_a_change_would_be_seen() -> None:
    changes = ast.parse("visit.asked.path = '/'\nvisit.asked = asked\nhead.status += 1")

    assert [node.attr for node in changed_values(ast.walk(changes))] == [
        "path",
        "status",
    ]
