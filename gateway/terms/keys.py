"""The keys that we sign with, for whoever checks a statement or an invoice of ours."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.kernel.clock import US_PER_S, Clock
from gateway.kernel.errors import GatewayError
from gateway.kernel.request import Request
from gateway.terms import replies
from gateway.web.answer import Answer, HeaderPairs
from gateway.web.security_headers import SAFE

METHODS = "GET, HEAD"
KEPT_US = 10 * US_PER_S
TYPE = "application/jwk-set+json"
HEADERS: HeaderPairs = (("Content-Type", TYPE), *SAFE, *replies.AN_HOUR)


@dataclass(slots=True)
class KeyPage:
    """Answers for `/_copyfair/keys`: a JSON Web Key Set (RFC 7517 §5).

    Attributes:
        jwks: Reads the public halves; blocking.
        clock: For how long they are kept.
    """

    jwks: Callable[[], Mapping[str, Any]]
    clock: Clock
    _body: bytes = field(default=b"", init=False)
    _until_us: int = field(default=0, init=False)

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """The key set; anybody may have it."""
        if asked.method not in {"GET", "HEAD"}:
            return replies.not_allowed(asked, METHODS)
        now_us = self.clock.now_us()
        if not self._body or now_us >= self._until_us:
            try:
                found = await asyncio.to_thread(self.jwks)
            except GatewayError:
                detail = "the key set cannot be read at present; its operator must act"
                return replies.retry_later(
                    asked, "unavailable", detail, retry_after_s=60
                )
            self._body = json.dumps(found, indent=2).encode() + b"\n"
            self._until_us = now_us + KEPT_US
        return Answer(200, HEADERS, self._body)
