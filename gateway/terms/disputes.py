"""Disputes: a customer says with its own key that lines of an invoice are wrong.

It takes hold at once: the lines stay owed, and nobody asks for them while it is open.
Nothing is given back before a steward agrees; what a steward rejected is not disputed
here again, but told to the contact. A key stands in the header, or in the form: never
in a cookie, so no other site can dispute in somebody's name.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Protocol

from gateway.identity.principal import Principal
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.request import Headers, Request
from gateway.licensing.collection import BudgetTerms
from gateway.metering.budget import BudgetBook
from gateway.terms import replies, written
from gateway.terms.dispute_page import form_page, kept_page
from gateway.terms.forms import is_form, said_in
from gateway.terms.holder import answered
from gateway.terms.ports import Identification
from gateway.terms.site import PREFIX
from gateway.terms.written import Postmark, Spend
from gateway.web.answer import Answer
from gateway.web.negotiation import tongue_of, wants_page

DISPUTES = f"{PREFIX}disputes"
SCHEMA = "copyfair-disputes/1"
LINES_MAX = 1_000
REASON_CHARS_MAX = 500
NUMBER_CHARS_MAX = 64
WRITTEN = BudgetTerms("disputes", cost=20, window_s=3_600, burst=10)
"""Per party: more than anybody has invoices to dispute in an hour."""
READ = BudgetTerms("disputes-read", cost=120, window_s=3_600, burst=30)
"""Per party: enough to follow each of them."""
FAULT = "a dispute names an invoice, and says what is wrong in `reason`"
LATE = "many disputes came with this key lately"
READ_LATE = "many invoices were asked for with this key lately"
SENDS = {
    "invoice": "its number, INV-2026-0001",
    "lines": "a list of line numbers; all that is charged for without",
    "reason": f"one sentence, at most {REASON_CHARS_MAX} characters",
}


@dataclass(frozen=True, slots=True)
class Disputed:
    """What a customer says.

    Attributes:
        invoice: Number of the invoice.
        lines: Which lines; empty for all that is charged for.
        reason: One sentence.
    """

    invoice: str
    lines: tuple[int, ...]
    reason: str


class DisputeDesk(Protocol):
    """Knows a party's invoices and takes its disputes; blocking."""

    def told(self, party_id: str) -> Mapping[str, Any]:
        """Its invoices with their lines, and its disputes.

        Raises:
            Unavailable: the store cannot be asked.
        """

    def dispute(
        self, party_id: str, disputed: Disputed
    ) -> tuple[Mapping[str, Any], bool]:
        """Take a dispute; the same again is the same one.

        Returns:
            The dispute, and whether it is new.

        Raises:
            NotFound: the party has no such invoice, or it no such line.
            Conflict: a line is in dispute, given back, or was decided already.
            InvalidValue: no reason is given.
            Unavailable: the store cannot write now.
        """


@dataclass(slots=True)
class Disputes:
    """Answers for `/_copyfair/disputes`.

    Attributes:
        identification: Says whose key it is.
        desk: Takes disputes.
        budgets: Who disputed how often lately.
        clock: For the budget.
    """

    identification: Identification
    desk: DisputeDesk
    budgets: BudgetBook
    clock: Clock

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """Show what may be disputed, or take a dispute; 401 without a key."""
        if asked.method not in {"GET", "HEAD", "POST"}:
            return replies.not_allowed(asked, written.METHODS)
        if asked.method != "POST":
            if wants_page(asked.headers):
                tongue = tongue_of(asked)
                action = tongue.href(DISPUTES)
                return form_page(tongue.language, action=action)
            return await answered(
                asked, self.identification, lambda who: self._shown(asked, who)
            )
        if refused := written.too_large(asked, body, "a dispute"):
            return refused
        said, key = _said(asked, body)
        signed = _with_key(asked, key) if key else asked
        return await answered(
            signed, self.identification, lambda who: self._taken(asked, who, said)
        )

    async def _shown(self, asked: Request, who: Principal) -> Answer:
        spends = (Spend(READ, who.party.id, READ_LATE),)
        if late := Postmark(self.budgets, self.clock).refused(asked, spends):
            return late
        told = await asyncio.to_thread(self.desk.told, who.party.id)
        own = {"schema": SCHEMA, "party_id": who.party.id, "key_id": who.key_id}
        how = {"send": {"method": "POST", "fields": SENDS}}
        return replies.json_answer(200, own | dict(told) | how)

    async def _taken(
        self, asked: Request, who: Principal, said: Disputed | None
    ) -> Answer:
        if said is None:
            return written.unreadable(asked, FAULT, SENDS)
        party_id = who.party.id
        spends = (Spend(WRITTEN, party_id, LATE),)
        if late := Postmark(self.budgets, self.clock).refused(asked, spends):
            return late
        try:
            made, is_new = await asyncio.to_thread(self.desk.dispute, party_id, said)
        except (Conflict, InvalidValue, NotFound) as fault:
            return replies.problem(asked, fault.code, fault.detail)
        if wants_page(asked.headers):
            return kept_page(tongue_of(asked).language, made)
        status = 201 if is_new else 200
        return replies.json_answer(status, {"schema": SCHEMA, "dispute": dict(made)})


def _with_key(asked: Request, key: str) -> Request:
    """The request as if the key of its form stood in its header."""
    fields = [pair for pair in asked.headers if pair[0].lower() != "authorization"]
    return replace(
        asked, headers=Headers([*fields, ("Authorization", f"Bearer {key}")])
    )


def _said(asked: Request, body: bytes) -> tuple[Disputed | None, str]:
    """What is disputed, None where it cannot be read; and the key of a form."""
    said = said_in(asked, body)
    if not is_form(asked):
        return _read(said), ""
    words = said.get("lines", "").replace(",", " ").split()
    key = said.get("key", "").strip()
    try:
        lines = [int(word) for word in words]
    except ValueError:
        return None, key
    return _read({**said, "lines": lines}), key


def _read(said: Mapping[str, Any]) -> Disputed | None:
    invoice, reason = said.get("invoice"), said.get("reason")
    lines = said.get("lines", [])
    if not isinstance(invoice, str) or not isinstance(reason, str):
        return None
    are_lines = isinstance(lines, list) and all(
        isinstance(one, int) and not isinstance(one, bool) and one > 0 for one in lines
    )
    is_short = len(reason) <= REASON_CHARS_MAX and len(invoice) <= NUMBER_CHARS_MAX
    if not (are_lines and is_short and reason.strip() and len(lines) <= LINES_MAX):
        return None
    spelled = " ".join(reason.split()).encode("utf-8", "replace").decode()
    return Disputed(invoice.strip(), tuple(lines), spelled)
