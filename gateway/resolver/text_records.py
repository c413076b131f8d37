"""TXT records of a name, asked for once."""

from __future__ import annotations

import asyncio

import dns.asyncresolver
import dns.exception
import dns.resolver
from dns.rdatatype import RdataType

from gateway.kernel.errors import Unavailable

TIMEOUT_S = 5.0
DENIED = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


def resolver_at(host: str, port: int) -> dns.asyncresolver.Resolver:
    """A resolver that asks one name server, in place of the machine's own."""
    resolver = dns.asyncresolver.Resolver(configure=False)
    resolver.nameservers = [host]
    resolver.port = port
    return resolver


async def text_records(
    name: str, resolver: dns.asyncresolver.Resolver | None = None
) -> tuple[str, ...]:
    """The TXT records of *name*; none where the servers say that there are none.

    Raises:
        Unavailable: no name server answers.
    """
    try:
        asked = resolver or dns.asyncresolver.Resolver()
        async with asyncio.timeout(TIMEOUT_S):
            answer = await asked.resolve(name, RdataType.TXT, lifetime=TIMEOUT_S)
    except DENIED:
        return ()
    except (dns.exception.DNSException, OSError, TimeoutError):
        detail = f"no name server answers about {name}; try again later"
        raise Unavailable(detail) from None
    return tuple(
        b"".join(record.strings).decode("utf-8", "replace") for record in answer
    )
