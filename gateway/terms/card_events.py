"""Payments by card: where the provider reports, and where a payer comes back to.

Nobody is believed here without a fresh signature over the very bytes, and what could
not be taken in is answered so that it is sent again.
"""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.errors import InvalidValue, Misconfigured, Unavailable
from gateway.kernel.request import Request
from gateway.terms import replies
from gateway.terms.ports import EventDesk
from gateway.terms.sheets import Section, Sheet, sheet_answer
from gateway.terms.site import PREFIX
from gateway.web.answer import Answer

EVENTS = f"{PREFIX}payments/stripe"
THANKS = f"{PREFIX}payments/thanks"
AGAIN_S = 60
TOO_LONG = 16 * 1024
BOOKED = (
    "If you paid, the payment is booked as soon as the card provider confirms it;"
    " nothing more is to be done."
)
ENREGISTRE = (
    "Si vous avez payé, le paiement est enregistré dès que le prestataire le"
    " confirme ; il n'y a rien d'autre à faire."
)
THANKED = Sheet("Thank you", (Section("", (BOOKED, ENREGISTRE)),))


@dataclass(slots=True)
class CardEvents:
    """Answers for `/_copyfair/payments/…`.

    Attributes:
        desk: Takes events in.
    """

    desk: EventDesk

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """Take an event in, or thank whoever comes back."""
        if asked.path == EVENTS:
            return await self._event(asked, body)
        if asked.path != THANKS:
            detail = f"{asked.path[:128]} is none of ours"
            return replies.problem(asked, "not-found", detail)
        if asked.method not in {"GET", "HEAD"}:
            return replies.not_allowed(asked, "GET, HEAD")
        return sheet_answer(THANKED)

    async def _event(self, asked: Request, body: bytes) -> Answer:
        if asked.method != "POST":
            return replies.not_allowed(asked, "POST")
        if len(body) > TOO_LONG:
            detail = f"an event has at most {TOO_LONG} bytes"
            return replies.problem(asked, "too-large", detail)
        try:
            is_new = await self.desk.hear(body, asked.headers.get("stripe-signature"))
        except InvalidValue as fault:
            return replies.problem(asked, "invalid-value", fault.detail)
        except (Unavailable, Misconfigured) as fault:
            return replies.retry_later(
                asked, "unavailable", fault.detail, retry_after_s=AGAIN_S
            )
        return replies.json_answer(200, {"received": True, "new": is_new})
