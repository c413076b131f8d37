"""Appeals: the way back for whoever was refused, and whom to write to.

An appeal needs no account. It holds what its writer says and the request id of the
refusal; no address is kept.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from urllib.parse import parse_qs

from gateway.kernel.clock import Clock
from gateway.kernel.errors import Unavailable
from gateway.kernel.ids import IdSource
from gateway.kernel.request import Request
from gateway.kernel.site import site_of
from gateway.licensing.collection import BudgetTerms
from gateway.metering.budget import BudgetBook
from gateway.terms import replies
from gateway.terms.appeal_page import form_page, kept_page
from gateway.terms.forms import fields_of
from gateway.terms.ports import Appeal, AppealBox
from gateway.terms.rsl import contact_url
from gateway.terms.sheets import anchor
from gateway.terms.site import PREFIX, Site
from gateway.web.answer import Answer
from gateway.web.negotiation import language_of, wants_page

METHODS = "GET, HEAD, POST"
BODY_BYTES_MAX = 16 * 1024
TEXT_CHARS_MAX = 4_000
LINE_CHARS_MAX = 254
APPEALS = BudgetTerms("appeals", cost=20, window_s=3_600, burst=5)
ASKS_FOR = {"text": "what was wrong", "request_id": "req_…", "contact": "e-mail"}


@dataclass(slots=True)
class Appeals:
    """Answers for `/_copyfair/appeals`.

    Attributes:
        site: Whose contacts are shown.
        box: Keeps appeals.
        budgets: Who wrote how often lately.
        clock: When it came.
        ids: Names it.
    """

    site: Site
    box: AppealBox
    budgets: BudgetBook
    clock: Clock
    ids: IdSource

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """Say how to appeal, or take an appeal."""
        if asked.method in {"GET", "HEAD"}:
            return self._explained(asked)
        if asked.method != "POST":
            return replies.not_allowed(asked, METHODS)
        if len(body) > BODY_BYTES_MAX:
            detail = f"an appeal has at most {BODY_BYTES_MAX} bytes"
            return replies.problem(asked, "too-large", detail)
        appeal = self._read(asked, body)
        if appeal is None:
            detail = "an appeal is JSON or a form, and says what was wrong in `text`"
            return replies.problem(asked, "invalid-value", detail, fields=ASKS_FOR)
        spending = self.budgets.spend(
            APPEALS, site_of(asked.client_ip), 1, now_ns=self.clock.ticks_ns()
        )
        if not spending.is_within:
            detail = "many appeals came from here lately; please write to the contact"
            return replies.retry_later(
                asked, "throttle", detail, retry_after_s=spending.retry_after_s
            )
        return await self._kept(asked, appeal)

    async def _kept(self, asked: Request, appeal: Appeal) -> Answer:
        try:
            await asyncio.to_thread(self.box.keep, appeal)
        except Unavailable as fault:
            return replies.retry_later(
                asked, "unavailable", fault.detail, retry_after_s=fault.retry_after_s
            )
        if wants_page(asked.headers):
            return kept_page(language_of(asked.headers), appeal_id=appeal.id)
        kept = {"schema": "copyfair-appeal/1", "appeal_id": appeal.id}
        return replies.json_answer(201, kept)

    def _explained(self, asked: Request) -> Answer:
        contacts = self.contacts()
        if not wants_page(asked.headers):
            document = {
                "schema": "copyfair-appeals/1",
                "send": {"method": "POST", "fields": ASKS_FOR},
                "contacts": contacts,
            }
            return replies.json_answer(200, document)
        written = parse_qs(asked.query).get("request_id", [""])[0][:64]
        links = tuple(
            anchor(contact_url(contact), f"{name}: {contact}")
            for name, contact in contacts.items()
        )
        return form_page(
            language_of(asked.headers),
            action=f"{PREFIX}appeals",
            request_id=written,
            contacts=links,
        )

    def contacts(self) -> dict[str, str]:
        """Steward to contact, over all collections."""
        return {one.steward: one.contact for one in self.site.policies().collections}

    def _read(self, asked: Request, body: bytes) -> Appeal | None:
        said = fields_of(asked, body)
        text = said.get("text", "").strip()
        if not text:
            return None
        return Appeal(
            self.ids.new("apl"),
            said.get("request_id", "")[:LINE_CHARS_MAX],
            said.get("contact", "")[:LINE_CHARS_MAX],
            text[:TEXT_CHARS_MAX],
            self.clock.now_us(),
        )
