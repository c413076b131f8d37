"""Who is at the other end, when proxies stand in between.

Nobody's word is taken unless the operator named them: the list of trusted proxies
is empty by default, and then the address is that of the connection. From a trusted
peer the chain is walked from right to left, as long as each hop is trusted; the
first that is not is the client. Whatever cannot be read ends the walk at the last
address that was sure: a broken or forged token never moves the client leftwards.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from gateway.kernel.request import Headers

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

UNKNOWN = "unknown"
HOPS_MAX = 64
# forwarded-pair = token "=" ( token / quoted-string ), RFC 7239 §4
PAIR = re.compile(
    r'[ \t]*([!#$%&\'*+.^_`|~0-9A-Za-z-]+)=("[^"\\]*"|[^",; \t]*)[ \t]*\Z'
)
BRACKETED = re.compile(r"\[([0-9A-Fa-f:.]+)\](?::[0-9]{1,5})?\Z")
V4_WITH_PORT = re.compile(r"([0-9.]+):[0-9]{1,5}\Z")


def client_address(peer: str, headers: Headers, trusted: Sequence[Network]) -> str:
    """The client's address.

    Args:
        peer: The address of the connection's other end; may be empty.
        headers: The request's fields.
        trusted: Networks of proxies whose `Forwarded` or `X-Forwarded-For` counts.

    Returns:
        The canonical spelling of an address, or `unknown` where the connection
        itself has none (a Unix socket).
    """
    address = read_address(peer)
    if address is None:
        return UNKNOWN
    if not is_trusted(address, trusted):
        return str(address)
    forwarded = headers.all("forwarded")
    for_lines = headers.all("x-forwarded-for")
    by_standard = _walk(address, _forwarded_hops(forwarded), trusted)
    by_custom = _walk(address, _custom_hops(for_lines), trusted)
    if forwarded and for_lines:
        # Two chains that tell different stories: believe the connection.
        return str(by_standard if by_standard == by_custom else address)
    return str(by_standard if forwarded else by_custom)


def is_trusted(address: Address | None, trusted: Sequence[Network]) -> bool:
    """Is it one of the operator's own proxies?"""
    return address is not None and any(
        address.version == network.version and address in network for network in trusted
    )


def read_address(text: str) -> Address | None:
    """An address as it stands alone; an IPv4 address inside IPv6 is IPv4."""
    try:
        address = ip_address(text)
    except ValueError:
        return None
    if isinstance(address, IPv4Address):
        return address
    if address.scope_id is not None:
        return None
    return address.ipv4_mapped or address


def _walk(
    peer: Address, hops: Sequence[Address | None], trusted: Sequence[Network]
) -> Address:
    sure = peer
    for hop in reversed(hops[-HOPS_MAX:]):
        if hop is None:
            return sure
        sure = hop
        if not is_trusted(hop, trusted):
            return sure
    return sure


def _custom_hops(lines: Sequence[str]) -> list[Address | None]:
    tokens = [token.strip(" \t") for line in lines for token in line.split(",")]
    return [_node(token) for token in tokens]


def _forwarded_hops(lines: Sequence[str]) -> list[Address | None]:
    """The `for` of each element; None where an element has none that is readable."""
    return [_for_of(element) for line in lines for element in _elements(line)]


def _elements(line: str) -> list[str]:
    """Split at commas outside quotes; an open quote makes the whole unreadable."""
    elements, quoted, start = [], False, 0
    for position, character in enumerate(line):
        if character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            elements.append(line[start:position])
            start = position + 1
    return [""] if quoted else [*elements, line[start:]]


def _for_of(element: str) -> Address | None:
    found: list[str] = []
    for part in element.split(";"):
        pair = PAIR.match(part)
        if pair is None:
            return None
        if pair[1].lower() == "for":
            found.append(pair[2].strip('"'))
    return _node(found[0]) if len(found) == 1 else None


def _node(token: str) -> Address | None:
    """An address, perhaps with a port or in brackets; None for anything else."""
    if bracketed := BRACKETED.match(token):
        return read_address(bracketed[1])
    if with_port := V4_WITH_PORT.match(token):
        return read_address(with_port[1])
    return read_address(token)
