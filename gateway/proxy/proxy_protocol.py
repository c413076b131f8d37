"""The PROXY protocol, versions 1 and 2: who the client is, in front of everything.

A front server that forwards raw TCP cannot add a field; it writes one header ahead
of the first byte instead (TLS included). It counts only from trusted peers, and a
connection that should begin with it and does not is closed.
Source: the PROXY protocol, revision of 2020/03/05, haproxy.org.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address

from gateway.kernel.errors import InvalidValue

SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"
V1_BYTES_MAX = 107
V2_HEAD_BYTES = 16
V2_REST_BYTES_MAX = 2 * 1024
LOCAL, PROXY = 0x20, 0x21
PORT_MAX = 65_535
V1 = re.compile(
    rb"PROXY (TCP4|TCP6) ([0-9A-Fa-f.:]{2,39}) ([0-9A-Fa-f.:]{2,39}) "
    rb"(0|[1-9][0-9]{0,4}) (0|[1-9][0-9]{0,4})\Z"
)
# family and transport: length of the addresses
V2_FAMILIES = {0x11: 12, 0x21: 36}
V2_UNKNOWN = 0x00


@dataclass(frozen=True, slots=True)
class Announced:
    """What stands in front of a connection.

    Attributes:
        length: How many bytes the header takes.
        peer: The client's address; empty where the front server speaks for itself
            or does not know.
    """

    length: int
    peer: str


def read_announcement(received: bytes) -> Announced | None:
    """Read the header at the beginning of a connection.

    Returns:
        What it says; None where more bytes are needed.

    Raises:
        InvalidValue: it is none, or malformed.
    """
    if received.startswith(SIGNATURE):
        return _version_2(received)
    if SIGNATURE.startswith(received):
        return None
    if not received.startswith(b"PROXY "[: len(received)]):
        raise InvalidValue("the connection does not begin with a PROXY header")
    return _version_1(received)


def _version_1(received: bytes) -> Announced | None:
    end = received.find(b"\r\n", 0, V1_BYTES_MAX)
    if end < 0:
        if len(received) >= V1_BYTES_MAX or b"\n" in received:
            raise InvalidValue("the PROXY header has no end")
        return None
    line, length = received[:end], end + 2
    if line == b"PROXY UNKNOWN" or line.startswith(b"PROXY UNKNOWN "):
        return Announced(length, "")
    parts = V1.match(line)
    if parts is None or int(parts[4]) > PORT_MAX or int(parts[5]) > PORT_MAX:
        raise InvalidValue("the PROXY header is malformed")
    kind = IPv4Address if parts[1] == b"TCP4" else IPv6Address
    return Announced(length, _address(kind, parts[2].decode(), parts[3].decode()))


def _version_2(received: bytes) -> Announced | None:
    if len(received) < V2_HEAD_BYTES:
        return None
    command, family, rest = struct.unpack_from("!BBH", received, len(SIGNATURE))
    if command not in {LOCAL, PROXY} or rest > V2_REST_BYTES_MAX:
        raise InvalidValue("the PROXY header is malformed")
    length = V2_HEAD_BYTES + rest
    if len(received) < length:
        return None
    if command == LOCAL or family == V2_UNKNOWN:
        return Announced(length, "")
    needed = V2_FAMILIES.get(family)
    if needed is None or rest < needed:
        raise InvalidValue("the PROXY header names no TCP address")
    addresses = received[V2_HEAD_BYTES:]
    if needed == V2_FAMILIES[0x11]:
        return Announced(length, str(IPv4Address(addresses[:4])))
    return Announced(length, str(IPv6Address(addresses[:16])))


def _address(
    kind: type[IPv4Address | IPv6Address], source: str, destination: str
) -> str:
    try:
        kind(destination)
        return str(kind(source))
    except ValueError:
        raise InvalidValue("the PROXY header holds no such address") from None
