"""Payments by card, with a real client and real secrets."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from gateway.bootstrap.house import House
from gateway.credentials.private_file import read_private
from gateway.fetch.call import Calls
from gateway.fetch.pinned import Refused
from gateway.identity.secret import Secret
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import Misconfigured, Unavailable
from gateway.payments.stripe import Shop, Stripe
from gateway.payments.stripe_events import read_event
from gateway.services.card_desk import CardDesk
from gateway.settings import Settings
from gateway.terms.card_events import THANKS

KEY_VARIABLE, KEY_FILE = "COPYFAIR_STRIPE_KEY", "stripe-key"
EVENTS_VARIABLE = "COPYFAIR_STRIPE_WEBHOOK_SECRET"
EVENTS_FILE = "stripe-webhook-secret"
AT_ONCE = 4


class Outward:
    """Calls an API; a `gateway.payments.stripe.Call`, and for look-ups."""

    def __init__(self, settings: Settings) -> None:
        self._calls = Calls(allows_loopback=settings.evidence.loopback)

    async def __call__(
        self, method: str, url: str, *, body: bytes, fields: Mapping[str, str]
    ) -> tuple[int, bytes]:
        """Status and body; see the port."""
        try:
            return await self._calls(method, url, body=body, fields=fields)
        except Refused as fault:
            host = url.partition("//")[2].partition("/")[0]
            detail = f"{host} gives no answer ({fault.reason}); ask again later"
            raise Unavailable(detail) from None


def takes_cards(settings: Settings) -> bool:
    """Is there a seller, and somebody who takes cards for it?"""
    is_selling = settings.invoicing.seller != "none"
    return is_selling and settings.cards.provider != "none"


def card_desk_of(house: House) -> CardDesk:
    """The desk of a set-up.

    Raises:
        Misconfigured: nobody takes cards for it, or the secret key is missing.
    """
    settings = house.settings
    if not takes_cards(settings):
        detail = (
            "nobody takes cards here: gateway.yaml needs `cards: {provider: stripe}`"
            " and a seller"
        )
        raise Misconfigured(detail)
    (key,) = _secrets(settings, KEY_VARIABLE, KEY_FILE)[:1]
    shop = Shop(
        api=settings.cards.api,
        key=key,
        return_url=f"{settings.public_url}{THANKS}",
        seller=settings.invoicing.name,
    )
    return CardDesk(
        house.books,
        provider=Stripe(shop, Outward(settings)),
        bank_desk=house.bank_desk,
        clock=house.clock,
        ids=house.ids,
    )


class EventDesk:
    """Takes in what Stripe reports; a `gateway.terms.ports.EventDesk`."""

    def __init__(self, house: House) -> None:
        """Get ready.

        Raises:
            Misconfigured: a secret is missing.
        """
        self._clock = house.clock
        self._desk = card_desk_of(house)
        self._secrets = _secrets(house.settings, EVENTS_VARIABLE, EVENTS_FILE)
        self._turns = asyncio.Semaphore(AT_ONCE)

    async def hear(self, body: bytes, signature: str) -> bool:
        """Believe an event that is signed, and take it in; see the port."""
        now_s = self._clock.now_us() // US_PER_S
        heard = read_event(body, signature, secrets=self._secrets, now_s=now_s)
        async with self._turns:
            # Stores block: a thread with a loop of its own asks and books.
            return await asyncio.to_thread(asyncio.run, self._desk.hear(heard))


def _secrets(settings: Settings, variable: str, file: str) -> tuple[Secret, ...]:
    """One secret a line, the newest first; from the environment, else a file.

    Raises:
        Misconfigured: there is none.
    """
    text = settings.environment.get(variable, "")
    if not text:
        path = settings.keys_folder / file
        if not path.exists():
            detail = f"set {variable}, or write {path} (mode 0600)"
            raise Misconfigured(detail)
        text = read_private(path).decode("utf-8", "replace")
    found = tuple(Secret(line.strip()) for line in text.splitlines() if line.strip())
    if not found:
        detail = f"{variable} is empty"
        raise Misconfigured(detail)
    return found
