"""Keys that follow from what a row says: under another, one thing could stand twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.kernel.errors import InvalidValue
from gateway.transparency import kinds
from gateway.transparency.claim_kinds import RULING
from gateway.transparency.rows import Row

Body = Mapping[str, Any]


def _allocation(body: Body) -> str:
    return f"{body['run']}/{body['source']}/{body['currency']}"


KEYS: Mapping[str, Callable[[Body], str]] = {
    kinds.ALLOCATION: _allocation,
    kinds.LEFT_OUT: _allocation,
    kinds.USAGE: lambda row: f"{row['agreement']}/{row['day']}/{row['up_to_place']}",
    kinds.FOOTPRINT: lambda row: f"{row['month']}/{row['collection']}",
    kinds.TARIFF: lambda row: f"{row['tariff']}/{row['version']}",
    kinds.POLICY: lambda row: str(row["version"]),
    RULING: lambda row: str(row["harm"]),
}


def assert_key(row: Row) -> None:
    """Refuse a row under another key than it has.

    Raises:
        InvalidValue: it stands under another.
    """
    made = KEYS.get(row.kind)
    if made is not None and row.key != made(row.body):
        detail = f"its key is not {made(row.body)}"
        raise InvalidValue(detail)
