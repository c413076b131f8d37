"""Answers at our own addresses: documents, and problems in the client's dialect."""

from __future__ import annotations

import json
from typing import Any

from gateway.kernel.request import Request
from gateway.web.answer import Answer, HeaderPairs
from gateway.web.problem_bodies import Problem, written
from gateway.web.reasons import own_words
from gateway.web.security_headers import NO_STORE, SAFE
from gateway.web.structured_fields import decision_field

AN_HOUR: HeaderPairs = (("Cache-Control", "public, max-age=3600"),)
RULE = "own-address"
"""What our own addresses name as the rule: no policy was asked."""


def json_answer(
    status: int, document: Any, *, headers: HeaderPairs = NO_STORE
) -> Answer:
    """A document, indented for people who look at it with curl."""
    body = json.dumps(document, indent=2, ensure_ascii=False).encode() + b"\n"
    return Answer(status, (("Content-Type", "application/json"), *SAFE, *headers), body)


def problem(
    asked: Request,
    code: str,
    detail: str,
    *,
    status: int = 0,
    headers: HeaderPairs = (),
    **more: Any,
) -> Answer:
    """A problem (RFC 9457), as a document or a page.

    Args:
        asked: The request.
        code: A key of `web.problem_types.PROBLEM_TYPES`.
        detail: One sentence: what is wrong here, and what to do.
        status: Instead of the type's own.
        headers: Fields to add.
        more: Extension members of the document.
    """
    decided = decision_field(decision="error", rule=RULE, reason=detail)
    found = Problem(
        code,
        detail,
        decision="error",
        rule=RULE,
        headers=(("Copyfair-Decision", decided), *headers),
        more=more,
        spoken=lambda: own_words(detail),
    )
    return written(found, asked, status=status)


def retry_later(
    asked: Request, code: str, detail: str, *, retry_after_s: int
) -> Answer:
    """A problem that is over by itself."""
    wait = (("Retry-After", str(retry_after_s)),)
    return problem(asked, code, detail, headers=wait)


def not_allowed(asked: Request, methods: str) -> Answer:
    """The address exists, the method does not."""
    detail = f"{asked.path} answers {methods}"
    return problem(asked, "method-not-allowed", detail, headers=(("Allow", methods),))
