"""How much of an address is ever written: a prefix, or a hash that forgets.

Logs hold the prefix of an address (/24 and /48 unless gateway.yaml says less).
Memory holds keyed hashes; the key changes each day in UTC and is made of a secret
that never leaves the process, so that yesterday's hashes say nothing today.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv6Address

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.kernel.site import IPV4

IPV4_BITS, IPV6_BITS = 32, 128
UNREADABLE = "-"
PLAIN_BITS = 24
HASH_BYTES = 16
SECRET_BYTES_MIN = 16


def _read(address: str) -> IPv4Address | IPv6Address | None:
    try:
        if ":" not in address:
            return IPv4Address(address)
        found = IPv6Address(address.partition("%")[0])
    except ValueError:
        return None
    # ::ffff:192.0.2.7 is the IPv4 host, however the socket spells it.
    return found.ipv4_mapped or found


def truncated(address: str, *, v4_bits: int = 24, v6_bits: int = 48) -> str:
    """The prefix of an address in CIDR form; `-` for what is no address.

    Args:
        address: IPv4 or IPv6, with or without a zone.
        v4_bits: How many leading bits of an IPv4 address are kept, 0 to 32.
        v6_bits: The same for IPv6, 0 to 128.
    """
    if v4_bits == PLAIN_BITS and IPV4.fullmatch(address):
        return f"{address[: address.rindex('.')]}.0/24"
    found = _read(address)
    if found is None:
        return UNREADABLE
    if isinstance(found, IPv6Address):
        rest = IPV6_BITS - v6_bits
        return f"{IPv6Address(int(found) >> rest << rest)}/{v6_bits}"
    rest = IPV4_BITS - v4_bits
    kept = int(found) >> rest << rest
    dotted = f"{kept >> 24}.{kept >> 16 & 255}.{kept >> 8 & 255}.{kept & 255}"
    return f"{dotted}/{v4_bits}"


@dataclass(slots=True)
class DailyHash:
    """Keyed hashes of addresses that cannot be linked from one day to the next.

    Attributes:
        secret: At least 16 random bytes, made anew at each start.
    """

    secret: bytes = field(repr=False)
    _day: int = field(default=-1, repr=False)
    _key: bytes = field(default=b"", repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) < SECRET_BYTES_MIN:
            detail = f"the hashing secret needs {SECRET_BYTES_MIN} bytes or more"
            raise InvalidValue(detail)

    def of(self, address: str, at_us: int) -> str:
        """The hash of an address on the day of an instant, 32 hex digits."""
        day = at_us // US_PER_DAY
        if day != self._day:
            today = day.to_bytes(8, "big", signed=True)
            self._key = hashlib.blake2b(today, key=self.secret[:64]).digest()
            self._day = day
        found = _read(address)
        text = address.encode() if found is None else found.packed
        return hashlib.blake2b(text, key=self._key, digest_size=HASH_BYTES).hexdigest()
