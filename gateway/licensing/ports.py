"""What the licensing room asks of its neighbours: where terms are kept.

Stores block; whoever serves requests calls them in a thread.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from gateway.licensing.agreement import Agreement
from gateway.licensing.tariff import Tariff


@dataclass(frozen=True, slots=True)
class AcceptedOffer:
    """The offer document that an agreement rests on, as it was shown.

    Attributes:
        agreement_id: The agreement it led to.
        offer_id: `off_…`.
        document: The document, canonical JSON.
        accepted_us: When it was accepted.
        key_sha256: Digest of the offer's id and the client's idempotency key; empty
            without one. Each leads to one agreement.
    """

    agreement_id: str
    offer_id: str
    document: str
    accepted_us: int
    key_sha256: str = ""


@dataclass(frozen=True, slots=True)
class PublishedBody:
    """What was kept of a tariff version when it was published.

    Attributes:
        tariff: The tariff's id.
        version: Its version.
        body: The tariff, canonical JSON.
        sha256: The body's digest, hex.
        published_us: When, microseconds UTC.
    """

    tariff: str
    version: int
    body: str
    sha256: str
    published_us: int


class TariffStore(Protocol):
    """Published versions of tariffs; a published version never changes."""

    def publish(self, tariff: Tariff, *, at_us: int) -> bool:
        """Keep a version.

        Returns:
            Whether it is new; the same version with the same body changes nothing.

        Raises:
            Conflict: that version was published with another body.
        """

    def find(self, tariff: str, version: int) -> Tariff | None:
        """A published version."""

    def all(self) -> tuple[Tariff, ...]:
        """Every published version, by id and version."""

    def bodies(self) -> tuple[PublishedBody, ...]:
        """What was kept of every published version, by id and version."""


class AgreementStore(Protocol):
    """Agreements; all that ever changes is when one ends, once."""

    def add(self, agreement: Agreement, offer: AcceptedOffer | None = None) -> None:
        """Keep a new agreement.

        Raises:
            Conflict: its id is taken, or its offer's key led to another.
        """

    def find(self, agreement_id: str) -> Agreement | None:
        """The agreement of that id."""

    def agreements_of(self, party_id: str) -> tuple[Agreement, ...]:
        """Every agreement of a party, oldest start first."""

    def all(self) -> tuple[Agreement, ...]:
        """Every agreement, by id."""

    def end(self, agreement_id: str, *, at_us: int) -> None:
        """Set when it ends.

        Raises:
            NotFound: no such agreement.
            Conflict: it already has an end.
        """

    def offer_of(self, agreement_id: str) -> AcceptedOffer | None:
        """The offer that was accepted."""

    def offer_with_key(self, key_sha256: str) -> AcceptedOffer | None:
        """The offer that was accepted under an idempotency key's digest."""
