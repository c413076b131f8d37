"""Answers of the admin listener: versioned JSON, and problems."""

from __future__ import annotations

import json
from typing import Any

from aiohttp import web

from gateway.web.problem_types import PROBLEM_TYPES, type_uri

HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
"""On every answer of this listener."""


def document(schema: str, members: Any, *, status: int = 200) -> web.Response:
    """A document; *members* follow its schema's name."""
    body = json.dumps({"schema": schema} | dict(members), ensure_ascii=False)
    return web.Response(
        status=status, text=body + "\n", content_type="application/json"
    )


def problem(code: str, detail: str, *, status: int = 0) -> web.Response:
    """A problem document (RFC 9457).

    Args:
        code: A key of `web.problem_types.PROBLEM_TYPES`.
        detail: One sentence: what is wrong, and what to do.
        status: Instead of the type's own.
    """
    kind = PROBLEM_TYPES[code]
    body = {
        "type": type_uri(code),
        "title": kind.title.en,
        "status": status or kind.status,
        "detail": detail,
        "code": code,
    }
    return web.Response(
        status=status or kind.status,
        text=json.dumps(body, ensure_ascii=False) + "\n",
        content_type="application/problem+json",
    )
