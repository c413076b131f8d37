"""Where a request comes from, as keyed hashes: the address, its network, its region.

Nothing here can be turned back into an address without the key, and the key comes from
the set-up's own secret; what is hashed is kept for minutes and never written.
"""

from __future__ import annotations

import hashlib
from ipaddress import IPv6Address, ip_address

from gateway.kernel.errors import InvalidValue
from gateway.kernel.site import SITE_BITS

KEY_BYTES_MIN = 16
DIGEST_BYTES = 8
UNKNOWN = ("unknown", "unknown", "unknown")

Nets = tuple[str, str, str]
"""A site (`kernel.site`), its /24 or /48, its /16 or /32."""


def nets_of(client_ip: str) -> Nets:
    """The three networks of an address, as text; all `unknown` for none."""
    if ":" not in client_ip:
        parts = client_ip.split(".")
        if len(parts) != 4:
            return UNKNOWN
        first, second, third, _ = parts
        wide = f"{first}.{second}"
        return client_ip, f"{wide}.{third}", wide
    try:
        address = ip_address(client_ip)
    except ValueError:
        return UNKNOWN
    if not isinstance(address, IPv6Address):
        return UNKNOWN
    if address.ipv4_mapped is not None:
        return nets_of(str(address.ipv4_mapped))
    bits = int(address)
    return f"{bits >> SITE_BITS:x}/64", f"{bits >> 80:x}/48", f"{bits >> 96:x}/32"


class Pseudonyms:
    """Turns what must not be kept into what may be."""

    __slots__ = ("_begun",)

    def __init__(self, key: bytes) -> None:
        if len(key) < KEY_BYTES_MIN:
            raise InvalidValue("pseudonyms need a key of 16 bytes or more")
        self._begun = hashlib.blake2b(key=key, digest_size=DIGEST_BYTES)

    def of(self, text: str) -> bytes:
        """The digest of a text; the same for the same text."""
        hashing = self._begun.copy()
        hashing.update(text.encode("utf-8", "surrogatepass"))
        return hashing.digest()
