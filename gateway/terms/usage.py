"""Usage so far, and signed statements of it: a party asks with its own key.

`/_copyfair/usage` shows what the invoice will count, as a page for whoever reads
pages; `…/usage/statements` lists what
was signed, and `…/usage/statements/{id}` is one of them, byte for byte.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.identity.principal import Principal
from gateway.kernel.request import Request
from gateway.terms import replies
from gateway.terms.holder import answered
from gateway.terms.ports import Identification, Signed, UsageDesk
from gateway.terms.sheets import sheet_answer
from gateway.terms.usage_page import usage_sheet
from gateway.web.answer import Answer
from gateway.web.negotiation import tongue_of, wants_page
from gateway.web.security_headers import NO_STORE, SAFE

METHODS = "GET, HEAD"
SCHEMA = "copyfair-usage/1"
PATH = "/_copyfair/usage"
STATEMENTS = f"{PATH}/statements"
# Only for whoever asked; but the bytes of one never change.
PRIVATE = ("Cache-Control", "private, no-cache")


@dataclass(slots=True)
class OwnUsage:
    """Answers for `/_copyfair/usage` and what stands below it.

    Attributes:
        identification: Says whose key it is.
        desk: Knows what was taken.
    """

    identification: Identification
    desk: UsageDesk

    async def __call__(self, asked: Request, body: bytes) -> Answer:
        """The usage of whoever holds the key; 401 for anybody else."""
        if asked.method not in {"GET", "HEAD"}:
            return replies.not_allowed(asked, METHODS)
        return await answered(
            asked, self.identification, lambda who: self._told(asked, who)
        )

    async def _told(self, asked: Request, who: Principal) -> Answer:
        party_id = who.party.id
        own: dict[str, Any] = {
            "schema": SCHEMA,
            "party_id": party_id,
            "key_id": who.key_id,
        }
        if asked.path == PATH:
            usage = await asyncio.to_thread(self.desk.usage_of, party_id)
            if wants_page(asked.headers):
                return sheet_answer(usage_sheet(usage, tongue_of(asked)))
            more = {"statements": STATEMENTS}
            headers = (("Vary", "Accept, Accept-Language"), *NO_STORE)
            told = own | dict(usage) | more
            return replies.json_answer(200, told, headers=headers)
        if asked.path == STATEMENTS:
            listed = await asyncio.to_thread(self.desk.statements_of, party_id)
            document = own | {"statements": [_linked(one) for one in listed]}
            return replies.json_answer(200, document)
        before, _, statement_id = asked.path.rpartition("/")
        if before == STATEMENTS:
            found = await asyncio.to_thread(
                self.desk.statement_of, party_id, statement_id
            )
            if found is not None:
                return _signed(asked, found)
        return replies.problem(
            asked, "not-found", f"you have nothing there; see {STATEMENTS}"
        )


def _linked(one: Mapping[str, Any]) -> dict[str, Any]:
    return {**one, "href": f"{STATEMENTS}/{one['statement_id']}"}


def _signed(asked: Request, found: Signed) -> Answer:
    """The bytes that were signed; nothing where the client has them already."""
    tag = f'"{found.sha256}"'
    about = (("ETag", tag), PRIVATE)
    if _has(asked, tag):
        return Answer(304, (*SAFE, *about))
    kind = (("Content-Type", "application/jose"), *SAFE, *about)
    return Answer(200, kind, found.jws.encode())


def _has(asked: Request, tag: str) -> bool:
    """Does the client have it? (RFC 9110 §13.1.2, compared weakly)."""
    said = ",".join(asked.headers.all("if-none-match"))
    tags = {each.strip().removeprefix("W/") for each in said.split(",")}
    return bool(tags & {tag, "*"})
