"""The gate: one past request through the real admission, on a virtual clock.

This is the whole seam between the replay and what decides. Whatever else live requests
meet on their way in (lanes, crowds) is driven here, by the same ticks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.classification.facts import Facts
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Decision
from gateway.metering.judged import Accounts, Settled, decision_of
from gateway.services.admission import Admission
from gateway.services.settled import passes
from gateway.services.simulation.load import Load

NS_PER_US = 1_000


@dataclass(slots=True)
class VirtualClock:
    """A clock that stands still until somebody sets it; a `kernel.clock.Clock`.

    Attributes:
        at_ns: Nanoseconds since the epoch.
    """

    at_ns: int = 0

    def now_us(self) -> int:
        """See `Clock`."""
        return self.at_ns // NS_PER_US

    def ticks_ns(self) -> int:
        """See `Clock`."""
        return self.at_ns


Judged = tuple[Collection | None, Facts, Decision]


@dataclass(slots=True)
class Gate:
    """Answers past requests in the order of time.

    Attributes:
        admission: As it answers live requests, with budgets of its own.
        clock: The admission's clock.
        load: How busy the archive was then.
    """

    admission: Admission
    clock: VirtualClock
    load: Load
    _end_of_second_ns: int = field(default=0, repr=False)

    def passes(
        self, settled: Settled, client_ip: str, accounts: Accounts, *, now_ns: int
    ) -> bool:
        """Does a decision that is known already stand? Its budget is spent if so."""
        self.clock.at_ns = now_ns
        if now_ns >= self.load.next_ns:
            self.load.advance(now_ns)
        return passes(
            self.admission, settled, client_ip, accounts=accounts, now_ns=now_ns
        )

    def judge(self, asked: Request, accounts: Accounts, now_ns: int) -> Judged | None:
        """What the request would have been answered.

        Args:
            asked: The request.
            accounts: Of its address.
            now_ns: When, by the admission's clock.

        Returns:
            The collection, the facts and the decision; None where a live request would
            have been malformed.
        """
        self.clock.at_ns = now_ns
        if now_ns >= self.load.next_ns:
            self.load.advance(now_ns)
        try:
            judged = self.admission.at_once(asked, now_ns=now_ns, accounts=accounts)
        except InvalidValue:
            return None
        if judged is None:  # somebody with a credential; a log holds none
            raise AssertionError("unreachable")
        return judged[0], judged[3], decision_of(judged[4])

    def passed(self, collection: Collection | None, now_ns: int, busy_us: int) -> None:
        """It was let in, and keeps its upstream busy for a while."""
        if collection is not None and busy_us:
            self.load.begin(collection.upstream, now_ns, busy_us)


def spread(times_us: list[int], not_before_us: int) -> list[int]:
    """Instants of requests that a log tells to the second, in nanoseconds.

    All requests of one second share one time in most logs. They are spread over it
    evenly, so that twenty pages in a second are twenty pages in a second, and not
    twenty at once. Time never goes back.
    """
    instants: list[int] = []
    number, length, before = 0, len(times_us), not_before_us * NS_PER_US
    while number < length:
        at_us = times_us[number]
        end = number + 1
        while end < length and times_us[end] == at_us:
            end += 1
        step_ns, at_ns = 0, at_us * NS_PER_US
        if at_us % US_PER_S == 0:
            step_ns = US_PER_S * NS_PER_US // (end - number)
        at_ns = max(at_ns, before)
        for _ in range(end - number):
            instants.append(at_ns)
            at_ns += step_ns
        before = instants[-1]
        number = end
    return instants
