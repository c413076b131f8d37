"""What a card provider tells us, and what billing asks of it and of the store.

A provider is asked, never believed for what it may have forgotten: each question can
be asked again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.billing.checkout import Checkout, CheckoutState
from gateway.kernel.money import Money


@dataclass(frozen=True, slots=True)
class Page:
    """A page at the provider on which somebody pays.

    Attributes:
        session: The provider's name for it.
        state: Open, paid or expired.
        url: Where it is; empty once it ended.
        payment: The provider's name for the payment, or empty.
    """

    session: str
    state: CheckoutState
    url: str = ""
    payment: str = ""


@dataclass(frozen=True, slots=True)
class Charge:
    """Money that a provider took for us.

    Attributes:
        payment: The provider's name for it.
        checkout_id: For which checkout; empty where it is none of ours.
        amount: What the payer gave.
        fee_minor: What the provider keeps of it.
        name: Who paid, or empty.
        received_us: When.
    """

    payment: str
    checkout_id: str
    amount: Money
    fee_minor: int
    name: str
    received_us: int


@dataclass(frozen=True, slots=True)
class Ended:
    """A page ended: somebody paid on it, or nobody can any more."""

    session: str
    checkout_id: str
    state: CheckoutState
    payment: str = ""


@dataclass(frozen=True, slots=True)
class TakenAway:
    """Money went back to a payer: a refund, or a chargeback.

    Attributes:
        reference: The provider's name for it.
        payment: Which payment it takes back.
        amount: How much.
        at_us: When.
        fee_minor: What the provider charged for it.
        is_undone: It came back to us later.
    """

    reference: str
    payment: str
    amount: Money
    at_us: int
    fee_minor: int = 0
    is_undone: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """An event that a provider sent.

    Attributes:
        provider: Whose.
        id: The provider's name for it; each counts once.
        kind: The provider's word for what happened.
        sha256: Digest of the bytes, hex.
        news: What happened, as far as it concerns us; else None.
    """

    provider: str
    id: str
    kind: str
    sha256: str
    news: Ended | TakenAway | None


class CardProvider(Protocol):
    """Takes cards for us."""

    name: str

    async def open(self, checkout: Checkout) -> Page:
        """Make a page; asked again, the same one.

        Raises:
            Unavailable: nobody knows whether it was made.
            InvalidValue: it was not, and will not be.
            Misconfigured: we are not let in.
        """

    async def look(self, session: str) -> Page:
        """A page as it stands now; raises as `open`."""

    async def expire(self, session: str) -> Page:
        """End a page; one that ended already stays as it is. Raises as `open`."""

    async def charge(self, payment: str) -> Charge | None:
        """A payment with its fee; None where nothing was taken. Raises as `open`."""


class CheckoutStore(Protocol):
    """Checkouts and the events that were heard; nothing is ever forgotten."""

    def add(self, checkout: Checkout) -> None:
        """Keep a new one.

        Raises:
            Conflict: one for the same target lives.
        """

    def put(self, checkout: Checkout, *, at_us: int) -> None:
        """Keep how one stands now.

        Raises:
            Conflict: it was paid already.
        """

    def find(self, checkout_id: str) -> Checkout | None:
        """The checkout of that id."""

    def live(self, target: str = "") -> Sequence[Checkout]:
        """Those by which somebody may still pay, oldest first."""

    def all(self) -> Sequence[Checkout]:
        """Every checkout, oldest first."""

    def hear(self, heard: Heard, *, at_us: int) -> bool:
        """Keep that an event came; False where it had come before."""

    def has_heard(self, provider: str, event_id: str) -> bool:
        """Did that event come before?"""
