"""Checkouts in memory; held to the same contract as the real store."""

from __future__ import annotations

from gateway.billing.card import Heard
from gateway.billing.checkout import Checkout, CheckoutState
from gateway.kernel.errors import Conflict


class FakeCheckouts:
    def __init__(self) -> None:
        self.rows: dict[str, Checkout] = {}
        self.heard: dict[tuple[str, str], Heard] = {}

    def add(self, checkout: Checkout) -> None:
        if self.live(checkout.target) or checkout.id in self.rows:
            raise Conflict("one checkout lives for a target")
        self.rows[checkout.id] = checkout

    def put(self, checkout: Checkout, *, at_us: int) -> None:
        known = self.rows[checkout.id]
        is_over = known.state is CheckoutState.PAID or not known.is_live
        if known.state is CheckoutState.PAID or (
            is_over and checkout.state is not CheckoutState.PAID
        ):
            raise Conflict("what is paid stays paid, what ended stays ended")
        self.rows[checkout.id] = checkout

    def find(self, checkout_id: str) -> Checkout | None:
        return self.rows.get(checkout_id)

    def live(self, target: str = "") -> tuple[Checkout, ...]:
        return tuple(
            one for one in self.all() if one.is_live and target in {"", one.target}
        )

    def all(self) -> tuple[Checkout, ...]:
        return tuple(self.rows[key] for key in sorted(self.rows))

    def hear(self, heard: Heard, *, at_us: int) -> bool:
        key = (heard.provider, heard.id)
        is_new = key not in self.heard
        self.heard.setdefault(key, heard)
        return is_new

    def has_heard(self, provider: str, event_id: str) -> bool:
        return (provider, event_id) in self.heard
