"""Stripe: hosted pages for payments by card, through five calls of its API.

No library of theirs: forms go in, JSON comes out, and every question carries the key
under which it can be asked again. What Stripe did not answer, or answered with a fault
of its own, is unknown; only a clear no is a no.

Source: docs.stripe.com/api (Checkout Sessions, Payment Intents, errors, idempotent
requests), version 2025-03-31.basil.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol
from urllib.parse import quote, urlencode

from gateway.billing.card import Charge, Page
from gateway.billing.checkout import Checkout, CheckoutState
from gateway.identity.secret import Secret
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue, Misconfigured, Unavailable
from gateway.kernel.money import Money

VERSION = "2025-03-31.basil"
OURS = "copyfair_checkout"
"""The metadata key by which a payment says which checkout it was for."""
OK, SERVER_FAULT = 200, 500
NOT_LET_IN = frozenset({401, 403})
LATER = frozenset({409, 429})
TEXT_CHARS_MAX = 200


class Call(Protocol):
    """Asks an API."""

    async def __call__(
        self, method: str, url: str, *, body: bytes, fields: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Status and body.

        Raises:
            Unavailable: no whole answer came.
        """


@dataclass(frozen=True, slots=True)
class Shop:
    """What Stripe is told about us.

    Attributes:
        api: Where its API is, without a slash at the end.
        key: The secret key.
        return_url: Where a payer comes back to.
        seller: Who is paid, as the page says it.
    """

    api: str
    key: Secret
    return_url: str
    seller: str


class Stripe:
    """A `gateway.billing.card.CardProvider`."""

    name = "stripe"

    def __init__(self, shop: Shop, call: Call) -> None:
        self._shop = shop
        self._call = call

    async def open(self, checkout: Checkout) -> Page:
        """Make a page; see the port."""
        title = f"{self._shop.seller}: {checkout.target}"[:TEXT_CHARS_MAX]
        form = {
            "mode": "payment",
            "client_reference_id": checkout.id,
            "expires_at": str(checkout.expires_us // US_PER_S),
            "success_url": self._shop.return_url,
            "cancel_url": self._shop.return_url,
            "payment_method_types[0]": "card",
            "adaptive_pricing[enabled]": "false",
            "line_items[0][quantity]": "1",
            "line_items[0][price_data][currency]": checkout.amount.currency.lower(),
            "line_items[0][price_data][unit_amount]": str(checkout.amount.minor),
            "line_items[0][price_data][product_data][name]": title,
            f"metadata[{OURS}]": checkout.id,
            f"payment_intent_data[metadata][{OURS}]": checkout.id,
            "payment_intent_data[capture_method]": "automatic",
        }
        told = await self._asked("POST", "/v1/checkout/sessions", form, key=checkout.id)
        return page_of(told)

    async def look(self, session: str) -> Page:
        """A page as it stands now; see the port."""
        return page_of(await self._asked("GET", _session(session)))

    async def expire(self, session: str) -> Page:
        """End a page; see the port."""
        try:
            return page_of(await self._asked("POST", f"{_session(session)}/expire"))
        except InvalidValue:
            # It ended already: how, it says itself.
            return await self.look(session)

    async def charge(self, payment: str) -> Charge | None:
        """A payment with its fee; see the port."""
        path = f"/v1/payment_intents/{quote(payment, safe='')}"
        told = await self._asked(
            "GET", f"{path}?expand[]=latest_charge.balance_transaction"
        )
        charge = told.get("latest_charge")
        if told.get("status") != "succeeded" or not isinstance(charge, dict):
            return None
        booked = charge.get("balance_transaction")
        if not isinstance(booked, dict):
            raise Unavailable("Stripe has not booked that payment yet; ask again")
        amount = money_of(told, "amount_received")
        is_same = _text(booked, "currency").upper() == amount.currency
        return Charge(
            payment=_text(told, "id"),
            checkout_id=_text(_mapping(told, "metadata"), OURS),
            amount=amount,
            fee_minor=_whole(booked, "fee") if is_same else 0,
            name=_text(_mapping(charge, "billing_details"), "name"),
            received_us=_whole(charge, "created") * US_PER_S,
        )

    async def _asked(
        self,
        method: str,
        path: str,
        form: Mapping[str, str] | None = None,
        *,
        key: str = "",
    ) -> Mapping[str, Any]:
        fields = {
            "Authorization": f"Bearer {self._shop.key.reveal()}",
            "Stripe-Version": VERSION,
            "Accept": "application/json",
        }
        if method == "POST":
            fields["Content-Type"] = "application/x-www-form-urlencoded"
        if key:
            fields["Idempotency-Key"] = key
        body = urlencode(form or {}).encode()
        status, answer = await self._call(
            method, f"{self._shop.api}{path}", body=body, fields=fields
        )
        told = _read(answer)
        if status == OK and told:
            return told
        raise _fault(status, _mapping(told, "error"))


def page_of(told: Mapping[str, Any]) -> Page:
    """A Checkout Session as a page.

    Raises:
        Unavailable: it is none that we can read.
    """
    status = told.get("status")
    is_paid = status == "complete" and told.get("payment_status") == "paid"
    # Complete and unpaid: money is on its way, and nobody pays there again.
    state = CheckoutState.EXPIRED if status == "expired" else CheckoutState.OPEN
    return Page(
        session=_text(told, "id"),
        state=CheckoutState.PAID if is_paid else state,
        url=_text(told, "url"),
        payment=_text(told, "payment_intent"),
    )


def money_of(told: Mapping[str, Any], key: str) -> Money:
    """An amount beside its currency.

    Raises:
        Unavailable: there is none.
    """
    return Money(_whole(told, key), _text(told, "currency").upper())


def _session(session: str) -> str:
    return f"/v1/checkout/sessions/{quote(session, safe='')}"


def _fault(
    status: int, error: Mapping[str, Any]
) -> Unavailable | InvalidValue | Misconfigured:
    """What an answer that is no page means."""
    said = _text(error, "message")[:TEXT_CHARS_MAX] or f"status {status}"
    is_key = error.get("type") == "idempotency_error"
    if status in NOT_LET_IN:
        return Misconfigured(f"Stripe does not take the secret key: {said}")
    if status >= SERVER_FAULT or status in LATER or is_key or status <= OK:
        return Unavailable(f"Stripe gives no clear answer ({said}); ask again")
    return InvalidValue(f"Stripe refuses: {said}")


def _read(answer: bytes) -> Mapping[str, Any]:
    try:
        told = json.loads(answer)
    except (ValueError, RecursionError):
        return {}
    return told if isinstance(told, dict) else {}


def _mapping(told: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    found = told.get(key)
    return found if isinstance(found, dict) else {}


def _text(told: Mapping[str, Any], key: str) -> str:
    found = told.get(key)
    return found if isinstance(found, str) else ""


def _whole(told: Mapping[str, Any], key: str) -> int:
    found = told.get(key)
    if not isinstance(found, int) or isinstance(found, bool):
        detail = f"Stripe's answer says no {key}"
        raise Unavailable(detail)
    return found
