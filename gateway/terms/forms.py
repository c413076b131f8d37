"""What somebody sends in: a form, or JSON that says the same."""

from __future__ import annotations

import json
from urllib.parse import parse_qs

from gateway.kernel.request import Request


def fields_of(asked: Request, body: bytes) -> dict[str, str]:
    """The fields of a form or of a JSON object; none where it is neither."""
    kind = asked.headers.get("content-type").partition(";")[0].strip().lower()
    try:
        if kind == "application/json":
            said = json.loads(body)
            known = said.items() if isinstance(said, dict) else ()
            return {name: _kept(text) for name, text in known if isinstance(text, str)}
        if kind == "application/x-www-form-urlencoded":
            form = parse_qs(body.decode(), max_num_fields=8)
            return {name: values[0] for name, values in form.items()}
    except (ValueError, RecursionError):
        pass
    return {}


def _kept(text: str) -> str:
    """Text that a store can hold: JSON may spell half a surrogate pair."""
    return text.encode("utf-8", "replace").decode()
