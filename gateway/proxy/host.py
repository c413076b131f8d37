"""The Host field, strictly: a name or an address, and perhaps a port.

RFC 9110 §7.2 and RFC 3986 §3.2.2. User information, paths, commas, percent escapes
and blanks are refused: each of them is read differently by some server.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address, IPv6Address

from gateway.kernel.errors import InvalidValue

NAME_CHARS_MAX = 253
LABEL_CHARS_MAX = 63
PORT_MAX = 65_535
# Underscores are no host names, but container networks use them every day.
LABEL = re.compile(r"[a-z0-9_](?:[a-z0-9_-]*[a-z0-9_])?\Z")
NUMERIC = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)\Z")
PARTS = re.compile(r"(\[[^\]]*\]|[^:\[\]]*)(?::([0-9]*))?\Z")


@dataclass(frozen=True, slots=True)
class Host:
    """A public host.

    Attributes:
        name: Lower-case, without port; an IPv6 address without brackets.
        authority: Lower-case, with the port as sent.
        port: None where none was given.
    """

    name: str
    authority: str
    port: int | None

    def is_same(self, other: Host, *, scheme: str) -> bool:
        """Do both name one place, an absent port being the scheme's own?"""
        default = {"http": 80, "https": 443}.get(scheme)
        return (self.name, self.port or default) == (other.name, other.port or default)


def read_host(field: str) -> Host:
    """Read the value of a Host field, or the authority of an absolute address.

    Raises:
        InvalidValue: it is empty or malformed.
    """
    text = field.lower()
    parts = PARTS.match(text)
    if not text or not text.isascii() or parts is None:
        raise InvalidValue("the Host field is no host with an optional port")
    host, digits = parts[1], parts[2]
    port = _port(digits)
    name = _literal(host) if host.startswith("[") else _name(host)
    return Host(name, text.rstrip(":") if digits == "" else text, port)


def _port(digits: str | None) -> int | None:
    if not digits:
        return None
    if len(digits) > len(str(PORT_MAX)) or not 0 < int(digits) <= PORT_MAX:
        raise InvalidValue("the port in the Host field is not between 1 and 65535")
    return int(digits)


def _literal(host: str) -> str:
    try:
        address = IPv6Address(host[1:-1])
    except AddressValueError:
        raise InvalidValue("the Host field holds no IPv6 address") from None
    if address.scope_id is not None:
        raise InvalidValue("the Host field holds an IPv6 zone")
    return str(address)


def _name(host: str) -> str:
    name = host.removesuffix(".")
    labels = name.split(".")
    if not name or len(name) > NAME_CHARS_MAX:
        raise InvalidValue("the Host field holds no name")
    if NUMERIC.match(labels[-1]):
        return _address(name)
    if any(len(label) > LABEL_CHARS_MAX or not LABEL.match(label) for label in labels):
        raise InvalidValue("the Host field holds no host name")
    return name


def _address(name: str) -> str:
    """A name that ends in a number is an address (URL Standard §3.5), or nothing."""
    try:
        return str(IPv4Address(name))
    except AddressValueError:
        raise InvalidValue("the Host field holds no IPv4 address") from None
