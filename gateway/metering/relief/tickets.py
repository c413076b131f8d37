"""Tickets: whoever presses a button may ask for one page again, once, and soon.

A ticket names a page, a network and an end, and is sealed with a key of this set-up;
it says nothing about a person, and no cookie holds it. How many are given out is a
share of what the lane can carry. When many ask, whoever's network and region had
fewest goes first: each that a region has had lately must leave one more in the pot.
"""

from __future__ import annotations

import hashlib
import hmac
from base64 import urlsafe_b64encode
from dataclasses import dataclass

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.errors import InvalidValue
from gateway.kernel.lately import Lately
from gateway.kernel.once import Once, unshared
from gateway.metering.relief.networks import KEY_BYTES_MIN
from gateway.metering.relief.rolling import Rolling

LASTS_S = 600
SPENT_MAX = 65_536
SEAL_BYTES = 18
TICKET_CHARS_MAX = 96
SHARE_NUM, SHARE_DEN = 3, 10
"""Tickets for at most three tenths of what a lane carries."""
POT_S = 4
POT_MIN = 4
REGIONS_PER_TICKET = 4
NETWORKS_MAX = 100_000
POTS_MAX = 256
_MILLI = 1_000


@dataclass(slots=True)
class _Pot:
    milli: int
    at_ns: int


class Tickets:
    """Gives out tickets and takes them back.

    Args:
        key: Seals them.
        elsewhere: Asked last: what other processes took back.
    """

    def __init__(self, key: bytes, *, elsewhere: Once = unshared) -> None:
        if len(key) < KEY_BYTES_MIN:
            raise InvalidValue("tickets need a key of 16 bytes or more")
        self._key = key
        self._elsewhere = elsewhere
        self._spent: Lately[str, int] = Lately(SPENT_MAX)
        self._pots: Lately[str, _Pot] = Lately(POTS_MAX)
        self._had = Rolling(window_s=LASTS_S, entries_max=NETWORKS_MAX)
        self._given = 0

    def give(
        self,
        url: str,
        *,
        lane: str,
        networks: tuple[bytes, bytes],
        milli_per_s: int,
        now_ns: int,
    ) -> str | None:
        """Give out a ticket for a page, if there is one left for this network.

        Args:
            url: The page.
            lane: Whose pot.
            networks: Digests of the /24 or /48, and of the /16 or /32.
            milli_per_s: What the lane carries, thousandths of a page per second.
            now_ns: Ticks now.
        """
        pot = self._filled(lane, milli_per_s, now_ns)
        network, region = networks
        had = self._had.units(network, now_ns=now_ns)
        around = self._had.units(region, now_ns=now_ns) // REGIONS_PER_TICKET
        depth = _depth(milli_per_s)
        needed = min(depth, (1 + had + around) * _MILLI)
        if pot.milli < needed:
            return None
        pot.milli -= _MILLI
        self._had.add(network, 1, now_ns=now_ns)
        self._had.add(region, 1, now_ns=now_ns)
        self._given += 1
        until_s = now_ns // NS_PER_S + LASTS_S
        told = f"{until_s:x}.{now_ns:x}{self._given:x}"
        return f"{told}.{self._seal(told, url, network)}"

    def take(self, ticket: str, url: str, network: bytes, *, now_ns: int) -> bool:
        """Take a ticket back; it holds once, for its page, network and time."""
        if not self.holds(ticket, url, network, now_ns=now_ns):
            return False
        told = ticket.rpartition(".")[0]
        until_s, now_s = int(told.partition(".")[0], 16), now_ns // NS_PER_S
        self._spent.keep(told, until_s)
        return bool(self._elsewhere(told.encode(), until_s=until_s, now_s=now_s))

    def holds(self, ticket: str, url: str, network: bytes, *, now_ns: int) -> bool:
        """Would it be taken back? Asking spends nothing."""
        told, _, seal = ticket.rpartition(".")
        if not told or len(ticket) > TICKET_CHARS_MAX or not ticket.isascii():
            return False
        if not hmac.compare_digest(seal, self._seal(told, url, network)):
            return False
        until_s = int(told.partition(".")[0], 16)
        return now_ns // NS_PER_S < until_s and self._spent.get(told) is None

    def _filled(self, lane: str, milli_per_s: int, now_ns: int) -> _Pot:
        depth = _depth(milli_per_s)
        pot = self._pots.get(lane)
        if pot is None:
            return self._pots.keep(lane, _Pot(depth, now_ns))
        passed_ns = max(0, now_ns - pot.at_ns)
        more = milli_per_s * SHARE_NUM * passed_ns // (SHARE_DEN * NS_PER_S)
        if more or pot.milli >= depth:
            pot.milli, pot.at_ns = min(depth, pot.milli + more), now_ns
        return pot

    def _seal(self, told: str, url: str, network: bytes) -> str:
        said = b"\0".join((told.encode(), url.encode(), network))
        made = hmac.digest(self._key, said, hashlib.sha256)[:SEAL_BYTES]
        return urlsafe_b64encode(made).decode()


def _depth(milli_per_s: int) -> int:
    """The most that a pot holds, in thousandths of a ticket."""
    return max(POT_MIN * _MILLI, milli_per_s * POT_S * SHARE_NUM // SHARE_DEN)
