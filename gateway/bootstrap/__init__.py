"""The composition root: introduces rooms to neighbours, and to real time.

What is named here is imported when it is first asked for: a command that needs no
store starts without one.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from gateway.bootstrap.chance import RandomIds, SystemClock
    from gateway.bootstrap.front import parser_holes
    from gateway.bootstrap.house import House, open_store_of, opened
    from gateway.bootstrap.shipped import policies_of, shipped_policies

__all__ = [
    "House",
    "RandomIds",
    "SystemClock",
    "open_store_of",
    "opened",
    "parser_holes",
    "policies_of",
    "shipped_policies",
]

_PLACES = {
    **dict.fromkeys(("RandomIds", "SystemClock"), "chance"),
    **dict.fromkeys(("House", "open_store_of", "opened"), "house"),
    **dict.fromkeys(("policies_of", "shipped_policies"), "shipped"),
    "parser_holes": "front",
}


def __getattr__(name: str) -> Any:
    place = _PLACES.get(name)
    if place is None:
        detail = f"module {__name__!r} has no attribute {name!r}"
        raise AttributeError(detail)
    return getattr(import_module(f"{__name__}.{place}"), name)
