"""Answers of this entrance: documents, and problems in the client's dialect."""

from __future__ import annotations

from gateway.web.replies import (
    AN_HOUR,
    RULE,
    json_answer,
    not_allowed,
    problem,
    retry_later,
)

__all__ = ["AN_HOUR", "RULE", "json_answer", "not_allowed", "problem", "retry_later"]
