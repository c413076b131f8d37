"""What this entrance needs from those behind it.

Services block and are called in a thread; whatever touches the upstream or a
request is awaited. The composition root fits the real ones in.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

from gateway.identity.principal import Identified
from gateway.kernel.request import Request
from gateway.kernel.use import Commercial, Use
from gateway.licensing.decision import Throttle
from gateway.licensing.offer import OfferTerms
from gateway.reciprocity.correction import Correction
from gateway.web.answer import HeaderPairs


@dataclass(frozen=True, slots=True)
class Fetched:
    """A small file as the upstream gave it.

    Attributes:
        status: HTTP status.
        body: The bytes without content coding, at most what was asked for.
        headers: End-to-end fields, for an answer that is passed on.
    """

    status: int
    body: bytes = b""
    headers: HeaderPairs = ()


class UpstreamFile(Protocol):
    """Fetches one small file from the archive."""

    async def __call__(self, asked: Request, *, body_bytes_max: int) -> Fetched:
        """GET the target of *asked* from the upstream, in full and uncoded.

        The client's `Accept-Encoding`, `Range` and `If-*` fields are left out, and
        so is any credential of ours. What is longer than *body_bytes_max* is cut.

        Raises:
            Unavailable: no answer, or not in time.
        """


@dataclass(frozen=True, slots=True)
class Acceptance:
    """What a party says when it accepts an offer; every word of it is a claim.

    Attributes:
        name: Legal name of the organisation or person.
        email: For invoices and notices.
        country: ISO 3166-1 alpha-2, or empty.
        entity: A word of `classification.facts.ENTITIES`.
        uses: What the copies are for; empty means the use is not narrowed.
        commercial: Whether the use seeks economic advantage.
        cap_minor: Money cap per calendar month, minor units; None for none.
    """

    name: str
    email: str
    country: str = ""
    entity: str = "unknown"
    uses: frozenset[Use] = frozenset()
    commercial: Commercial = Commercial.DIRECT
    cap_minor: int | None = None


@dataclass(frozen=True, slots=True)
class Accepted:
    """What came of it.

    Attributes:
        agreement_id: `agr_…`.
        party_id: `pty_…`.
        key_id: `key_…`.
        api_key: The key itself; shown this once.
        settling: prepaid, invoiced or test.
        tariff: The tariff's id, or empty.
        tariff_version: Pinned until the agreement ends; 0 without a tariff.
        prepay: How to pay ahead, label to text (IBAN, reference, amount …); empty
            where nothing has to be paid ahead.
        note: What else is to be known, one sentence; or empty.
    """

    agreement_id: str
    party_id: str
    key_id: str
    api_key: str = field(repr=False)
    settling: str
    tariff: str = ""
    tariff_version: int = 0
    prepay: Mapping[str, str] = field(default_factory=dict)
    note: str = ""


class OfferDesk(Protocol):
    """Turns an acceptance into a party, an agreement and a key, in one step."""

    def accept(
        self,
        terms: OfferTerms,
        acceptance: Acceptance,
        *,
        document: Mapping[str, Any],
        idempotency_key: str,
    ) -> Accepted:
        """Accept; blocking.

        Args:
            terms: The offer.
            acceptance: Who accepts, as they say.
            document: The offer as it was shown; its digest is what was accepted.
            idempotency_key: The client's own, or empty. The same key never makes
                two agreements.

        Raises:
            InvalidValue: a field that only the service can judge.
            Conflict: the name or the idempotency key is taken, also after a
                restart; the key that was shown is not shown again.
            Unavailable: the store cannot write now, or the steward must put the
                offer right first; nothing was kept.
        """


@dataclass(frozen=True, slots=True)
class Signed:
    """A statement as it was signed: a compact JWS, and its SHA-256, hex."""

    jws: str
    sha256: str


class UsageDesk(Protocol):
    """Tells a party what it has taken."""

    def statements_of(self, party_id: str) -> Sequence[Mapping[str, Any]]:
        """The signed statements of a party, each with its `statement_id`; blocking.

        Raises:
            Unavailable: the store cannot be asked.
        """

    def statement_of(self, party_id: str, statement_id: str) -> Signed | None:
        """One of them; None where the party has none of that id; blocking.

        Raises:
            Unavailable: the store cannot be asked.
        """

    def usage_of(self, party_id: str) -> Mapping[str, Any]:
        """The current calendar month, as the invoice will count it; blocking.

        Raises:
            Unavailable: the store cannot be asked.
        """


@dataclass(frozen=True, slots=True)
class Appeal:
    """Somebody says that an answer was wrong.

    Attributes:
        id: `apl_…`.
        request_id: Of the refusal, or empty.
        contact: Where to answer, or empty.
        text: What was wrong.
        received_us: Microseconds UTC.
    """

    id: str
    request_id: str
    contact: str
    text: str
    received_us: int


class TicketDesk(Protocol):
    """Gives tickets for expensive pages."""

    def ticket(self, asked: Request, target: str) -> str | Throttle:
        """The page's target with a ticket, or when to ask for one again."""


class TopUpDesk(Protocol):
    """Tells a party how to pay ahead, and lets it."""

    def ways(self, party_id: str) -> Mapping[str, Any]:
        """Its prepaid agreements: what is left, and how to pay; blocking.

        Raises:
            Unavailable: the store cannot be asked.
        """

    async def page(
        self, party_id: str, agreement_id: str, amount_minor: int
    ) -> Mapping[str, Any]:
        """A page on which it pays by card.

        Raises:
            Conflict: another asks at this very moment.
            InvalidValue: nobody takes cards, or the provider refuses.
            Misconfigured: the provider does not let us in.
            NotFound: it has no such prepaid agreement.
            Unavailable: the provider does not answer.
        """


class EventDesk(Protocol):
    """Takes in what a card provider reports."""

    async def hear(self, body: bytes, signature: str) -> bool:
        """Take an event in; whether it is news.

        Args:
            body: The very bytes.
            signature: What came with them, or empty.

        Raises:
            InvalidValue: nobody we know signed it, or not just now.
            Unavailable: it cannot be taken in now, and nothing was kept.
        """


class AppealBox(Protocol):
    """Keeps appeals for a steward."""

    def keep(self, appeal: Appeal) -> None:
        """Keep an appeal; blocking.

        Raises:
            Unavailable: the store cannot write now.
        """


class CorrectionBox(Protocol):
    """Keeps corrections for a steward."""

    def keep(self, correction: Correction) -> None:
        """Keep a correction; blocking.

        Raises:
            Unavailable: the store cannot write now.
        """


class Identification(Protocol):
    """Says who stands behind a request."""

    async def identify(self, asked: Request) -> Identified:
        """The principal, nobody in particular, or a credential that fails.

        Raises:
            Unavailable: nobody can be asked now, and nothing is cached.
        """
