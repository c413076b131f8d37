"""Applications for individual terms, and the offer that is guaranteed to applicants.

POST beside an offer asks for terms of one's own; GET tells how that stands; once the
published days are over without an answer, POST accepts the published tariff as it
stood then, and the host need do nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.kernel.clock import Clock
from gateway.kernel.errors import (
    Conflict,
    GatewayError,
    InvalidValue,
    NotFound,
    Unavailable,
)
from gateway.kernel.request import Request
from gateway.kernel.site import site_of
from gateway.licensing.collection import BudgetTerms
from gateway.licensing.offer import OfferTerms
from gateway.metering.budget import BudgetBook
from gateway.terms import replies
from gateway.terms.acceptance import READERS
from gateway.terms.site import PREFIX, Site
from gateway.web.answer import Answer
from gateway.web.json_body import json_said

APPLICATIONS = BudgetTerms("applications", cost=5, window_s=3_600, burst=3)
BODY_BYTES_MAX = 16 * 1024
WISH_CHARS_MAX = 4_000
METHODS = "GET, HEAD, POST"
SCHEMA = "copyfair-application/1"


class AcceptGuaranteed(Protocol):
    """Makes an agreement at guaranteed terms."""

    def __call__(
        self,
        asked: Request,
        terms: OfferTerms,
        body: bytes,
        *,
        guaranteed: Mapping[str, Any],
    ) -> Awaitable[Answer]:
        """The agreement, or what is wrong with the acceptance."""


@dataclass(frozen=True, slots=True)
class Applied:
    """An application as its applicant may see it.

    Attributes:
        id: `apn_…`.
        offer_id: The offer it was made beside.
        standing: open, answered or guaranteed.
        asked_at, due_at: ISO 8601.
        answer: What the host said, or empty.
        document: The offer that is guaranteed, as it was shown.
    """

    id: str
    offer_id: str
    standing: str
    asked_at: str
    due_at: str
    answer: str
    document: Mapping[str, Any]


class ApplicationDesk(Protocol):
    """Keeps applications; blocking."""

    def apply(
        self,
        terms: OfferTerms,
        *,
        document: Mapping[str, Any],
        name: str,
        email: str,
        wish: str,
    ) -> Applied:
        """Take an application.

        Raises:
            InvalidValue: a field that only the service can judge.
            Conflict: the offer cannot be promised as it stands.
            Unavailable: the store cannot write now.
        """

    def find(self, application_id: str) -> Applied:
        """The application of that id.

        Raises:
            NotFound: there is none.
            Unavailable: the store cannot be asked.
        """

    def guaranteed(self, application_id: str) -> OfferTerms:
        """The terms that apply by themselves.

        Raises:
            NotFound, Conflict: none do.
            Unavailable: the store cannot be asked.
        """


@dataclass(slots=True)
class Applications:
    """Answers for `/_copyfair/offers/{id}/applications` and what is below it.

    Attributes:
        site: Whose terms apply.
        desk: Keeps them.
        budgets: Who applied how often lately.
        clock: For the budget.
    """

    site: Site
    desk: ApplicationDesk
    budgets: BudgetBook
    clock: Clock

    async def __call__(
        self,
        asked: Request,
        body: bytes,
        *,
        document: Callable[[OfferTerms], Mapping[str, Any]],
        accept: AcceptGuaranteed,
    ) -> Answer:
        """Take an application, tell of one, or accept what it guarantees.

        Args:
            asked: The request.
            body: Its body.
            document: The offer as it is shown.
            accept: Makes the agreement.
        """
        path = asked.path.removeprefix(f"{PREFIX}offers/")
        offer_id, _, rest = path.partition("/")
        name, _, application_id = rest.partition("/")
        if name != "applications":
            return replies.problem(asked, "not-found", "there is `applications` here")
        try:
            if not application_id:
                return await self._applied(asked, body, offer_id, document=document)
            found = await asyncio.to_thread(self.desk.find, application_id)
            if found.offer_id != offer_id:
                raise NotFound("there is no such application")
            if asked.method == "POST":
                terms = await asyncio.to_thread(self.desk.guaranteed, application_id)
                return await accept(asked, terms, body, guaranteed=found.document)
        except GatewayError as fault:
            return _failed(asked, fault)
        if asked.method not in {"GET", "HEAD"}:
            return replies.not_allowed(asked, METHODS)
        return replies.json_answer(200, self._document(asked, found))

    async def _applied(
        self,
        asked: Request,
        body: bytes,
        offer_id: str,
        *,
        document: Callable[[OfferTerms], Mapping[str, Any]],
    ) -> Answer:
        terms = self.site.policies().offer(offer_id)
        if asked.method != "POST":
            return replies.not_allowed(asked, "POST")
        if terms is None or not terms.can_be_accepted:
            raise NotFound("there is no such offer with a price; follow a new 402")
        if not self.site.takes(terms.collection):
            raise Conflict("this archive makes no offers at present")
        said = _read(body)
        spending = self.budgets.spend(
            APPLICATIONS, site_of(asked.client_ip), 1, now_ns=self.clock.ticks_ns()
        )
        if not spending.is_within:
            detail = "many applications were made from here lately"
            return replies.retry_later(
                asked, "throttle", detail, retry_after_s=spending.retry_after_s
            )
        found = await asyncio.to_thread(
            lambda: self.desk.apply(terms, document=document(terms), **said)
        )
        answer = self._document(asked, found)
        return replies.json_answer(202, answer)

    def _document(self, asked: Request, one: Applied) -> dict[str, Any]:
        origin = self.site.origin(asked)
        href = f"{origin}{PREFIX}offers/{one.offer_id}/applications/{one.id}"
        is_guaranteed = one.standing == "guaranteed"
        return {
            "schema": SCHEMA,
            "application_id": one.id,
            "href": href,
            "standing": one.standing,
            "asked_at": one.asked_at,
            "due_at": one.due_at,
            "answer": one.answer or None,
            "guaranteed": dict(one.document),
            "accept": {"method": "POST", "href": href} if is_guaranteed else None,
        }


def _read(body: bytes) -> dict[str, str]:
    """Name, address and wish of an application.

    Raises:
        InvalidValue: they cannot be used.
    """
    if len(body) > BODY_BYTES_MAX:
        detail = f"an application has at most {BODY_BYTES_MAX} bytes"
        raise InvalidValue(detail)
    said = json_said(body)
    if not isinstance(said, dict) or not said.keys() <= {"name", "email", "wish"}:
        raise InvalidValue("send a JSON object with name, email and wish")
    wish = said.get("wish", "")
    if not isinstance(wish, str) or len(wish) > WISH_CHARS_MAX:
        detail = f"wish: a text of at most {WISH_CHARS_MAX} characters"
        raise InvalidValue(detail)
    read = {"wish": wish}
    for name in ("name", "email"):
        try:
            read[name] = READERS[name](said.get(name))
        except ValueError as fault:
            detail = f"{name}: {fault}"
            raise InvalidValue(detail) from None
    return read


def _failed(asked: Request, fault: GatewayError) -> Answer:
    if isinstance(fault, Unavailable):
        return replies.retry_later(
            asked, "unavailable", fault.detail, retry_after_s=fault.retry_after_s
        )
    return replies.problem(asked, fault.code, fault.detail)
