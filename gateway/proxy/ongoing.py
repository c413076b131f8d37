"""What passes in a party's name: it ends when the key does.

A request is judged once; a tunnel, an upload or a long download may then go on for
hours. Whenever keys have changed, each key that something passes under is looked up
again. Where it is revoked, what passes has until the next look to end by itself, as an
ordinary page does; then no byte more passes. An expiry ends nothing that began.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from gateway.identity.principal import CredentialFault, Principal
from gateway.kernel.clock import Clock
from gateway.proxy.exchange import Exchange
from gateway.proxy.ports import UpstreamAnswer
from gateway.proxy.visit import Visit

Revoked = Callable[[frozenset[str]], Awaitable[frozenset[str]]]
"""Which of some keys are revoked or gone; raises `Unavailable` where none can say."""


class Passing:
    """One request that was passed on.

    Attributes:
        key_id: Under which key.
        answer: The upstream's, once there is one.
    """

    __slots__ = ("_exchange", "_ongoing", "_visit", "answer", "key_id")

    def __init__(
        self, ongoing: Ongoing, exchange: Exchange, visit: Visit, *, key_id: str
    ) -> None:
        self.key_id = key_id
        self.answer: UpstreamAnswer | None = None
        self._ongoing = ongoing
        self._exchange = exchange
        self._visit = visit

    def end(self) -> None:
        """Let nothing more pass."""
        self._visit.is_withdrawn = True
        self._visit.error = CredentialFault.KEY_REVOKED.value
        if self.answer is not None:
            self.answer.failed(ConnectionAbortedError("the key was revoked"))
        self._exchange.abandon()

    def over(self) -> None:
        """It has ended, in whatever way."""
        self._ongoing.over(self)


class Ongoing:
    """All that passes in this process under a key."""

    def __init__(self, revoked: Revoked, clock: Clock) -> None:
        self._revoked = revoked
        self._clock = clock
        self._epoch = -1
        self._changed_us = 0
        self._passing: set[Passing] = set()
        self._doubted: set[Passing] = set()
        self._doomed: set[Passing] = set()

    def begin(self, exchange: Exchange, visit: Visit) -> Passing | None:
        """A request is passed on; None where no key stands behind it."""
        identified = visit.identified
        if not isinstance(identified, Principal):
            return None
        passing = Passing(self, exchange, visit, key_id=identified.key_id)
        self._passing.add(passing)
        if visit.asked.received_us <= self._changed_us:
            # It was judged, or may have been, by what held before the change.
            self._doubted.add(passing)
        return passing

    def over(self, passing: Passing) -> None:
        """One has ended."""
        self._passing.discard(passing)
        self._doubted.discard(passing)
        self._doomed.discard(passing)

    async def follow(self, epoch: int) -> None:
        """Keys stand at *epoch*; called a few times a second.

        What passes under a key that was revoked ends at the call after the one that
        finds it.

        Raises:
            Unavailable: nobody can say; what passes goes on, and is asked about again.
        """
        for each in tuple(self._doomed):
            each.end()
        self._doomed.clear()
        if epoch != self._epoch:
            self._epoch, self._changed_us = epoch, self._clock.now_us()
            self._doubted |= self._passing
        doubted = frozenset(self._doubted)
        if not doubted:
            return
        revoked = await self._revoked(frozenset(each.key_id for each in doubted))
        still = doubted & self._doubted
        self._doubted -= doubted
        self._doomed |= {each for each in still if each.key_id in revoked}
