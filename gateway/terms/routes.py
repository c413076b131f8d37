"""Which addresses are answered here, and by whom.

The proxy asks `routes(asked, body)` before anything else. None means: not ours,
go on. Everything under `/_copyfair/` is ours, also what does not exist.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from gateway.kernel.request import Request
from gateway.terms import replies
from gateway.terms.agreements import OwnAgreements
from gateway.terms.appeals import Appeals
from gateway.terms.books import BookFiles
from gateway.terms.corrections import Corrections
from gateway.terms.disputes import Disputes
from gateway.terms.keys import KeyPage
from gateway.terms.offers import Offers
from gateway.terms.own_paths import PUBLIC_PATHS, TDM_PATH, is_ours
from gateway.terms.payments import Payments
from gateway.terms.problem_pages import problem_page
from gateway.terms.publications import Publications
from gateway.terms.site import LICENCE_PATH, PREFIX, Site
from gateway.terms.tickets import TicketPages
from gateway.terms.usage import OwnUsage
from gateway.terms.votes import VotePages
from gateway.web.answer import Answer

BODY_BYTES_MAX = 16 * 1024
"""The longest request body that any of these addresses reads."""
READS = frozenset(("GET", "HEAD"))

Endpoint = Callable[[Request, bytes], Awaitable[Answer]]


class PublicPages(Protocol):
    """Pages for everybody that are another entrance's."""

    async def books(self, asked: Request, path: str) -> Answer | None:
        """A page or file of the public books; None where there is none."""

    async def index(self, asked: Request, body: bytes) -> Answer | None:
        """The index of the portal; None where it is not asked for."""


@dataclass(slots=True)
class Terms:
    """Everything this entrance answers.

    Attributes:
        site: Whose terms apply.
        publications: The files of a host.
        offers: `/_copyfair/offers/{id}`.
        usage: `/_copyfair/usage`.
        appeals: `/_copyfair/appeals`.
        corrections: `/_copyfair/corrections`.
        tickets: `/_copyfair/pass`.
        public: `/_copyfair/books/…` that is no published file, `/_copyfair/portal/`.
        payments: `/_copyfair/payments/…`; None where nobody sells.
        agreements: `/_copyfair/agreements`.
        keys: `/_copyfair/keys`.
        books: `/_copyfair/books/…`, where any were published.
        votes: `/_copyfair/votes`.
        disputes: `/_copyfair/disputes`; None where nobody sells.
    """

    site: Site
    publications: Publications
    offers: Offers
    usage: OwnUsage
    appeals: Appeals
    corrections: Corrections
    tickets: TicketPages
    agreements: OwnAgreements
    keys: KeyPage
    books: BookFiles
    votes: VotePages
    public: PublicPages | None = None
    payments: Payments | None = None
    disputes: Disputes | None = None

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
        if name in {"books", "portal"}:
            return await self._public(asked, name, rest) or self._nothing(asked)
        endpoint = self._endpoints().get(name)
        return await endpoint(asked, body) if endpoint else self._nothing(asked)

    async def _public(self, asked: Request, name: str, rest: str) -> Answer | None:
        """What was published, before what is shown; nothing where there is neither."""
        if name == "books":
            found = await self.books(asked, rest)
            if found is not None or self.public is None:
                return found
            return await self.public.books(asked, rest)
        return await self.public.index(asked, b"") if self.public else None

    def _endpoints(self) -> dict[str, Endpoint]:
        paid: dict[str, Endpoint] = {}
        if self.payments is not None:
            paid["payments"] = self.payments
        if self.disputes is not None:
            paid["disputes"] = self.disputes
        return {
            **paid,
            "offers": self.offers,
            "usage": self.usage,
            "agreements": self.agreements,
            "appeals": self.appeals,
            "corrections": self.corrections,
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
        # What is not told of the books is not named either.
        is_of_books = asked.path.startswith(f"{PREFIX}books/")
        shown = f"{PREFIX}books/…" if is_of_books else asked.path[:128]
        detail = f"{shown} is none of ours; there is {known}"
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
            "corrections": f"{origin}{PREFIX}corrections",
            "keys": f"{origin}{PREFIX}keys",
            "votes": f"{origin}{PREFIX}votes",
            "problems": f"{origin}{PREFIX}problems/",
            "portal": f"{origin}{PREFIX}portal/",
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
