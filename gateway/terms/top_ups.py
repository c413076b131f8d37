"""Topping up: a party asks with its own key how to pay ahead, and may do so by card."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from gateway.identity.principal import Principal
from gateway.kernel.clock import Clock
from gateway.kernel.errors import (
    Conflict,
    InvalidValue,
    NotFound,
)
from gateway.kernel.request import Request
from gateway.licensing.collection import BudgetTerms
from gateway.metering.budget import BudgetBook
from gateway.terms import replies
from gateway.terms.holder import answered
from gateway.terms.ports import Identification, TopUpDesk
from gateway.terms.site import PREFIX
from gateway.web.answer import Answer
from gateway.web.json_body import json_said

TOP_UPS = f"{PREFIX}payments/top-up"
METHODS = "GET, HEAD, POST"
SCHEMA = "copyfair-top-up/1"
PAGES = BudgetTerms("top-ups", cost=20, window_s=3_600, burst=10)
"""Per party: enough for whoever pays, too little to busy a card provider."""
BODY = "a JSON object with `agreement_id` and `amount_minor`, cents above 0"


@dataclass(slots=True)
class TopUps:
    """Answers for `/_copyfair/payments/top-up`.

    Attributes:
        identification: Says whose key it is.
        desk: Knows how somebody pays ahead.
        budgets: Who asked for pages how often lately.
        clock: For the budget.
    """

    identification: Identification
    desk: TopUpDesk
    budgets: BudgetBook
    clock: Clock

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """Say how to pay ahead, or make a page for it; 401 without a key."""
        if asked.method not in {"GET", "HEAD", "POST"}:
            return replies.not_allowed(asked, METHODS)
        return await answered(
            asked, self.identification, lambda who: self._told(asked, who, body)
        )

    async def _told(self, asked: Request, who: Principal, body: bytes) -> Answer:
        if asked.method == "POST":
            return await self._page(asked, who.party.id, body)
        ways = await asyncio.to_thread(self.desk.ways, who.party.id)
        return replies.json_answer(200, {"schema": SCHEMA, **ways})

    async def _page(self, asked: Request, party_id: str, body: bytes) -> Answer:
        read = _read(body)
        if read is None:
            return replies.problem(asked, "invalid-value", f"send {BODY}")
        spending = self.budgets.spend(PAGES, party_id, 1, now_ns=self.clock.ticks_ns())
        if not spending.is_within:
            detail = "many pages were asked for with this key lately"
            return replies.retry_later(
                asked, "throttle", detail, retry_after_s=spending.retry_after_s
            )
        agreement_id, amount_minor = read
        try:
            page = await self.desk.page(party_id, agreement_id, amount_minor)
        except (InvalidValue, NotFound) as fault:
            return replies.problem(asked, "invalid-value", fault.detail)
        except Conflict as fault:
            return replies.problem(asked, "conflict", fault.detail)
        return replies.json_answer(201, {"schema": SCHEMA, **page})


def _read(body: bytes) -> tuple[str, int] | None:
    try:
        told = json_said(body)
    except InvalidValue:
        return None
    if not isinstance(told, dict) or set(told) != {"agreement_id", "amount_minor"}:
        return None
    agreement_id, minor = told["agreement_id"], told["amount_minor"]
    is_whole = isinstance(minor, int) and not isinstance(minor, bool) and minor > 0
    return (agreement_id, minor) if isinstance(agreement_id, str) and is_whole else None
