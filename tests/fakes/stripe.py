"""Stripe, as far as we speak to it: a real server with the documented shapes.

Faults are played like theirs: `silent` answers nothing and does the work all the same,
`deaf` closes the connection before it heard anything, `broken` answers 500.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from aiohttp import web

from tests.fakes.served import serving

KEY = "sk_test_copyfair"
EVENTS_SECRET = "whsec_copyfair"
CREATED_S = 1_793_000_000
SEQUENCE = "checkout/sessions"


@dataclass
class FakeStripe:
    """What it remembers.

    Attributes:
        sessions: By id, as the API shows them.
        payments: Payment Intents by id, with their charge.
        answers: What each idempotency key was answered, with its form.
        asked: Method and path of every request, in order.
        fault: How the next request goes wrong: silent, deaf, broken; or empty.
    """

    sessions: dict[str, dict[str, Any]] = field(default_factory=dict)
    payments: dict[str, dict[str, Any]] = field(default_factory=dict)
    answers: dict[str, tuple[dict[str, str], dict[str, Any]]] = field(
        default_factory=dict
    )
    asked: list[str] = field(default_factory=list)
    fault: str = ""
    url: str = ""

    def pay(self, session_id: str, *, fee: int = 0, is_booked: bool = True) -> str:
        """Somebody pays on a page; the payment's id."""
        session = self.sessions[session_id]
        assert session["status"] == "open", session["status"]
        payment = f"pi_{len(self.payments) + 1}"
        amount, currency = session["amount_total"], session["currency"]
        session |= {
            "status": "complete",
            "payment_status": "paid",
            "payment_intent": payment,
            "url": None,
        }
        booked = {"fee": fee, "currency": currency, "net": amount - fee}
        self.payments[payment] = {
            "id": payment,
            "object": "payment_intent",
            "status": "succeeded",
            "amount_received": amount,
            "currency": currency,
            "metadata": session["payment_intent_data_metadata"],
            "latest_charge": {
                "id": payment.replace("pi_", "ch_"),
                "created": CREATED_S,
                "billing_details": {"name": "Company 1 GmbH"},
                "balance_transaction": booked if is_booked else None,
            },
        }
        return payment

    def event(self, kind: str, about: dict[str, Any], event_id: str = "") -> bytes:
        """The bytes of an event."""
        told = {
            "id": event_id or f"evt_{kind}_{about['id']}",
            "object": "event",
            "type": kind,
            "created": CREATED_S,
            "data": {"object": about},
        }
        return json.dumps(told).encode()

    def completed(self, session_id: str, event_id: str = "") -> bytes:
        return self.event(
            "checkout.session.completed", self.sessions[session_id], event_id
        )

    def refund(
        self, payment: str, minor: int, *, name: str = "re_1", status: str = "succeeded"
    ) -> dict[str, Any]:
        """A refund, as the API shows it."""
        return {
            "id": name,
            "object": "refund",
            "amount": minor,
            "currency": self.payments[payment]["currency"],
            "payment_intent": payment,
            "status": status,
            "created": CREATED_S + 60,
        }

    def dispute(self, payment: str, minor: int, *, fee: int = 0) -> dict[str, Any]:
        """A dispute whose money was withdrawn, as the API shows it."""
        currency = self.payments[payment]["currency"]
        booked = {"amount": -minor, "fee": fee, "net": -minor - fee}
        return {
            "id": f"dp_{payment}",
            "object": "dispute",
            "amount": minor,
            "currency": currency,
            "payment_intent": payment,
            "balance_transactions": [{**booked, "currency": currency}],
            "created": CREATED_S + 120,
        }

    def app(self) -> web.Application:
        app = web.Application()
        app.router.add_post(f"/v1/{SEQUENCE}", self._open)
        app.router.add_get(f"/v1/{SEQUENCE}/{{id}}", self._look)
        app.router.add_post(f"/v1/{SEQUENCE}/{{id}}/expire", self._expire)
        app.router.add_get("/v1/payment_intents/{id}", self._payment)
        return app

    async def _heard(self, request: web.Request) -> str:
        """Note a request; how it goes wrong."""
        self.asked.append(f"{request.method} {request.path}")
        fault, self.fault = self.fault, ""
        if fault == "deaf" and request.transport is not None:
            request.transport.abort()
        if request.headers.get("Authorization") != f"Bearer {KEY}":
            return "strange"
        return fault

    async def _answer(
        self, request: web.Request, fault: str, told: dict[str, Any]
    ) -> web.Response:
        if fault == "silent" and request.transport is not None:
            request.transport.abort()
        if fault == "strange":
            return _error(401, "invalid_request_error", "Invalid API Key provided")
        if fault == "broken":
            return _error(500, "api_error", "An unknown error occurred")
        shown = {k: v for k, v in told.items() if k != "payment_intent_data_metadata"}
        return web.json_response(shown)

    async def _open(self, request: web.Request) -> web.Response:
        fault = await self._heard(request)
        form = {key: str(value) for key, value in (await request.post()).items()}
        key = request.headers.get("Idempotency-Key", "")
        if fault in {"deaf", "strange", "broken"}:
            return await self._answer(request, fault, {})
        if key in self.answers:
            before, told = self.answers[key]
            if before != form:
                message = "Keys for idempotent requests can only be used with the same"
                return _error(400, "idempotency_error", message)
            return await self._answer(request, fault, told)
        if int(form["line_items[0][price_data][unit_amount]"]) < 50:
            return _error(400, "invalid_request_error", "Amount must be at least 50")
        session_id = f"cs_test_{len(self.sessions) + 1}"
        told = {
            "id": session_id,
            "object": "checkout.session",
            "status": "open",
            "payment_status": "unpaid",
            "payment_intent": None,
            "amount_total": int(form["line_items[0][price_data][unit_amount]"]),
            "currency": form["line_items[0][price_data][currency]"],
            "client_reference_id": form["client_reference_id"],
            "metadata": {"copyfair_checkout": form["metadata[copyfair_checkout]"]},
            "payment_intent_data_metadata": {
                "copyfair_checkout": form[
                    "payment_intent_data[metadata][copyfair_checkout]"
                ]
            },
            "expires_at": int(form["expires_at"]),
            "url": f"{self.url}/pay/{session_id}",
        }
        self.sessions[session_id] = told
        self.answers[key] = (form, dict(told))
        return await self._answer(request, fault, told)

    async def _look(self, request: web.Request) -> web.Response:
        fault = await self._heard(request)
        told = self.sessions.get(request.match_info["id"])
        if told is None:
            return _error(404, "invalid_request_error", "No such checkout session")
        return await self._answer(request, fault, told)

    async def _expire(self, request: web.Request) -> web.Response:
        fault = await self._heard(request)
        told = self.sessions[request.match_info["id"]]
        if told["status"] != "open":
            message = "Only Checkout Sessions with a status in [open] can be expired"
            return _error(400, "invalid_request_error", message)
        if fault not in {"deaf", "strange", "broken"}:
            told |= {"status": "expired", "url": None}
        return await self._answer(request, fault, told)

    async def _payment(self, request: web.Request) -> web.Response:
        fault = await self._heard(request)
        told = self.payments.get(request.match_info["id"])
        if told is None:
            return _error(404, "invalid_request_error", "No such payment_intent")
        return await self._answer(request, fault, told)


def signed(body: bytes, *, at_s: int, secret: str = EVENTS_SECRET) -> str:
    """The `Stripe-Signature` of an event."""
    digest = hmac.new(secret.encode(), f"{at_s}.".encode() + body, hashlib.sha256)
    return f"t={at_s},v1={digest.hexdigest()},v0={'0' * 64}"


@asynccontextmanager
async def stripe_running() -> AsyncIterator[FakeStripe]:
    """The server on loopback, until the end."""
    fake = FakeStripe()
    async with serving(fake.app()) as fake.url:
        yield fake


def _error(status: int, kind: str, message: str) -> web.Response:
    told = {"error": {"type": kind, "message": message}}
    return web.json_response(told, status=status)
