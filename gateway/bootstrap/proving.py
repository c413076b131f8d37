"""Proofs of who somebody is, with a real client."""

from __future__ import annotations

import hashlib
import hmac
from urllib.parse import urlsplit

from gateway.bootstrap.cards import Outward
from gateway.bootstrap.house import House
from gateway.bootstrap.keys import peppers_of
from gateway.services.proofs import Ask, Proofs
from gateway.settings import Settings
from gateway.settings.identifiers import vat_id

JSON = {"Accept": "application/json"}


def proofs_of(house: House) -> Proofs:
    """The proofs of a set-up."""
    settings = house.settings
    pepper = peppers_of(settings).current.secret.reveal()
    secret = hmac.digest(pepper.encode(), b"copyfair bank account", hashlib.sha256)
    return Proofs(
        house.parties,
        books=house.books,
        ask=_asking(settings),
        check_vat=vat_id,
        secret=secret,
        our_vat_id=settings.invoicing.vat_id,
    )


def _asking(settings: Settings) -> Ask:
    call, mirror = Outward(settings), settings.evidence.registers

    async def ask(url: str) -> tuple[int, bytes]:
        if mirror:
            asked = urlsplit(url)
            url = f"{mirror}{asked.path}" + (f"?{asked.query}" if asked.query else "")
        return await call("GET", url, body=b"", fields=JSON)

    return ask
