"""Address ranges: what finding the network of an address costs, few and many.

The catalogue is the gateway's own, filled with networks of both families; half of
the addresses that are looked up lie in none.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from importlib import import_module
from ipaddress import IPv4Address, IPv6Address
from typing import Any

from bench.effort import Effort
from bench.processes import NotMeasured

FEW, MANY = 100, 100_000
PLACE = "gateway.classification.address_ranges"
NS_PER_US = 1_000
ASKED = 2_000
V4_FIRST = int(IPv4Address("1.0.0.0"))
V6_FIRST = int(IPv6Address("2001:db8::"))
SPREAD = 48_611  # a prime: the addresses fall everywhere, the same in every run

Find = Callable[[str], Any]


def measure(effort: Effort) -> dict[int, list[float]]:
    """CPU-µs per look-up, by how many networks there are; rounds alternate.

    Raises:
        NotMeasured: the gateway has no catalogue of networks yet.
    """
    try:
        catalogue = import_module(PLACE).AddressRanges
    except (ImportError, AttributeError):
        raise NotMeasured("there is no catalogue of address ranges yet") from None
    addresses = [_address(number) for number in range(ASKED)]
    finds: dict[int, Find] = {
        count: catalogue((_network(number), "operator") for number in range(count)).find
        for count in (FEW, MANY)
    }
    found: dict[int, list[float]] = {count: [] for count in finds}
    for _ in range(effort.rounds):
        for count, find in finds.items():
            found[count].append(_cost_us(find, addresses))
    return found


def _cost_us(find: Find, addresses: Sequence[str]) -> float:
    before_ns = time.process_time_ns()
    for address in addresses:
        find(address)
    return (time.process_time_ns() - before_ns) / NS_PER_US / len(addresses)


def _network(number: int) -> str:
    """Every other /24, and in each third place a /48."""
    if number % 3:
        return f"{IPv4Address(V4_FIRST + (number << 9))}/24"
    return f"{IPv6Address(V6_FIRST + (number << 81))}/48"


def _address(number: int) -> str:
    place = number * SPREAD % (MANY * 2)
    if number % 3:
        return str(IPv4Address(V4_FIRST + (place << 8) + 7))
    return str(IPv6Address(V6_FIRST + (place << 80) + 7))
