"""Corrections: a reader says what is wrong in a record, without an account.

What is kept is the record's address, what they wrote, and a name or a contact if they
leave one. No address of theirs is kept.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass
from urllib.parse import parse_qs, urlsplit

from gateway.kernel.clock import Clock
from gateway.kernel.ids import IdSource
from gateway.kernel.request import Request
from gateway.kernel.site import site_of
from gateway.licensing.collection import BudgetTerms
from gateway.metering.budget import BudgetBook
from gateway.reciprocity.correction import (
    LINE_CHARS_MAX,
    TEXT_CHARS_MAX,
    Correction,
    is_record,
)
from gateway.terms import replies, written
from gateway.terms.correction_page import form_page, kept_page
from gateway.terms.forms import fields_of
from gateway.terms.ports import CorrectionBox
from gateway.terms.site import PREFIX, Site
from gateway.terms.written import Postmark, Spend
from gateway.web.answer import Answer
from gateway.web.negotiation import tongue_of, wants_page

CORRECTIONS = BudgetTerms("corrections", cost=20, window_s=3_600, burst=5)
OF_ALL = BudgetTerms("corrections-of-all", cost=600, window_s=3_600, burst=200)
"""However many addresses somebody has, the box does not overflow."""
EVERYBODY = "everybody"
LATE = "many corrections came{} lately; please come back later"
ASKS_FOR = {
    "about": "/path/of/the/record",
    "text": "what is wrong, and how it should be",
    "name": "whom to credit, if anybody",
    "contact": "where to answer, if anywhere",
}
FAULT = (
    "a correction is JSON or a form: it names a page of this archive in `about` and"
    f" says what is wrong in `text`, in {TEXT_CHARS_MAX} characters at most"
)


@dataclass(slots=True)
class Corrections:
    """Answers for `/_copyfair/corrections`.

    Attributes:
        site: Whose records.
        box: Keeps corrections.
        budgets: Who wrote how often lately.
        clock: When it came.
        ids: Names it.
    """

    site: Site
    box: CorrectionBox
    budgets: BudgetBook
    clock: Clock
    ids: IdSource

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """Show the form, or take a correction."""
        if asked.method in {"GET", "HEAD"}:
            return self._explained(asked)
        if asked.method != "POST":
            return replies.not_allowed(asked, written.METHODS)
        if refused := written.too_large(asked, body, "a correction"):
            return refused
        correction = self._read(asked, body)
        if correction is None:
            return written.unreadable(asked, FAULT, ASKS_FOR)
        spends = (
            Spend(CORRECTIONS, site_of(asked.client_ip), LATE.format(" from here")),
            Spend(OF_ALL, EVERYBODY, LATE.format("")),
        )
        if late := Postmark(self.budgets, self.clock).refused(asked, spends):
            return late
        fault = await written.kept(asked, self.box.keep, correction)
        return fault or self._thanked(asked, correction)

    def _thanked(self, asked: Request, correction: Correction) -> Answer:
        if wants_page(asked.headers):
            return kept_page(tongue_of(asked).language, correction)
        kept = {"schema": "copyfair-correction/1", "correction_id": correction.id}
        return replies.json_answer(201, kept)

    def _explained(self, asked: Request) -> Answer:
        if not wants_page(asked.headers):
            document = {
                "schema": "copyfair-corrections/1",
                "send": {"method": "POST", "fields": ASKS_FOR},
            }
            return replies.json_answer(200, document)
        tongue = tongue_of(asked)
        return form_page(
            tongue.language,
            action=tongue.href(f"{PREFIX}corrections"),
            about=about(asked),
        )

    def _read(self, asked: Request, body: bytes) -> Correction | None:
        said = fields_of(asked, body)
        record = said.get("about", "").strip()
        text = _plain(said.get("text", "").replace("\r\n", "\n")).strip()
        if not text or len(text) > TEXT_CHARS_MAX or not is_record(record):
            return None
        return Correction(
            self.ids.new("cor"),
            self.site.origin(asked),
            about=record,
            text=text,
            name=_line(said.get("name", "")),
            contact=_line(said.get("contact", "")),
            received_us=self.clock.now_us(),
        )


def about(asked: Request) -> str:
    """The record a form is for: as asked, or the page on which the link stood."""
    record = parse_qs(asked.query).get("about", [""])[0]
    if not record:
        came_from = _page(asked.headers.get("referer"))
        record = came_from[1] if came_from[0] == asked.authority else ""
    return record if is_record(record) else ""


def _page(address: str) -> tuple[str, str]:
    """Host and path, with the query, of an address; both empty for what is none."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "", ""
    query = f"?{parts.query}" if parts.query else ""
    return parts.netloc, f"{parts.path}{query}"


def _line(text: str) -> str:
    return " ".join(_plain(text).split())[:LINE_CHARS_MAX]


def _plain(text: str) -> str:
    """Without control characters, which no reader writes; lines and tabs stay."""
    return "".join(
        each if each in "\n\t" or unicodedata.category(each) != "Cc" else " "
        for each in text
    )
