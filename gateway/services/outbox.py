"""The outbox: whoever has something to say puts it in, and goes on.

What is put in lasts. It goes out at least once: a crash after the receiver has taken
it and before we know makes one double, with the same id.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from gateway.kernel.clock import US_PER_S, Clock
from gateway.kernel.errors import InvalidValue
from gateway.kernel.ids import IdSource
from gateway.kernel.letter import Letter
from gateway.kernel.outgoing import OutboxStore, Outgoing, State, Way

CLAIM_S = 120
AT_ONCE = 8
TRIES_MAX = 10
"""Of a webhook: about three days. Mail waits for as long as its server is away."""
WAITS_S = (5, 30, 120, 600, 3_600, 3 * 3_600, 6 * 3_600, 12 * 3_600, 24 * 3_600)
MAIL_WAIT_S_MAX = 3_600
ADDRESS_CHARS_MAX = 254


@dataclass(frozen=True, slots=True)
class Tried:
    """What a try met.

    Attributes:
        state: `waiting` to try again.
        answer: For whoever looks; never what the receiver wrote.
    """

    state: State
    answer: str = ""


Sender = Callable[[Outgoing], Awaitable[Tried]]


def letter_parcel(letter: Letter, *, ids: IdSource, now_us: int) -> Outgoing:
    """A letter as it waits.

    Raises:
        InvalidValue: it can never be sent.
    """
    to = letter.to.strip()
    is_address = "@" in to and to.isprintable() and " " not in to
    if not is_address or len(to) > ADDRESS_CHARS_MAX:
        raise InvalidValue("a letter goes to one address of mail")
    if not letter.subject.isprintable():
        raise InvalidValue("a letter's subject is one line")
    new = ids.new("msg")
    once = f"mail:{letter.once}:{to}" if letter.once else new
    return Outgoing(
        new, Way.MAIL, to, letter.subject, letter.text, once, now_us, next_us=now_us
    )


class Outbox:
    """Takes letters; implements `gateway.kernel.letter.Postbox`."""

    def __init__(self, store: OutboxStore, *, clock: Clock, ids: IdSource) -> None:
        self._store = store
        self._clock = clock
        self._ids = ids

    async def send(self, letter: Letter) -> None:
        """Keep a letter; see the port."""
        now_us = self._clock.now_us()
        parcel = letter_parcel(letter, ids=self._ids, now_us=now_us)
        await asyncio.to_thread(self._store.put, [parcel])


class Courier:
    """Carries out what waits; one for each set-up is enough, more do no harm."""

    def __init__(
        self, store: OutboxStore, senders: Mapping[Way, Sender], *, clock: Clock
    ) -> None:
        self._store = store
        self._senders = senders
        self._clock = clock

    async def go_round(self) -> int:
        """Try everything that is due; how many were tried.

        Raises:
            Unavailable: the store cannot be asked.
        """
        ways = tuple(self._senders)
        if not ways:
            return 0
        due = await asyncio.to_thread(
            self._store.due, now_us=self._clock.now_us(), ways=ways, at_most=AT_ONCE
        )
        tried = await asyncio.gather(*(self.carry(each) for each in due))
        return sum(tried)

    async def carry(self, parcel: Outgoing) -> bool:
        """Try one now; whether nobody else did.

        Raises:
            Unavailable: the store cannot be asked.
        """
        until_us = self._clock.now_us() + CLAIM_S * US_PER_S
        if not await asyncio.to_thread(self._store.claim, parcel, until_us=until_us):
            return False
        met = await self._senders[parcel.way](parcel)
        now_us = self._clock.now_us()
        kept = after_a_try(replace(parcel, tries=parcel.tries + 1), met, now_us=now_us)
        await asyncio.to_thread(self._store.keep, kept, at_us=now_us)
        return True


def after_a_try(parcel: Outgoing, met: Tried, *, now_us: int) -> Outgoing:
    """What is kept of a try: the end, or when it is tried again."""
    if met.state is not State.WAITING:
        return replace(parcel, state=met.state, answer=met.answer)
    if parcel.way is Way.WEBHOOK and parcel.tries >= TRIES_MAX:
        return replace(parcel, state=State.DEAD, answer=met.answer)
    wait_s = WAITS_S[min(parcel.tries, len(WAITS_S)) - 1]
    if parcel.way is Way.MAIL:
        wait_s = min(wait_s, MAIL_WAIT_S_MAX)
    return replace(parcel, next_us=now_us + wait_s * US_PER_S, answer=met.answer)
