"""Offers: read one, and accept it in a single request.

Whoever meets a 402 needs no account and no form: GET says the terms, POST with a
name and an address accepts them and gives back a key that works at once. The
agreement is prepaid until somebody verified who that is, so a false name buys
nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, Unavailable
from gateway.kernel.request import Request
from gateway.kernel.site import site_of
from gateway.licensing.collection import BudgetTerms
from gateway.licensing.offer import OfferTerms, offer_document
from gateway.metering.budget import BudgetBook
from gateway.terms import replies
from gateway.terms.acceptance import (
    BODY_BYTES_MAX,
    FIELDS,
    FieldFault,
    read_acceptance,
)
from gateway.terms.applications import Applications
from gateway.terms.offer_page import offer_sheet
from gateway.terms.ports import Acceptance, Accepted, OfferDesk
from gateway.terms.replays import Replays, Standing, is_usable
from gateway.terms.sheets import sheet_answer
from gateway.terms.site import PREFIX, Site
from gateway.web.answer import Answer
from gateway.web.negotiation import wants_page
from gateway.web.security_headers import NO_STORE

SCHEMA = "copyfair-agreement/1"
ACCEPTANCES = BudgetTerms("offers", cost=10, window_s=3_600, burst=5)
"""Per address: enough for a company with many teams, too little to fill a disk."""
NOT_GUARANTEED: Mapping[str, Any] = {}
METHODS = "GET, HEAD, POST"


@dataclass(slots=True)
class Offers:
    """Answers for `/_copyfair/offers/{id}`.

    Attributes:
        site: Whose terms apply.
        desk: Turns an acceptance into an agreement.
        budgets: Who accepted how often lately.
        replays: The answers to retries.
        clock: For the budget.
        applications: For terms of one's own; None for nowhere.
    """

    site: Site
    desk: OfferDesk
    budgets: BudgetBook
    replays: Replays
    clock: Clock
    applications: Applications | None = None

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """Show the offer, or accept it."""
        offer_id, slash, _ = asked.path.removeprefix(f"{PREFIX}offers/").partition("/")
        if slash and self.applications is not None:
            return await self.applications(
                asked,
                body,
                document=lambda terms: self.document(asked, terms),
                accept=self._accepted,
            )
        terms = self.site.policies().offer(offer_id)
        if terms is None:
            detail = (
                f"{offer_id[:64]} is no offer that these policies make; changed "
                "terms make a new one: ask for the page again and follow its 402"
            )
            return replies.problem(asked, "not-found", detail)
        if asked.method in {"GET", "HEAD"}:
            return self._shown(asked, terms)
        if asked.method != "POST":
            return replies.not_allowed(asked, METHODS)
        return await self._accepted(asked, terms, body)

    def _shown(self, asked: Request, terms: OfferTerms) -> Answer:
        document = self.document(asked, terms)
        if wants_page(asked.headers):
            return sheet_answer(offer_sheet(document), headers=replies.AN_HOUR)
        headers = (("Vary", "Accept"), *replies.AN_HOUR)
        return replies.json_answer(200, document, headers=headers)

    def document(self, asked: Request, terms: OfferTerms) -> dict[str, Any]:
        """The offer, and exactly how it is accepted; `accept` is None where not."""
        origin, is_open = self.site.origin(asked), self.site.takes(terms.collection)
        document = offer_document(terms, public_url=origin, is_open=is_open)
        if document["accept"] is None:
            return document
        return document | {
            "accept": document["accept"]
            | {
                "body": dict(FIELDS),
                "headers": {"Idempotency-Key": "your own, so that a retry is safe"},
                "answer": "201 with agreement, party and an API key, shown once",
            },
        }

    async def _accepted(
        self,
        asked: Request,
        terms: OfferTerms,
        body: bytes,
        *,
        guaranteed: Mapping[str, Any] = NOT_GUARANTEED,
    ) -> Answer:
        refusal = None if guaranteed else self._closed(asked, terms)
        refusal = refusal or self._refusal(asked, body)
        if refusal is not None:
            return refusal
        read = read_acceptance(body)
        if isinstance(read, tuple):
            return _faulty(asked, read)
        key = asked.headers.get("idempotency-key")
        subject = f"{terms.id}\0{asked.client_ip}"
        if key:
            standing = self.replays.begin(subject, key, body)
            if isinstance(standing, Answer):
                return standing
            if standing is not Standing.NEW:
                detail = f"this Idempotency-Key is {standing.value}; use a new one"
                return replies.problem(asked, "conflict", detail)
        answer = None
        try:
            document = guaranteed or self.document(asked, terms)
            answer = self._within_budget(asked) or await self._made(
                asked, terms, read, document=document
            )
        finally:
            # Only what was done is repeated; a failure may be tried again.
            if key and answer is not None and answer.status == 201:
                self.replays.end(subject, key, answer)
            elif key:
                self.replays.drop(subject, key)
        return answer

    def _closed(self, asked: Request, terms: OfferTerms) -> Answer | None:
        if not self.site.takes(terms.collection):
            detail = "this archive makes no offers at present: nothing needs a licence"
            return replies.problem(asked, "conflict", detail)
        if not terms.can_be_accepted:
            contact = terms.collection.contact
            detail = f"there is nothing here that could be accepted: ask {contact}"
            return replies.problem(asked, "conflict", detail)
        return None

    def _refusal(self, asked: Request, body: bytes) -> Answer | None:
        if len(body) > BODY_BYTES_MAX:
            detail = f"an acceptance has at most {BODY_BYTES_MAX} bytes"
            return replies.problem(asked, "too-large", detail)
        kind = asked.headers.get("content-type").partition(";")[0].strip().lower()
        if kind != "application/json":
            detail = "send the acceptance as application/json"
            return replies.problem(asked, "invalid-value", detail, status=415)
        key = asked.headers.get("idempotency-key")
        if key and not is_usable(key):
            fault = FieldFault("Idempotency-Key", "8 to 128 printable characters")
            return _faulty(asked, (fault,))
        return None

    def _within_budget(self, asked: Request) -> Answer | None:
        spending = self.budgets.spend(
            ACCEPTANCES, site_of(asked.client_ip), 1, now_ns=self.clock.ticks_ns()
        )
        if spending.is_within:
            return None
        detail = "many offers were accepted from here lately"
        return replies.retry_later(
            asked, "throttle", detail, retry_after_s=spending.retry_after_s
        )

    async def _made(
        self,
        asked: Request,
        terms: OfferTerms,
        acceptance: Acceptance,
        *,
        document: Mapping[str, Any],
    ) -> Answer:
        key = asked.headers.get("idempotency-key")
        try:
            accepted = await asyncio.to_thread(
                self.desk.accept,
                terms,
                acceptance,
                document=document,
                idempotency_key=key,
            )
        except InvalidValue as fault:
            return _faulty(asked, (FieldFault("", fault.detail),))
        except Conflict as fault:
            return replies.problem(asked, "conflict", fault.detail)
        except Unavailable as fault:
            return replies.retry_later(
                asked, "unavailable", fault.detail, retry_after_s=fault.retry_after_s
            )
        origin = self.site.origin(asked)
        return replies.json_answer(
            201,
            agreement_document(accepted, terms, origin),
            headers=(
                ("Location", f"{origin}{PREFIX}usage"),
                ("Request-Id", asked.id),
                *NO_STORE,
            ),
        )


def agreement_document(
    accepted: Accepted, terms: OfferTerms, origin: str
) -> dict[str, Any]:
    """What the party gets: ids, the key, how to use it and how to pay ahead."""
    return {
        "schema": SCHEMA,
        "agreement_id": accepted.agreement_id,
        "party_id": accepted.party_id,
        "key_id": accepted.key_id,
        "api_key": accepted.api_key,
        "keep_the_key": "it is shown this once; we hold only a hash of it",
        "send_it_as": "Authorization: Bearer <api_key>",
        "offer_id": terms.id,
        "collection": terms.collection.id,
        "tariff": (
            {"id": accepted.tariff, "version": accepted.tariff_version}
            if accepted.tariff
            else None
        ),
        "settling": accepted.settling,
        "prepay": dict(accepted.prepay) or None,
        "note": accepted.note or None,
        "usage": f"{origin}{PREFIX}usage",
        "contact": terms.collection.contact,
    }


def _faulty(asked: Request, faults: tuple[FieldFault, ...]) -> Answer:
    number = "one field" if len(faults) == 1 else f"{len(faults)} fields"
    return replies.problem(
        asked,
        "invalid-value",
        f"{number} cannot be used; `errors` says which and why",
        errors=[{"field": one.field, "detail": one.detail} for one in faults],
    )
