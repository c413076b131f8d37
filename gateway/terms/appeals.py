"""Appeals: the way back for whoever was refused, and whom to write to.

An appeal needs no account. It holds what its writer says and the request id of the
refusal; no address is kept.
"""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qs

from gateway.kernel.clock import Clock
from gateway.kernel.ids import IdSource
from gateway.kernel.request import Request
from gateway.kernel.site import site_of
from gateway.licensing.collection import BudgetTerms
from gateway.metering.budget import BudgetBook
from gateway.terms import replies, written
from gateway.terms.appeal_page import form_page, kept_page
from gateway.terms.forms import fields_of
from gateway.terms.ports import Appeal, AppealBox
from gateway.terms.rsl import contact_url
from gateway.terms.sheets import anchor
from gateway.terms.site import PREFIX, Site
from gateway.terms.written import Postmark, Spend
from gateway.web.answer import Answer
from gateway.web.negotiation import tongue_of, wants_page

TEXT_CHARS_MAX = 4_000
LINE_CHARS_MAX = 254
APPEALS = BudgetTerms("appeals", cost=20, window_s=3_600, burst=5)
FAULT = "an appeal is JSON or a form, and says what was wrong in `text`"
LATE = "many appeals came from here lately; please write to the contact"
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
            return replies.not_allowed(asked, written.METHODS)
        if refused := written.too_large(asked, body, "an appeal"):
            return refused
        appeal = self._read(asked, body)
        if appeal is None:
            return written.unreadable(asked, FAULT, ASKS_FOR)
        spends = (Spend(APPEALS, site_of(asked.client_ip), LATE),)
        if late := Postmark(self.budgets, self.clock).refused(asked, spends):
            return late
        fault = await written.kept(asked, self.box.keep, appeal)
        return fault or self._thanked(asked, appeal)

    def _thanked(self, asked: Request, appeal: Appeal) -> Answer:
        if wants_page(asked.headers):
            return kept_page(tongue_of(asked).language, appeal_id=appeal.id)
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
        request_id = parse_qs(asked.query).get("request_id", [""])[0][:64]
        links = tuple(
            anchor(contact_url(contact), f"{name}: {contact}")
            for name, contact in contacts.items()
        )
        tongue = tongue_of(asked)
        return form_page(
            tongue.language,
            action=tongue.href(f"{PREFIX}appeals"),
            request_id=request_id,
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
