"""Address ranges: what it costs to find an address among many networks."""

from __future__ import annotations

import time

from bench.effort import Effort
from gateway.classification.address_ranges import AddressRanges

COUNTS = (10, 1_000, 100_000)
SPREAD = 2_654_435_761  # Knuth's multiplier: addresses all over the place
V4_BITS, V6_HALF = 32, 64
NS_PER_US = 1_000


def find_us(effort: Effort) -> dict[int, list[float]]:
    """CPU-µs to find one IPv4 and one IPv6 address, by how many networks there are.

    One number for each round.
    """
    found: dict[int, list[float]] = {}
    for count in COUNTS:
        ranges = AddressRanges(_networks(count))
        found[count] = [_round(ranges, effort.decisions) for _ in range(effort.rounds)]
    return found


def _networks(count: int) -> list[tuple[str, int]]:
    """Half of them of each family."""
    networks = []
    for number in range(count // 2):
        high, low = number >> 8 & 255, number & 255
        networks.append((f"{1 + (number >> 16)}.{high}.{low}.0/26", number))
        networks.append((f"2001:{number >> 16:x}:{number & 0xFFFF:x}::/48", number))
    return networks


def _round(ranges: AddressRanges[int], addresses: int) -> float:
    find_v4, find_v6 = ranges.find_v4, ranges.find_v6
    before_ns = time.process_time_ns()
    for number in range(addresses):
        spread = number * SPREAD & (1 << V4_BITS) - 1
        find_v4(spread)
        find_v6(0x2001 << 112 | spread << V6_HALF)
    return (time.process_time_ns() - before_ns) / NS_PER_US / addresses
