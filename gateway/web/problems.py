"""The only table from a decision or an error to HTTP.

No room knows a status, no entrance invents one. Whoever is refused learns the rule,
its reason, a request id and a way on, in one of three dialects: a readable page, a
problem document (RFC 9457), or the 401 that is all a git client can show.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any
from urllib.parse import urlsplit

from gateway.classification import signals
from gateway.kernel.errors import (
    GatewayError,
    InvalidValue,
    Unavailable,
    UpstreamFailed,
)
from gateway.kernel.lately import Lately
from gateway.kernel.request import Request
from gateway.licensing.decision import (
    Decision,
    Deny,
    Identify,
    Offer,
    Redirect,
    Throttle,
    word,
)
from gateway.licensing.offer import OfferTerms, crawler_price, offer_document
from gateway.licensing.policy import PolicySet
from gateway.web.answer import Answer, HeaderPairs
from gateway.web.problem_bodies import Link, Problem, written
from gateway.web.problem_types import BUDGET_REMEDIES
from gateway.web.reasons import spoken
from gateway.web.structured_fields import (
    decision_field,
    quoted,
    rate_limit,
    rate_limit_policy,
    wanted_signature,
)
from gateway.web.texts import (
    APPEAL,
    CHEAPER_DOOR,
    READ_LICENCE,
    READ_OFFER,
    SAME_PAGE,
    USAGE,
    Said,
)

RSL_TYPE = "application/rsl+xml"
GIT_REALM = 'Basic realm="Licence key as password", charset="UTF-8"'

ACCEPT_SIGNATURE = ("Accept-Signature", wanted_signature())

OFFERS_KEPT = 256

ERROR_CODES: Mapping[str, str] = MappingProxyType(
    {
        "invalid-value": "bad-request",
        "not-found": "not-found",
        "conflict": "conflict",
        "unavailable": "unavailable",
        "upstream-failed": "upstream-failed",
        "misconfigured": "misconfigured",
    }
)
"""From the code of an error that stopped a request to its problem type."""


@dataclass(frozen=True, slots=True)
class Problems:
    """Turns refusals and failures into answers.

    Attributes:
        policies: Gives the set in force now; offers and contacts stand in it.
        origin: Gives the public origin to write links with, `https://archive.example`.
        asks_for_signatures: Refusals say how a bot may show who it is.
    """

    policies: Callable[[], PolicySet]
    origin: Callable[[Request], str]
    asks_for_signatures: bool = False
    _offers: Lately[tuple[int, str], tuple[OfferTerms, Mapping[str, Any], str]] = field(
        default_factory=lambda: Lately(OFFERS_KEPT), repr=False, compare=False
    )

    def refusal(self, decision: Decision, asked: Request) -> Answer:
        """The answer to a request that does not reach the upstream.

        Args:
            decision: Anything but `Allow` and `Meter`, which the upstream answers.
            asked: The request.
        """
        if isinstance(decision, Redirect) and decision.is_same_page:
            try:
                decision = self.whole(decision, asked)
            except InvalidValue as error:
                return self.malformed("bad-request", error.detail, asked)
        made = self._made(decision, asked)
        if isinstance(decision, Offer | Identify) and is_git(asked):
            made.headers = (("WWW-Authenticate", GIT_REALM), *made.headers)
            return written(made, asked, status=401, is_plain=True)
        if self.asks_for_signatures and isinstance(decision, Offer | Deny | Throttle):
            made.headers = (*made.headers, ACCEPT_SIGNATURE)
        return written(made, asked)

    def failure(self, error: Exception, asked: Request) -> Answer:
        """The answer where something of ours, or the archive, failed.

        An outage is never a 401: whoever cannot be checked is not accused.
        """
        if not isinstance(error, GatewayError):
            said = "Something happened that the gateway was not made for."
            return self.malformed("internal-error", said, asked)
        code = ERROR_CODES.get(error.code, "internal-error")
        if isinstance(error, UpstreamFailed) and error.timed_out:
            code = "upstream-timeout"
        headers: HeaderPairs = ()
        if isinstance(error, Unavailable):
            headers = (("Retry-After", str(error.retry_after_s)),)
        return self.malformed(code, error.detail, asked, headers=headers)

    def malformed(
        self, code: str, detail: str, asked: Request, *, headers: HeaderPairs = ()
    ) -> Answer:
        """The answer to what is no request we can pass on.

        Args:
            code: A key of `PROBLEM_TYPES`.
            detail: One sentence: what is wrong, and what to do.
            asked: The request as far as it could be read.
            headers: Fields to add.
        """
        field = decision_field(decision="error", rule=code, reason=detail)
        problem = Problem(code, detail, decision="error", rule=code)
        problem.headers = (("Copyfair-Decision", field), *headers)
        return written(problem, asked)

    def _made(self, decision: Decision, asked: Request) -> Problem:
        ruling = decision.ruling
        code = word(decision)
        problem = Problem(
            _code_of(decision),
            ruling.reason,
            decision=code,
            rule=ruling.rule,
            collection=ruling.collection,
            spoken=lambda: spoken(self.policies(), ruling),
        )
        field = decision_field(decision=code, rule=ruling.rule, reason=ruling.reason)
        problem.headers = (("Copyfair-Decision", field),)
        match decision:
            case Offer():
                self._offer(decision, problem, asked)
            case Identify():
                self._identify(decision, problem, asked)
            case Throttle():
                self._throttle(decision, problem, asked)
            case Redirect():
                problem.headers += (("Location", decision.location),)
                text = SAME_PAGE if decision.is_same_page else CHEAPER_DOOR
                problem.links += (Link(decision.location, text),)
            case _:
                self._deny(decision, problem, asked)
        return problem

    def whole(self, decision: Redirect, asked: Request) -> Redirect:
        """The same page in its one spelling, as a whole address.

        Raises:
            InvalidValue: the host is not public, and nobody is sent to another.
        """
        origin = self.origin(asked)
        if urlsplit(origin).hostname != asked.host:
            detail = "the page has another spelling, and this host is not public"
            raise InvalidValue(detail)
        return replace(decision, location=origin + decision.location)

    def _offer(self, decision: Offer, problem: Problem, asked: Request) -> None:
        origin = self.origin(asked)
        href = f"{origin}/_copyfair/offers/{decision.offer_id}"
        problem.headers += (
            self._challenge("invalid_request", decision.ruling.reason),
            *self._licence(problem, origin),
        )
        problem.links = (Link(href, READ_OFFER), *problem.links)
        terms = self.policies().offer(decision.offer_id)
        if terms is None:
            problem.more["offer"] = {"id": decision.offer_id, "href": href}
            self._appeal("", problem, asked)
            return
        problem.more["offer"], price = self._shown(terms, origin)
        if price:
            # Without a price nothing can be accepted, and the offer is no payment.
            problem.headers += (
                ("Link", f'<{href}>; rel="payment"; type="application/json"'),
                ("Crawler-Price", price),
            )
        if door := terms.collection.dump:
            problem.links += (Link(door, CHEAPER_DOOR),)
        self._appeal(terms.collection.contact, problem, asked)

    def _shown(self, terms: OfferTerms, origin: str) -> tuple[Mapping[str, Any], str]:
        """An offer's document, not to be changed, and its price; made once.

        Crawlers that ignore a 402 come by the million, and all get the same one.
        """
        kept = self._offers.get((id(terms), origin))
        if kept is None:
            document = offer_document(terms, public_url=origin)
            price = crawler_price(terms.tariff) if terms.tariff else ""
            kept = self._offers.keep((id(terms), origin), (terms, document, price))
        return kept[1], kept[2]

    def _identify(self, decision: Identify, problem: Problem, asked: Request) -> None:
        problem.more["fault"] = decision.fault
        problem.headers += (
            self._challenge("invalid_token", decision.ruling.reason),
            *self._licence(problem, self.origin(asked)),
        )

    def _throttle(self, decision: Throttle, problem: Problem, asked: Request) -> None:
        _when(decision, problem)
        problem.more["budget"] = decision.budget
        problem.ticket_for = decision.ticket_for
        problem.remedy = BUDGET_REMEDIES.get(decision.budget)
        if problem.remedy is not None:
            ours = f"{self.origin(asked)}/_copyfair"
            href = f"{ours}/usage"
            problem.more["usage"] = href
            if decision.budget == "prepaid":
                problem.more["top_up"] = f"{ours}/payments/top-up"
            problem.links += (Link(href, USAGE),)
        if decision.cheaper_door:
            problem.more["cheaper_door"] = decision.cheaper_door
            problem.links += (Link(decision.cheaper_door, CHEAPER_DOOR),)
        self._appeal(self._contact_of(decision), problem, asked)

    def _deny(self, decision: Decision, problem: Problem, asked: Request) -> None:
        contact = decision.contact if isinstance(decision, Deny) else ""
        self._appeal(contact, problem, asked)

    def _appeal(self, contact: str, problem: Problem, asked: Request) -> None:
        """Whom to ask, and where to say that this was wrong."""
        href = f"{self.origin(asked)}/_copyfair/appeals"
        problem.more["appeal"] = href
        self._contact(contact, problem)
        problem.links += (Link(href, APPEAL),)

    def _contact_of(self, decision: Decision) -> str:
        for collection in self.policies().collections:
            if collection.id == decision.ruling.collection:
                return collection.contact
        return ""

    def _contact(self, contact: str, problem: Problem) -> None:
        if not contact:
            return
        problem.more["contact"] = contact
        is_address = "@" in contact and ":" not in contact
        href = f"mailto:{contact}" if is_address else contact
        if href.startswith(("https://", "http://", "mailto:")):
            problem.links += (Link(href, Said(contact, contact)),)

    def _challenge(self, code: str, reason: str) -> tuple[str, str]:
        """RSL 1.0 CAP: 401 and 402 carry it."""
        return (
            "WWW-Authenticate",
            f'License error="{code}", error_description={quoted(reason)}',
        )

    def _licence(self, problem: Problem, origin: str) -> HeaderPairs:
        href = f"{origin}/license.xml"
        problem.links += (Link(href, READ_LICENCE),)
        return (("Link", f'<{href}>; rel="license"; type="{RSL_TYPE}"'),)


def _code_of(decision: Decision) -> str:
    """The problem type of a decision, a key of `PROBLEM_TYPES`."""
    is_same_page = isinstance(decision, Redirect) and decision.is_same_page
    return "other-spelling" if is_same_page else word(decision)


def is_git(asked: Request) -> bool:
    """A git client shows its user nothing but an authentication failure.

    By its name or by what it speaks: JGit and libraries have names of their own.
    """
    return signals.git(asked) is not None


def _when(decision: Throttle, problem: Problem) -> None:
    """When to come back; nothing is said where waiting does not help."""
    seconds = decision.retry_after_s
    if seconds <= 0:
        return
    problem.retry_after_s = seconds
    problem.headers += (("Retry-After", str(seconds)),)
    problem.more["retry_after_s"] = seconds
    if decision.limit > 0 and decision.window_s > 0:
        name, limit, window_s = decision.budget, decision.limit, decision.window_s
        policy = rate_limit_policy(
            name, limit=limit, window_s=window_s, counted=decision.counted
        )
        problem.headers += (
            ("RateLimit-Policy", policy),
            ("RateLimit", rate_limit(name, remaining=0, refills_in_s=seconds)),
        )
