"""Whose key it is: what a party is shown, only the holder of its key is."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gateway.identity.principal import Delayed, Principal, Refused
from gateway.kernel.errors import Misconfigured, Unavailable
from gateway.kernel.request import Request
from gateway.terms import replies
from gateway.terms.ports import Identification
from gateway.web.answer import Answer
from gateway.web.negotiation import wants_page
from gateway.web.problems import GIT_REALM

CHALLENGE = (("WWW-Authenticate", 'License error="invalid_token"'),)
PASSWORD = (("WWW-Authenticate", GIT_REALM),)
TOO_MANY = "too many unknown keys come from this network; try again in a moment"
SEND_A_KEY = "send the API key of your agreement: Authorization: Bearer cg_…"
RETRY_AFTER_S = 60


async def answered(
    asked: Request,
    identification: Identification,
    answer: Callable[[Principal], Awaitable[Answer]],
) -> Answer:
    """What *answer* tells the holder of the key; anybody else gets a problem.

    401 without a key of ours, 429 where too many unknown ones come, 503 while the
    store or a provider cannot be asked.
    """
    try:
        who = await identification.identify(asked)
        if isinstance(who, Delayed):
            return replies.retry_later(
                asked, "throttle", TOO_MANY, retry_after_s=who.retry_after_s
            )
        if not isinstance(who, Principal):
            say = (who.detail if isinstance(who, Refused) else "") or SEND_A_KEY
            # A browser can only ask for a password; scripts are not made to.
            asks = (*CHALLENGE, *PASSWORD) if wants_page(asked.headers) else CHALLENGE
            return replies.problem(asked, "identify", say, headers=asks)
        return await answer(who)
    except Unavailable as fault:
        return replies.retry_later(
            asked, "unavailable", fault.detail, retry_after_s=fault.retry_after_s
        )
    except Misconfigured as fault:
        return replies.retry_later(
            asked, "unavailable", fault.detail, retry_after_s=RETRY_AFTER_S
        )
