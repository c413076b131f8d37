"""Which addresses may be asked: those of the public internet, and no others.

An address that carries another one inside (mapped, compatible, translated, 6to4,
Teredo, NAT64) is refused whatever lies within: it leads where only a router knows.
"""

from __future__ import annotations

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

# Not private by name, and yet nobody's home: translators and documentation.
NEVER = tuple(
    ip_network(text)
    for text in (
        "::/96",
        "::ffff:0:0:0/96",
        "64:ff9b::/96",
        "64:ff9b:1::/48",
        "2001::/32",
        "2002::/16",
        "100.64.0.0/10",
        "168.63.129.16/32",
        "192.0.0.0/24",
        "fec0::/10",
    )
)


def is_public(text: str) -> bool:
    """May this address be asked? What is no address may not."""
    address = address_of(text)
    if address is None:
        return False
    if isinstance(address, IPv6Address) and address.ipv4_mapped is not None:
        return False
    is_ours = any(
        address in network for network in NEVER if network.version == address.version
    )
    return address.is_global and not address.is_multicast and not is_ours


def is_loopback(text: str) -> bool:
    """Is it this machine? Only where a test setting allows that."""
    address = address_of(text)
    return address is not None and address.is_loopback


def address_of(text: str) -> IPv4Address | IPv6Address | None:
    """An address as it stands in a URL or an answer; None where it is none."""
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None
