"""A request that is refused before anything is decided: it has no one reading."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.request import Request
from gateway.web.answer import HeaderPairs


@dataclass(frozen=True, slots=True)
class Refusal:
    """What is wrong with a request on the wire.

    Attributes:
        code: The problem type, a key of `gateway.web.problem_types.PROBLEM_TYPES`.
        detail: One sentence: what is wrong, and what to do.
        asked: The request as far as it could be read; enough to answer in the
            client's dialect and never passed on.
        headers: Fields to add to the answer.
    """

    code: str
    detail: str
    asked: Request
    headers: HeaderPairs = ()
