"""What a running server remembers of key holders, and for how long it may.

An entry carries the store's epoch from *before* it was read. It counts only while
that epoch is the newest one seen, so an entry that was read just before a
revocation and written just after it counts for nothing: there is no refill race.
We keep facts about keys, never decisions, and as many as fit.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass

from gateway.identity.ports import Found, Held
from gateway.kernel.clock import NS_PER_S

FRESH_NS = NS_PER_S
"""How long an epoch counts as seen: the bound on revocation without a poll."""

OUTAGE_NS = 300 * NS_PER_S
"""How long a holder stays known while the store does not answer (5 minutes)."""

HOLDERS_MAX = 10_000
UNKNOWN_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Entry:
    """What a look-up found, and when.

    Attributes:
        found: As the store said.
        read_ns: Monotonic, from before the store was asked.
    """

    found: Found
    read_ns: int


class PrincipalCache:
    """Bounded; the least recently used go first. Not shared between threads."""

    def __init__(
        self, *, holders_max: int = HOLDERS_MAX, unknown_max: int = UNKNOWN_MAX
    ) -> None:
        self.epoch = 0
        self._seen_ns = -FRESH_NS  # every epoch read since then is this one
        self._learnt_ns = -FRESH_NS  # when we came to know it
        self._holders_max = holders_max
        self._unknown_max = unknown_max
        self._holders: OrderedDict[str, Entry] = OrderedDict()
        self._unknown: OrderedDict[str, Entry] = OrderedDict()

    def see_epoch(self, epoch: int, *, asked_ns: int, now_ns: int) -> None:
        """The store's epoch was *epoch* at some time from *asked_ns* to *now_ns*.

        Answers may overtake each other, so a lower epoch is an old one that comes
        late; unless it was asked for after we knew the higher one. Then the store
        was restored from a backup, and what is remembered belongs to another past.
        """
        if epoch < self.epoch:
            if asked_ns <= self._learnt_ns:
                return
            self._holders.clear()
            self._unknown.clear()
            self._seen_ns = asked_ns
        if epoch != self.epoch:
            self.epoch, self._learnt_ns = epoch, now_ns
        self._seen_ns = max(self._seen_ns, asked_ns)

    def fill(self, handle: str, found: Found, *, asked_ns: int, now_ns: int) -> bool:
        """Remember what was found, unless something changed since it was read.

        Returns:
            Whether what was found is still the newest known.
        """
        self.see_epoch(found.epoch, asked_ns=asked_ns, now_ns=now_ns)
        if found.epoch != self.epoch:
            return False
        entries, most = self._shelf(found)
        entries[handle] = Entry(found, asked_ns)
        entries.move_to_end(handle)
        while len(entries) > most:
            entries.popitem(last=False)
        return True

    def fresh(self, handle: str, *, now_ns: int) -> Found | None:
        """What is known now; None where the store must be asked."""
        if now_ns - self._seen_ns >= FRESH_NS:
            return None
        holders = self._holders
        entry = holders.get(handle)
        if entry is not None and entry.found.epoch == self.epoch:
            holders.move_to_end(handle)
            return entry.found
        entry = self._entry(handle)
        return None if entry is None else entry.found

    def held_in_outage(self, handle: str, *, now_ns: int) -> Held | None:
        """A holder that may still be trusted while the store does not answer.

        Only holders: an unknown key is never refused because of an outage.
        """
        entry = self._entry(handle)
        if entry is None:
            return None
        confirmed_ns = max(entry.read_ns, self._seen_ns)
        return entry.found.held if now_ns - confirmed_ns <= OUTAGE_NS else None

    def __len__(self) -> int:
        return len(self._holders) + len(self._unknown)

    def _entry(self, handle: str) -> Entry | None:
        for entries in (self._holders, self._unknown):
            entry = entries.get(handle)
            if entry is not None and entry.found.epoch == self.epoch:
                entries.move_to_end(handle)
                return entry
        return None

    def _shelf(self, found: Found) -> tuple[OrderedDict[str, Entry], int]:
        if found.held is None:
            return self._unknown, self._unknown_max
        return self._holders, self._holders_max
