"""A site: who counts as one at the other end of the network.

One IPv4 address is one. Of IPv6 it is a /64, for that is what a single customer gets,
and can move around in at will. An IPv4 address written as IPv6 is the IPv4 one.
"""

from __future__ import annotations

import re
from ipaddress import IPv6Address, ip_address

SITE_BITS = 64
"""How much of an IPv6 address lies within one site."""

UNKNOWN = "unknown"

# As `ipaddress` reads one: four numbers to 255, without leading zeros.
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII)
_is_ipv4 = IPV4.fullmatch


def site_of(address: str) -> str:
    """Whose an address is.

    Returns:
        The IPv4 address, the IPv6 network with its `/64`, or `unknown` for what is no
        address.
    """
    if _is_ipv4(address):
        return address
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return UNKNOWN
    if not isinstance(found, IPv6Address):
        return address
    if found.ipv4_mapped is not None:
        return str(found.ipv4_mapped)
    return f"{IPv6Address(int(found) >> SITE_BITS << SITE_BITS)}/{128 - SITE_BITS}"
