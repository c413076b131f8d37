"""A row of the log: one fact of the books, in one spelling.

A row is one line of canonical JSON; the line's bytes, without its break, are the leaf.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.billing.canonical import canonical_json
from gateway.kernel.errors import InvalidValue
from gateway.transparency.kinds import KINDS
from gateway.transparency.merkle import leaf_hash

FIELDS = frozenset({"at_us", "body", "key", "kind"})
LINE_CHARS_MAX = 4 * 1024 * 1024

_spelled = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False
).encode


@dataclass(frozen=True, slots=True)
class Row:
    """One fact.

    Attributes:
        kind: One of `KINDS`.
        key: Names it within its kind.
        at_us: When it counts, microseconds UTC.
        body: What it says, with the fields of its kind.
    """

    kind: str
    key: str
    at_us: int
    body: Mapping[str, Any]

    @property
    def line(self) -> str:
        """Its one spelling."""
        told = {"at_us": self.at_us, "body": self.body, "key": self.key}
        return canonical_json({**told, "kind": self.kind})

    @property
    def name(self) -> str:
        """As people call it."""
        return f"{self.kind} {self.key}"


def leaf_of(line: str) -> bytes:
    """The hash of a line."""
    return leaf_hash(line.encode())


def row_in(line: str) -> Row:
    """Read a line.

    Raises:
        InvalidValue: it is no row of a kind we know, says something else than its kind
            does, or is spelled otherwise.
    """
    if len(line) > LINE_CHARS_MAX:
        raise InvalidValue("it is longer than any row")
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        raise InvalidValue("it is no JSON") from None
    if not isinstance(told, dict) or told.keys() != FIELDS:
        raise InvalidValue("it has not the fields of a row")
    kind, key, at_us, body = (told[name] for name in ("kind", "key", "at_us", "body"))
    if not isinstance(kind, str) or kind not in KINDS:
        detail = f"there is no kind {kind!r}"
        raise InvalidValue(detail)
    if not isinstance(key, str) or not key or type(at_us) is not int:
        raise InvalidValue("it has no key or no time")
    fields = KINDS[kind]
    if not isinstance(body, dict) or body.keys() != fields.keys():
        detail = f"its body has not the fields of kind {kind}"
        raise InvalidValue(detail)
    for name, is_shape in fields.items():
        if not is_shape(body[name]):
            detail = f"its {name} is not what kind {kind} has there"
            raise InvalidValue(detail)
    if _spelled(told) != line:  # a key twice, say: two readers, two meanings
        raise InvalidValue("it is not spelled as a row is")
    return Row(kind, key, at_us, body)


def shown(text: str) -> str:
    """A stranger's text as a terminal may show it."""
    return "".join(each if each.isprintable() else "\ufffd" for each in text)
