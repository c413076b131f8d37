"""One spelling of a value, so that its digest means something.

Canonical JSON: keys sorted, no spaces, UTF-8, whole numbers only. The digest of a
finalised document is taken over it and never changes afterwards.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from enum import Enum
from typing import Any

from gateway.kernel.errors import InvalidValue


def plain(value: object) -> Any:
    """A value as mappings, lists, texts and whole numbers.

    Raises:
        InvalidValue: it holds something that has no exact spelling.
    """
    match value:
        case Enum():
            return value.value
        case bool() | int() | str() | None:
            return value
        case Mapping():
            return {str(plain(key)): plain(each) for key, each in value.items()}
        case frozenset():
            return sorted(plain(each) for each in value)
        case tuple() | list():
            return [plain(each) for each in value]
    if is_dataclass(value):
        return {each.name: plain(getattr(value, each.name)) for each in fields(value)}
    detail = f"{type(value).__name__} has no canonical spelling; use whole numbers"
    raise InvalidValue(detail)


def canonical_json(value: object) -> str:
    """The one spelling of *value*."""
    return json.dumps(
        plain(value), sort_keys=True, separators=(",", ":"), ensure_ascii=False
    )


def digest_of(value: object) -> str:
    """SHA-256 of the canonical spelling, hex."""
    return sha256_of(canonical_json(value))


def sha256_of(text: str) -> str:
    """SHA-256 of a text's UTF-8 bytes, hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def agrees(document: str, value: object) -> bool:
    """Does *value* still say everything that a kept document says?

    A document keeps the fields of its time; a value may have gained some since.

    Args:
        document: Canonical JSON, as it was kept.
        value: The value as it reads today.
    """
    return _agrees(json.loads(document), plain(value))


def _agrees(kept: Any, now: Any) -> bool:
    match kept, now:
        case dict(), dict():
            return all(key in now and _agrees(kept[key], now[key]) for key in kept)
        case list(), list():
            return len(kept) == len(now) and all(map(_agrees, kept, now))
    return bool(kept == now)
