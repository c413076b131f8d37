"""Verification, with a real resolver and a real client."""

from __future__ import annotations

import hashlib
import hmac

from gateway.bootstrap.house import House
from gateway.bootstrap.keys import peppers_of
from gateway.fetch.document import Documents
from gateway.fetch.pinned import Refused
from gateway.kernel.errors import InvalidValue, Unavailable
from gateway.resolver.public_suffixes import PublicSuffixes
from gateway.resolver.text_records import resolver_at, text_records
from gateway.services.verification import Verification

DNS_PORT = 53
PAGE_BYTES_MAX = 16 * 1024


def verifying(house: House, *, name_server: str | None = None) -> Verification:
    """Domain challenges of a set-up.

    Args:
        house: Whose parties.
        name_server: `ADDRESS` or `ADDRESS:PORT`; the machine's own without it.

    Raises:
        InvalidValue: *name_server* is none.
    """
    server = _server(name_server) if name_server else None
    is_local = house.settings.evidence.loopback

    async def records(name: str) -> tuple[str, ...]:
        return await text_records(name, resolver_at(*server) if server else None)

    async def page(url: str) -> tuple[str, ...]:
        documents = Documents(bytes_max=PAGE_BYTES_MAX, allows_loopback=is_local)
        try:
            fetched = await documents(url)
        except Refused as fault:
            detail = f"{url} cannot be read ({fault.reason}); try again later"
            raise Unavailable(detail) from None
        finally:
            await documents.close()
        return (fetched.body.decode("utf-8", "replace"),)

    return Verification(
        house.parties,
        secret=_secret(house),
        records=records,
        page=page,
        registered=PublicSuffixes(),
    )


def _secret(house: House) -> bytes:
    pepper = peppers_of(house.settings).current.secret.reveal()
    return hmac.digest(pepper.encode(), b"copyfair domain challenge", hashlib.sha256)


def _server(text: str) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    if not colon:
        return text, DNS_PORT
    if not port.isdigit():
        detail = f"{text!r} is no name server; write 192.0.2.1 or 192.0.2.1:5353"
        raise InvalidValue(detail)
    return host, int(port)
