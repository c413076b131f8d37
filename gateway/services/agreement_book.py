"""Agreements at hand: what a party agreed to and gave, no older than a second.

The data plane asks about every request of a key; the store is asked at most once
a second for each party, in a thread. When the store cannot be asked, what was
known stays good for five minutes: an outage never turns a licence into an offer.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple, Protocol

from gateway.classification.given import UNREAD, Given
from gateway.kernel.clock import NS_PER_S, Clock
from gateway.kernel.errors import Unavailable
from gateway.licensing.agreement import Agreement, newest_in_force

FRESH_NS = NS_PER_S
STALE_NS = 300 * NS_PER_S
PARTIES_MAX = 50_000

RunBlocking = Callable[[Callable[[], Any]], Awaitable[Any]]


class Entry(NamedTuple):
    """What was read of a party.

    Attributes:
        read_ns: When, monotonic.
        agreements: Oldest first.
        given: What it gave, proved and took.
    """

    read_ns: int
    agreements: tuple[Agreement, ...]
    given: Given


NEVER_READ = Entry(0, (), UNREAD)


def unread(_: str) -> Given:
    """Nobody looks what parties gave."""
    return UNREAD


class AgreementSource(Protocol):
    """Where agreements are kept."""

    def agreements_of(self, party_id: str) -> tuple[Agreement, ...]:
        """Every agreement of a party, oldest first.

        Raises:
            Unavailable: the store cannot be asked.
        """


@dataclass(slots=True)
class AgreementBook:
    """Keeps the agreements of the parties that came lately.

    Attributes:
        source: The store.
        run_blocking: Runs a blocking call without holding up the loop.
        clock: For how old an entry is.
        given_by: What a party gave, proved and took, by its id; blocking.
    """

    source: AgreementSource
    run_blocking: RunBlocking
    clock: Clock
    given_by: Callable[[str], Given] = unread
    _known: OrderedDict[str, Entry] = field(default_factory=OrderedDict)

    def is_fresh(self, party_id: str) -> bool:
        """Are the party's agreements at hand, and no older than a second?"""
        known = self._known.get(party_id)
        return known is not None and self.clock.ticks_ns() - known.read_ns < FRESH_NS

    def at_hand(self, party_id: str, *, now_ns: int) -> tuple[Agreement, ...] | None:
        """The party's agreements; None where they are not fresh."""
        known = self._known.get(party_id)
        if known is None or now_ns - known.read_ns >= FRESH_NS:
            return None
        return known.agreements

    async def prepare(self, party_id: str) -> None:
        """Make sure the party's agreements are at hand.

        Raises:
            Unavailable: the store cannot be asked, and nothing recent is known.
        """
        now_ns = self.clock.ticks_ns()
        known = self._known.get(party_id)
        if known is not None and now_ns - known.read_ns < FRESH_NS:
            return
        try:
            found, given = await self.run_blocking(lambda: self._read(party_id))
        except Unavailable:
            if known is None or now_ns - known.read_ns > STALE_NS:
                raise
            return
        if known is not None:
            # The same objects, for whoever tells them by identity.
            found = known.agreements if known.agreements == found else found
            given = known.given if known.given == given else given
        self._known[party_id] = Entry(now_ns, found, given)
        self._known.move_to_end(party_id)
        if len(self._known) > PARTIES_MAX:
            self._known.popitem(last=False)

    def known(self, party_id: str) -> tuple[Agreement, ...]:
        """The party's agreements as they were last read; none where they never were."""
        return self._known.get(party_id, NEVER_READ).agreements

    def given(self, party_id: str) -> Given:
        """What the party gave, as it was last read; nothing where it never was."""
        return self._known.get(party_id, NEVER_READ).given

    def _read(self, party_id: str) -> tuple[tuple[Agreement, ...], Given]:
        return self.source.agreements_of(party_id), self.given_by(party_id)

    def in_force(
        self, party_id: str, collection: str, *, at_us: int, is_test: bool = False
    ) -> Agreement | None:
        """See `gateway.licensing.agreement.newest_in_force`."""
        agreements = self.known(party_id)
        return newest_in_force(agreements, collection, at_us=at_us, is_test=is_test)
