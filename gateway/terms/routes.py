"""Which addresses are answered here, and by whom.

The proxy asks `routes(asked, body)` before anything else. None means: not ours,
go on. Everything under `/_copyfair/` is ours, also what does not exist.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from gateway.kernel.request import Request
from gateway.terms import replies
from gateway.terms.agreements import OwnAgreements
from gateway.terms.appeals import Appeals
from gateway.terms.books import BookFiles
from gateway.terms.keys import KeyPage
from gateway.terms.offers import Offers
from gateway.terms.payments import Payments
from gateway.terms.problem_pages import problem_page
from gateway.terms.publications import Publications
from gateway.terms.site import LICENCE_PATH, PREFIX, Site
from gateway.terms.tickets import TicketPages
from gateway.terms.usage import OwnUsage
from gateway.terms.votes import VotePages
from gateway.web.answer import Answer

ROBOTS_PATH = "/robots.txt"
TDM_PATH = "/.well-known/tdmrep.json"
COPYFAIR_PATH = "/.well-known/copyfair"
ALLIANCE_PATH = "/.well-known/commons-alliance.json"
SECURITY_PATH = "/.well-known/security.txt"
PUBLIC_PATHS = frozenset(
    (ROBOTS_PATH, LICENCE_PATH, TDM_PATH, COPYFAIR_PATH, ALLIANCE_PATH, SECURITY_PATH)
)
"""Never a challenge, budget or error of ours, whoever asks and with what."""
BODY_BYTES_MAX = 16 * 1024
"""The longest request body that any of these addresses reads."""
READS = frozenset(("GET", "HEAD"))

Endpoint = Callable[[Request, bytes], Awaitable[Answer]]


def is_public(path: str) -> bool:
    """Is it a path that no credential, budget or switch may stand before?"""
    return path in PUBLIC_PATHS or path.startswith(f"{PREFIX}tdm/")


def is_ours(path: str) -> bool:
    """May this address be answered here? `Terms` still may give None."""
    return path in PUBLIC_PATHS or path.startswith(PREFIX)


@dataclass(slots=True)
class Terms:
    """Everything this entrance answers.

    Attributes:
        site: Whose terms apply.
        publications: The files of a host.
        offers: `/_copyfair/offers/{id}`.
        usage: `/_copyfair/usage`.
        appeals: `/_copyfair/appeals`.
        tickets: `/_copyfair/pass`.
        payments: `/_copyfair/payments/…`; None where nobody sells.
        agreements: `/_copyfair/agreements`.
        keys: `/_copyfair/keys`.
        books: `/_copyfair/books/…`, where any were published.
        votes: `/_copyfair/votes`.
    """

    site: Site
    publications: Publications
    offers: Offers
    usage: OwnUsage
    appeals: Appeals
    tickets: TicketPages
    agreements: OwnAgreements
    keys: KeyPage
    books: BookFiles
    votes: VotePages
    payments: Payments | None = None

    def is_ours(self, path: str) -> bool:
        """May this address be answered here?"""
        return is_ours(path)

    async def __call__(self, asked: Request, body: bytes) -> Answer | None:
        """Answer, or None where the upstream should.

        Args:
            asked: The request.
            body: Its body, at most `BODY_BYTES_MAX` and one byte more.
        """
        if asked.path in PUBLIC_PATHS:
            return await self._file(asked) if asked.method in READS else None
        if not asked.path.startswith(PREFIX):
            return None
        name, slash, rest = asked.path.removeprefix(PREFIX).partition("/")
        if name == "tdm" and slash:
            found = self.publications.tdm_policy(asked, rest)
            return found or self._nothing(asked)
        if name == "books" and slash:
            return await self.books(asked, rest) or self._nothing(asked)
        endpoint = self._endpoints().get(name)
        return await endpoint(asked, body) if endpoint else self._nothing(asked)

    def _endpoints(self) -> dict[str, Endpoint]:
        paid = {} if self.payments is None else {"payments": self.payments}
        return {
            **paid,
            "offers": self.offers,
            "usage": self.usage,
            "agreements": self.agreements,
            "appeals": self.appeals,
            "problems": problem_page,
            "pass": self.tickets,
            "keys": self.keys,
            "votes": self.votes,
        }

    async def _file(self, asked: Request) -> Answer | None:
        match asked.path:
            case "/robots.txt":
                return await self.publications.robots(asked)
            case "/.well-known/security.txt":
                return await self.publications.security(asked)
            case "/license.xml":
                return self.publications.licence(asked)
            case "/.well-known/tdmrep.json":
                return self.publications.tdm(asked)
            case "/.well-known/copyfair":
                document = self.description(asked)
                return replies.json_answer(200, document, headers=replies.AN_HOUR)
            case _:
                detail = "this archive is not a member of an alliance"
                return replies.problem(asked, "not-found", detail)

    def _nothing(self, asked: Request) -> Answer:
        known = ", ".join(f"{PREFIX}{name}" for name in self._endpoints())
        detail = f"{asked.path[:128]} is none of ours; there is {known}"
        return replies.problem(asked, "not-found", detail)

    def description(self, asked: Request) -> dict[str, Any]:
        """`/.well-known/copyfair`: what this gateway speaks, and where."""
        origin, policies = self.site.origin(asked), self.site.policies()
        here = [
            one
            for one in policies.collections
            if not one.hosts or asked.host in one.hosts
        ]
        return {
            "schema": "copyfair-gateway/1",
            "policy_version": policies.version,
            "licence": f"{origin}{LICENCE_PATH}",
            "tdm": f"{origin}{TDM_PATH}",
            "usage": f"{origin}{PREFIX}usage",
            "agreements": f"{origin}{PREFIX}agreements",
            "appeals": f"{origin}{PREFIX}appeals",
            "keys": f"{origin}{PREFIX}keys",
            "votes": f"{origin}{PREFIX}votes",
            "problems": f"{origin}{PREFIX}problems/",
            "credentials": ["License", "Bearer", "Basic password", "X-Api-Key"],
            "collections": [
                {
                    "id": one.id,
                    "title": dict(one.title),
                    "steward": one.steward,
                    "contact": one.contact,
                    "licence": one.licence,
                    "paths": list(one.paths),
                    "licence_mode": self.site.mode_of(one).word,
                    "offer": self.site.offer_href(origin, one),
                    "cheaper_door": one.dump or None,
                }
                for one in here
            ],
        }
