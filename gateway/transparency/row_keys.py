"""Keys that follow from what a row says: under another, one thing could stand twice."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from gateway.kernel.errors import InvalidValue
from gateway.transparency import kinds
from gateway.transparency.claim_kinds import RULING
from gateway.transparency.rows import Row

Body = Mapping[str, Any]


def _named(*names: str) -> Callable[[Body], str]:
    return lambda body: "/".join(str(body[name]) for name in names)


KEYS: Mapping[str, Callable[[Body], str]] = {
    kinds.ALLOCATION: _named("run", "source", "currency"),
    kinds.LEFT_OUT: _named("run", "source", "currency"),
    kinds.USAGE: _named("agreement", "day", "up_to_place"),
    kinds.FOOTPRINT: _named("month", "collection"),
    kinds.TARIFF: _named("tariff", "version"),
    kinds.POLICY: _named("version"),
    RULING: _named("harm"),
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
