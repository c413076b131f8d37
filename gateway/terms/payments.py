"""Which address under `/_copyfair/payments/` is answered by whom."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.kernel.request import Request
from gateway.terms import replies
from gateway.terms.card_events import CardEvents
from gateway.terms.top_ups import TOP_UPS, TopUps
from gateway.web.answer import Answer


@dataclass(slots=True)
class Payments:
    """Answers for `/_copyfair/payments/…`.

    Attributes:
        top_ups: How somebody pays ahead.
        events: Where a card provider reports; None where nobody takes cards.
    """

    top_ups: TopUps
    events: CardEvents | None

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """Answer; 404 for what is none of these."""
        if asked.path == TOP_UPS:
            return await self.top_ups(asked, body)
        if self.events is not None:
            return await self.events(asked, body)
        detail = f"{asked.path[:128]} is none of ours; there is {TOP_UPS}"
        return replies.problem(asked, "not-found", detail)
