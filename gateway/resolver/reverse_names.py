"""Forward-confirmed reverse DNS: whose name has an address, both ways?

An address has the name that the owner of its network gives it, which anybody may lie
about; it counts only where that name leads back to the same address, which only the
owner of the name can say. Nobody waits for a name server: the first answer is "not
known", later ones are remembered.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

import dns.asyncresolver
import dns.exception
import dns.resolver
import dns.reversename
from dns.rdatatype import RdataType

from gateway.kernel.clock import NS_PER_S, Clock
from gateway.kernel.lately import Lately

ANSWERS_MAX = 8_192
UNDER_WAY_MAX = 32
PER_MINUTE_MAX = 300
TIMEOUT_S = 3.0
NAMES_MAX = 4
HOLDS_S = 86_400
NOTHING_HOLDS_S = 3_600
FAILED_S = 300
DENIED = (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer)


@dataclass(frozen=True, slots=True)
class Answer:
    """What name servers said about an address.

    Attributes:
        names: Confirmed names, lower case, without the last dot; empty for none.
        is_known: The servers answered at all.
        until_s: How long it holds, seconds of the monotonic clock.
    """

    names: frozenset[str]
    is_known: bool
    until_s: int


class ConfirmedNames:
    """Names of addresses, remembered; a `gateway.classification.ports.ReverseNames`."""

    def __init__(
        self, clock: Clock, resolver: dns.asyncresolver.Resolver | None = None
    ) -> None:
        """Ask *resolver*; the machine's own name servers without one."""
        self._clock = clock
        self._resolver = resolver
        self._answers: Lately[str, Answer] = Lately(ANSWERS_MAX)
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._minute = (0, 0)

    def __call__(self, address: str, domains: tuple[str, ...]) -> bool | None:
        """Does its confirmed name end in one of *domains*? None while unknown."""
        now_s = self._clock.ticks_ns() // NS_PER_S
        answer = self._answers.get(address)
        if answer is None or now_s >= answer.until_s:
            self._begin(address, now_s)
        # What was known holds on while it is asked anew.
        if answer is None or not answer.is_known:
            return None
        return any(
            is_within(name, domain) for name in answer.names for domain in domains
        )

    async def settled(self, address: str) -> None:
        """Wait until nothing is under way for *address*."""
        task = self._under_way.get(address)
        if task is not None:
            await asyncio.wait([task])

    async def close(self) -> None:
        """End what is under way."""
        tasks = list(self._under_way.values())
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _begin(self, address: str, now_s: int) -> None:
        """Look it up behind the asker's back, unless too much is looked up already."""
        minute, begun = self._minute
        if minute != now_s // 60:
            minute, begun = now_s // 60, 0
        is_full = len(self._under_way) >= UNDER_WAY_MAX or begun >= PER_MINUTE_MAX
        if address in self._under_way or is_full:
            return
        try:
            loop = asyncio.get_running_loop()
        except RuntimeError:
            return
        self._minute = minute, begun + 1
        task = loop.create_task(self._look_up(address))
        self._under_way[address] = task
        task.add_done_callback(lambda _: self._under_way.pop(address, None))

    async def _look_up(self, address: str) -> None:
        try:
            async with asyncio.timeout(TIMEOUT_S):
                names = await self._confirmed(address)
        except (dns.exception.DNSException, OSError, ValueError):
            known = self._answers.get(address)
            until_s = self._clock.ticks_ns() // NS_PER_S + FAILED_S
            kept = known.names if known else frozenset[str]()
            is_known = bool(known and known.is_known)
            self._answers.keep(address, Answer(kept, is_known, until_s))
            return
        holds_s = HOLDS_S if names else NOTHING_HOLDS_S
        until_s = self._clock.ticks_ns() // NS_PER_S + holds_s
        self._answers.keep(address, Answer(names, is_known=True, until_s=until_s))

    async def _confirmed(self, address: str) -> frozenset[str]:
        asked = dns.reversename.from_address(address)
        found = await self._records(asked.to_text(), RdataType.PTR)
        family = RdataType.AAAA if ":" in address else RdataType.A
        names = set()
        for name in found[:NAMES_MAX]:
            if address in await self._records(name, family):
                names.add(name.rstrip(".").lower())
        return frozenset(names)

    async def _records(self, name: str, kind: RdataType) -> list[str]:
        """Records as text; none where the servers say that there are none.

        Raises:
            DNSException: they do not answer.
        """
        if self._resolver is None:
            self._resolver = dns.asyncresolver.Resolver()
        try:
            answer = await self._resolver.resolve(name, kind, lifetime=TIMEOUT_S)
        except DENIED:
            return []
        return [record.to_text() for record in answer]


def is_within(name: str, domain: str) -> bool:
    """Is *name* that domain, or a name below it?"""
    return name == domain or name.endswith(f".{domain}")
