"""The composition root: introduces rooms to neighbours, and to real time."""

from __future__ import annotations

from gateway.bootstrap.chance import RandomIds, SystemClock
from gateway.bootstrap.front import parser_holes
from gateway.bootstrap.house import House, open_store_of, opened, policies_of
from gateway.bootstrap.shipped import shipped_policies

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
