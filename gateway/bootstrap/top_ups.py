"""How a party pays ahead: by transfer, and by card where somebody takes cards."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from gateway.billing.bank import top_up_reference
from gateway.bootstrap.cards import AT_ONCE, EventDesk, card_desk_of, takes_cards
from gateway.bootstrap.house import House
from gateway.kernel.clock import Clock, iso
from gateway.kernel.errors import InvalidValue, NotFound, Unavailable
from gateway.kernel.money import Money
from gateway.licensing.agreement import Agreement, Settling
from gateway.metering.budget import BudgetBook
from gateway.terms.card_events import CardEvents
from gateway.terms.payments import Payments
from gateway.terms.ports import Identification
from gateway.terms.top_ups import TopUps

AGAIN_S = 60


class TopUpDesk:
    """A `gateway.terms.ports.TopUpDesk`."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._is_by_card = takes_cards(house.settings)
        self._turns = asyncio.Semaphore(AT_ONCE)

    def ways(self, party_id: str) -> Mapping[str, Any]:
        """See the port."""
        return {"agreements": [self._way(one) for one in self._prepaid(party_id)]}

    async def page(
        self, party_id: str, agreement_id: str, amount_minor: int
    ) -> Mapping[str, Any]:
        """See the port."""
        async with self._turns:
            # Stores block: a thread with a loop of its own asks and books.
            return await asyncio.to_thread(
                lambda: asyncio.run(self._page(party_id, agreement_id, amount_minor))
            )

    async def _page(
        self, party_id: str, agreement_id: str, amount_minor: int
    ) -> Mapping[str, Any]:
        own = {one.id: one for one in self._prepaid(party_id)}
        if agreement_id not in own:
            detail = f"you have no prepaid agreement {agreement_id[:64]!r}"
            raise NotFound(detail)
        if not self._is_by_card:
            raise InvalidValue("nobody takes cards here; pay by transfer")
        asked = Money(amount_minor, own[agreement_id].currency)
        made = await card_desk_of(self._house).checkout(agreement_id, asked)
        if not made.url:
            detail = "the card provider gives no answer; ask the same again"
            raise Unavailable(detail, retry_after_s=AGAIN_S)
        return {
            "agreement_id": agreement_id,
            "amount_minor": made.amount.minor,
            "currency": made.amount.currency,
            "url": made.url,
            "expires_at": iso(made.expires_us),
        }

    def _prepaid(self, party_id: str) -> list[Agreement]:
        return [
            one
            for one in self._house.agreements.list(party_id)
            if one.settling is Settling.PREPAID and one.ends_us is None
        ]

    def _way(self, one: Agreement) -> dict[str, Any]:
        seller = self._house.settings.invoicing
        told = {
            "reference": top_up_reference(one.id),
            "to": seller.name,
            "iban": seller.iban,
            "bic": seller.bic,
        }
        return {
            "agreement_id": one.id,
            "prepaid_minor": self._house.agreements.prepaid_minor(one.id),
            "currency": one.currency,
            "transfer": {name: text for name, text in told.items() if text},
            "by_card": self._is_by_card,
        }


def payments_of(
    house: House, who: Identification, *, budgets: BudgetBook, clock: Clock
) -> Payments | None:
    """What is answered under `/_copyfair/payments/`; None where nobody sells.

    Raises:
        Misconfigured: cards are taken, and a secret is missing.
    """
    if house.settings.invoicing.seller == "none":
        return None
    events = None
    if takes_cards(house.settings):
        events = CardEvents(EventDesk(house))
    return Payments(TopUps(who, TopUpDesk(house), budgets, clock), events)
