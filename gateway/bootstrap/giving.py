"""Who takes very much, and how they are told: put together for a set-up."""

from __future__ import annotations

from gateway.bootstrap.house import House
from gateway.services.large_takers import LargeTakers, Telling


def large_takers_of(house: House) -> LargeTakers:
    """Shares, notices, and the outbox that tells them; in a transaction, all of it."""
    mailroom = house.mailroom
    telling = Telling(
        house.identities,
        mailroom.webhook_store,
        mailroom.outbox,
        writes_letters=house.settings.mail is not None,
    )
    return LargeTakers(
        house.books, house.giving.shares, telling, clock=house.clock, ids=house.ids
    )
