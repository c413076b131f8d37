"""What somebody sends in: a form, or JSON that says the same."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qs

from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.web.json_body import json_said

FORM = "application/x-www-form-urlencoded"
JSON = "application/json"
FIELDS_MAX = 8


def fields_of(asked: Request, body: bytes) -> dict[str, str]:
    """The texts of a form or of a JSON object; none where it is neither."""
    said = said_in(asked, body)
    return {name: text for name, text in said.items() if isinstance(text, str)}


def said_in(asked: Request, body: bytes) -> dict[str, Any]:
    """A form's fields as texts, or a JSON object as it is; else nothing."""
    try:
        if is_form(asked):
            form = parse_qs(body.decode(), max_num_fields=FIELDS_MAX)
            return {name: values[0] for name, values in form.items()}
        if _kind(asked) == JSON:
            said = json_said(body)
            return said if isinstance(said, dict) else {}
    except (ValueError, InvalidValue):
        pass
    return {}


def is_form(asked: Request) -> bool:
    """Did a page's form send it?"""
    return _kind(asked) == FORM


def _kind(asked: Request) -> str:
    return asked.headers.get("content-type").partition(";")[0].strip().lower()
