"""Checkouts: somebody is asked to pay by card, on a page of a payment provider.

One may live for an invoice or an agreement at a time. Whether a provider that did not
answer has the request is *unknown*, never failed: it is asked again under the same key.
That money came is never doubted, in whatever order we hear of it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money

CHECKOUT = "chk"


class CheckoutState(StrEnum):
    """How a checkout stands. Public: add, never rename."""

    UNKNOWN = "unknown"
    OPEN = "open"
    PAID = "paid"
    EXPIRED = "expired"
    REFUSED = "refused"


LIVE = frozenset({CheckoutState.UNKNOWN, CheckoutState.OPEN})
"""Somebody may still pay by it."""


@dataclass(frozen=True, slots=True)
class Checkout:
    """One attempt to be paid by card.

    Attributes:
        id: `chk_…`; the key under which the provider is asked, however often.
        target: Number of the invoice, or id of the agreement that is topped up.
        amount: What is asked for, above 0.
        created_us: When.
        expires_us: From when on nobody can pay by it.
        state: How it stands.
        session: The provider's name for it, or empty.
        url: Where somebody pays, or empty.
    """

    id: str
    target: str
    amount: Money
    created_us: int
    expires_us: int
    state: CheckoutState = CheckoutState.UNKNOWN
    session: str = ""
    url: str = ""

    def __post_init__(self) -> None:
        if self.amount.minor <= 0:
            raise InvalidValue("a checkout asks for something")
        if self.expires_us <= self.created_us:
            raise InvalidValue("a checkout ends after it begins")

    @property
    def is_live(self) -> bool:
        """May somebody still pay by it?"""
        return self.state in LIVE

    def now(
        self, state: CheckoutState, *, session: str = "", url: str = ""
    ) -> Checkout:
        """As it stands after something was heard of it.

        Paid stays paid; what has ended comes back only by being paid.
        """
        is_over = not self.is_live and state is not CheckoutState.PAID
        if self.state is CheckoutState.PAID or is_over:
            return self
        return replace(
            self, state=state, session=session or self.session, url=url or self.url
        )
