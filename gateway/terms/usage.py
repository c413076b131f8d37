"""Usage so far: a party asks with its own key and sees what the invoice will count."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from gateway.identity.principal import Delayed, Principal, Refused
from gateway.kernel.errors import Unavailable
from gateway.kernel.request import Request
from gateway.terms import replies
from gateway.terms.ports import Identification, UsageDesk
from gateway.web.answer import Answer

METHODS = "GET, HEAD"
CHALLENGE = (("WWW-Authenticate", 'License error="invalid_token"'),)
SCHEMA = "copyfair-usage/1"
TOO_MANY = "too many unknown keys come from this network; try again in a moment"


@dataclass(slots=True)
class OwnUsage:
    """Answers for `/_copyfair/usage`.

    Attributes:
        identification: Says whose key it is.
        desk: Knows what was taken.
    """

    identification: Identification
    desk: UsageDesk

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """The usage of whoever holds the key; 401 for anybody else."""
        if asked.method not in {"GET", "HEAD"}:
            return replies.not_allowed(asked, METHODS)
        try:
            who = await self.identification.identify(asked)
            if isinstance(who, Delayed):
                wait_s = who.retry_after_s
                return replies.retry_later(
                    asked, "throttle", TOO_MANY, retry_after_s=wait_s
                )
            if not isinstance(who, Principal):
                return unknown(asked, who.detail if isinstance(who, Refused) else "")
            usage = await asyncio.to_thread(self.desk.usage_of, who.party.id)
        except Unavailable as fault:
            return replies.retry_later(
                asked, "unavailable", fault.detail, retry_after_s=fault.retry_after_s
            )
        own = {"schema": SCHEMA, "party_id": who.party.id, "key_id": who.key_id}
        return replies.json_answer(200, own | dict(usage))


def unknown(asked: Request, detail: str) -> Answer:
    """401 for whoever shows no key of ours."""
    say = detail or "send the API key of your agreement: Authorization: Bearer cg_…"
    return replies.problem(asked, "identify", say, headers=CHALLENGE)
