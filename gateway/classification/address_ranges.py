"""Address ranges: which published network an address lies in.

Networks may nest; the narrowest one counts. They are cut into pieces that do not
overlap, sorted by their first address, so that one bisection finds the piece: a
hundred thousand networks cost what ten cost, twice over.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Generic, TypeVar

from gateway.kernel.errors import InvalidValue

V = TypeVar("V")
# As `ipaddress` reads one: four numbers to 255, without leading zeros.
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
_is_ipv4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII).fullmatch

_Piece = tuple[int, int, V]
"""First address, last address, value."""
Number = tuple[bool, int]
"""Is it of IPv4, and which."""


class AddressRanges(Generic[V]):
    """Networks of both families, each with a value; built once, never changed."""

    __slots__ = ("_size", "_v4_starts", "_v4_values", "_v6_starts", "_v6_values")

    def __init__(self, networks: Iterable[tuple[str, V]]) -> None:
        """Sort *networks* in, CIDR and value; of equal ones the later stands.

        Raises:
            InvalidValue: one is no network, or has bits set behind its prefix.
        """
        v4: dict[tuple[int, int], V] = {}
        v6: dict[tuple[int, int], V] = {}
        for text, value in networks:
            try:
                network = ip_network(text)
            except ValueError:
                detail = f"{text!r} is no network; write 192.0.2.0/24 or 2001:db8::/32"
                raise InvalidValue(detail) from None
            span = (int(network.network_address), int(network.broadcast_address))
            (v4 if network.version == 4 else v6)[span] = value
        self._size = len(v4) + len(v6)
        starts, self._v4_values = _pieces(v4)
        self._v4_starts = array("Q", starts)
        self._v6_starts, self._v6_values = _pieces(v6)

    def __len__(self) -> int:
        return self._size

    def find(self, address: str) -> V | None:
        """The value of the narrowest network around *address*; None outside all.

        An IPv4 address written as IPv6 (`::ffff:192.0.2.7`) is the IPv4 one; what is
        no address lies nowhere.
        """
        number = number_of(address)
        return None if number is None else self.at(number)

    def at(self, number: Number) -> V | None:
        """As `find`, of an address that was read already."""
        is_v4, value = number
        return self.find_v4(value) if is_v4 else self.find_v6(value)

    def find_v4(self, number: int) -> V | None:
        """As `find`, of an IPv4 address as a whole number."""
        place = bisect_right(self._v4_starts, number)
        return self._v4_values[place - 1] if place else None

    def find_v6(self, number: int) -> V | None:
        """As `find`, of an IPv6 address as a whole number."""
        place = bisect_right(self._v6_starts, number)
        return self._v6_values[place - 1] if place else None


def number_of(address: str) -> Number | None:
    """An address as a number, to be looked for in several ranges; None for none."""
    if _is_ipv4(address):
        first, second, third, last = address.split(".")
        number = int(first) << 24 | int(second) << 16 | int(third) << 8 | int(last)
        return True, number
    try:
        found = ip_address(address.partition("%")[0])
    except ValueError:
        return None
    if isinstance(found, IPv6Address):
        if found.ipv4_mapped is None:
            return False, int(found)
        found = found.ipv4_mapped
    return True, int(IPv4Address(found))


def _pieces(
    networks: dict[tuple[int, int], V],
) -> tuple[Sequence[int], list[V | None]]:
    """Where each piece begins, and the value of the narrowest network there.

    CIDR networks nest or are apart. The ones that are open at an address lie on a
    stack, the narrowest on top; where it ends, the one around it goes on.
    """
    starts: list[int] = []
    values: list[V | None] = []
    around: list[tuple[int, V]] = []

    def begin(at: int, value: V | None) -> None:
        if starts and starts[-1] == at:
            values[-1] = value
        else:
            starts.append(at)
            values.append(value)

    def end_before(at: int | None) -> None:
        while around and (at is None or around[-1][0] < at):
            last, _ = around.pop()
            begin(last + 1, around[-1][1] if around else None)

    for (first, last), value in sorted(
        networks.items(), key=lambda item: (item[0][0], -item[0][1])
    ):
        end_before(first)
        begin(first, value)
        around.append((last, value))
    end_before(None)
    return starts, values
