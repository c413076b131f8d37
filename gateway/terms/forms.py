"""What somebody sends in: a form, or JSON that says the same."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
FIELDS_MAX = 8


def fields_of(asked: Request, body: bytes) -> dict[str, str]:
    """The texts of a form or of a JSON object; none where it is neither."""
    said = said_in(asked, body)
    return {name: _kept(text) for name, text in said.items() if isinstance(text, str)}


def said_in(
    asked: Request, body: bytes, *, read: Callable[[bytes], Any] = json.loads
) -> dict[str, Any]:
    """A form's fields as texts, or a JSON object as it is; else nothing.

    Args:
        asked: Says which of both it is.
        body: As it was sent.
        read: Reads JSON, and refuses what is not to be taken.
    """
    try:
        if is_form(asked):
            form = parse_qs(body.decode(), max_num_fields=FIELDS_MAX)
            return {name: values[0] for name, values in form.items()}
        if _kind(asked) == JSON:
            said = read(body)
            return said if isinstance(said, dict) else {}
    except (ValueError, RecursionError, InvalidValue):
        pass
    return {}


def is_form(asked: Request) -> bool:
    """Did a page's form send it?"""
    return _kind(asked) == FORM


def _kind(asked: Request) -> str:
    return asked.headers.get("content-type").partition(";")[0].strip().lower()


def _kept(text: str) -> str:
    """Text that a store can hold: JSON may spell half a surrogate pair."""
    return text.encode("utf-8", "replace").decode()
