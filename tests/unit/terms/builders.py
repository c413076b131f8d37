"""Requests, sites and desks for tests of terms."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from gateway.bootstrap.relieving import TicketDesk
from gateway.identity.principal import ANONYMOUS, Identified, Principal
from gateway.kernel.errors import GatewayError, NotFound
from gateway.kernel.request import Headers, Request
from gateway.licensing.collection import Collection
from gateway.licensing.offer import OfferTerms
from gateway.licensing.policy import PolicySet
from gateway.licensing.rules import Rule, Then
from gateway.licensing.switches import FULL, LicenceMode, Protect, Switches
from gateway.metering.budget import BudgetBook
from gateway.metering.cap_terms import CapTerms
from gateway.services.relief import Relief
from gateway.terms.agreements import OwnAgreements
from gateway.terms.appeals import Appeals
from gateway.terms.books import BookFiles
from gateway.terms.keys import KeyPage
from gateway.terms.offers import Offers
from gateway.terms.ports import Acceptance, Accepted, Appeal, Fetched, Signed
from gateway.terms.publications import Publications
from gateway.terms.replays import Replays
from gateway.terms.routes import PublicPages, Terms
from gateway.terms.site import Site
from gateway.terms.tickets import TicketPages
from gateway.terms.usage import OwnUsage
from gateway.terms.votes import VoteDesk, VotePages
from gateway.web.answer import Answer
from gateway.web.problems import Problems
from tests.fakes.time_and_chance import CountingIds, HandClock
from tests.unit.licensing.builders import a_collection, a_rule, a_tariff, policies, when

ARCHIVE = "https://archive.example"
LABEL = Switches(Protect.WATCH, LicenceMode.LABEL)
OFF = Switches(Protect.ON, LicenceMode.OFF)
KEY = "cg_live_thisKeyIsShownExactlyOnce0000"

READERS_PAY_NOTHING = a_rule("reading", duties=("attribution",))
COMPANIES_PAY = a_rule("companies", Then.OFFER, when("party.entity", "company"))
SEARCH_IS_FREE = a_rule(
    "search", Then.ALLOW, when("use.class", "search"), duties=("link-back",)
)
COPYFAIR = (SEARCH_IS_FREE, COMPANIES_PAY, READERS_PAY_NOTHING)


def a_request(path: str, method: str = "GET", **changes: Any) -> Request:
    """A request; `headers` may be a mapping."""
    headers = Headers(changes.pop("headers", {}).items())
    host = changes.get("host", "archive.example")
    stated: dict[str, Any] = {
        "id": "req_1",
        "method": method,
        "scheme": "https",
        "host": host,
        "authority": host,
        "target": path,
        "path": path,
        "headers": headers,
        "client_ip": "192.0.2.7",
        **changes,
    }
    return Request(**stated)


def a_set(*rules: Rule, collection: Collection | None = None) -> PolicySet:
    return policies(*rules or COPYFAIR, collection=collection)


def several(*collections: Collection, rules: tuple[Rule, ...] = COPYFAIR) -> PolicySet:
    return replace(policies(*rules), collections=collections)


def a_site(found: PolicySet | None = None, switches: Switches = FULL) -> Site:
    shown = found or a_set()
    return Site(ARCHIVE, lambda: shown, lambda: switches)


@dataclass
class Archive:
    """An upstream that gives one file, or fails."""

    gives: Fetched | GatewayError = field(default_factory=lambda: Fetched(404))

    async def __call__(self, asked: Request, *, body_bytes_max: int) -> Fetched:
        if isinstance(self.gives, GatewayError):
            raise self.gives
        return replace(self.gives, body=self.gives.body[:body_bytes_max])


@dataclass
class Desk:
    """Accepts everything, and remembers it."""

    accepted: list[tuple[OfferTerms, Acceptance, str]] = field(default_factory=list)
    fails: GatewayError | None = None
    note: str = ""

    def accept(
        self,
        terms: OfferTerms,
        acceptance: Acceptance,
        *,
        document: Mapping[str, Any],
        idempotency_key: str,
    ) -> Accepted:
        if self.fails is not None:
            raise self.fails
        assert document["id"] == terms.id
        self.accepted.append((terms, acceptance, idempotency_key))
        return Accepted(
            f"agr_{len(self.accepted)}",
            "pty_1",
            "key_1",
            KEY,
            "prepaid",
            "ai-2026",
            1,
            {} if self.note else {"reference": f"agr_{len(self.accepted)}"},
            self.note,
        )


@dataclass
class Counter:
    """Says what every party took."""

    def usage_of(self, party_id: str) -> Mapping[str, Any]:
        used = {"events": 3, "bytes": 4096, "billable_bytes": 2048}
        usage = {**used, "by": [{"collection": "registers", **used}]}
        one = {"agreement_id": "agr_1", "settling": "invoiced", "usage": usage}
        return {
            **used,
            "of": party_id,
            "period": "2026-11-01/2026-12-01",
            "agreements": [one],
        }

    def statements_of(self, party_id: str) -> Sequence[Mapping[str, Any]]:
        return [{"statement_id": f"stm_{party_id}"}]

    def statement_of(self, party_id: str, statement_id: str) -> Signed | None:
        own = statement_id == f"stm_{party_id}"
        return Signed(f"a.{party_id}.c", "abc123") if own else None


@dataclass
class Caps:
    """Sets every cap, and remembers it."""

    changes: list[tuple[CapTerms, bool]] = field(default_factory=list)
    fails: GatewayError | None = None

    def agreements_of(self, party_id: str) -> list[Mapping[str, Any]]:
        return [{"agreement_id": "agr_1", "of": party_id}]

    def set_cap(
        self, principal: Principal, terms: CapTerms, *, is_lifted: bool
    ) -> None:
        if self.fails is not None:
            raise self.fails
        self.changes.append((terms, is_lifted))


@dataclass
class Box:
    kept: list[Appeal] = field(default_factory=list)

    def keep(self, appeal: Appeal) -> None:
        self.kept.append(appeal)


@dataclass
class Ballots:
    """A desk for votes; there is none until one is put there."""

    there: VoteDesk | None = None

    def votes(self) -> Sequence[Mapping[str, Any]]:
        return self.there.votes() if self.there else ()

    def stewards(self) -> Sequence[Mapping[str, Any]]:
        return self.there.stewards() if self.there else ()

    def vote(self, vote_id: str) -> Mapping[str, Any]:
        return self._desk.vote(vote_id)

    def own(self, vote_id: str, party_id: str) -> Mapping[str, Any]:
        return self._desk.own(vote_id, party_id)

    def cast(
        self, vote_id: str, principal: Principal, votes: Mapping[str, int]
    ) -> Mapping[str, Any]:
        return self._desk.cast(vote_id, principal, votes)

    @property
    def _desk(self) -> VoteDesk:
        if self.there is None:
            raise NotFound("there is no such vote")
        return self.there


@dataclass
class Doorkeeper:
    who: Identified = ANONYMOUS

    async def identify(self, asked: Request) -> Identified:
        return self.who


class Shelf:
    """Published files; none at first."""

    def __init__(self) -> None:
        self.content: dict[str, bytes] = {}

    def read(self, path: str) -> bytes | None:
        return self.content.get(path)


@dataclass
class House:
    """Everything together, with what stands behind it in plain sight."""

    site: Site = field(default_factory=a_site)
    archive: Archive = field(default_factory=Archive)
    desk: Desk = field(default_factory=Desk)
    box: Box = field(default_factory=Box)
    caps: Caps = field(default_factory=Caps)
    door: Doorkeeper = field(default_factory=Doorkeeper)
    shelf: Shelf = field(default_factory=Shelf)
    votes: Ballots = field(default_factory=Ballots)
    public: PublicPages | None = None
    clock: HandClock = field(default_factory=HandClock)

    def __post_init__(self) -> None:
        site, clock = self.site, self.clock
        budgets = BudgetBook(key=b"k" * 16)
        self.terms = Terms(
            site,
            Publications(site, self.archive, clock),
            Offers(site, self.desk, budgets, Replays(clock), clock),
            OwnUsage(self.door, Counter()),
            Appeals(site, self.box, budgets, clock, CountingIds()),
            TicketPages(
                site,
                TicketDesk(Relief(b"k" * 16), site.policies, clock),
                Problems(site.policies, site.origin),
            ),
            OwnAgreements(self.door, self.caps),
            KeyPage(lambda: {"keys": [{"kid": "k1"}]}, clock),
            BookFiles(self.shelf),
            VotePages(self.door, self.votes),
            self.public,
        )

    async def get(self, path: str, **changes: Any) -> Answer | None:
        return await self.terms(a_request(path, **changes), b"")

    async def post(self, path: str, body: bytes, **changes: Any) -> Answer:
        changes.setdefault("headers", {"Content-Type": "application/json"})
        answer = await self.terms(a_request(path, "POST", **changes), body)
        assert answer is not None
        return answer


def header(answer: Answer, name: str) -> str:
    found = [value for key, value in answer.headers if key.lower() == name.lower()]
    return found[0] if found else ""


__all__ = ["a_collection", "a_rule", "a_tariff", "when"]
