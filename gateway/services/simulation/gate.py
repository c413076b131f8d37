"""The gate: one past request through the real admission, on a virtual clock.

This is the whole seam between the replay and what decides. Whatever else live requests
meet on their way in (lanes, crowds) is driven here, by the same ticks.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from gateway.classification.facts import Facts
from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Decision
from gateway.metering.judged import Accounts, Settled
from gateway.metering.relief.turn import Turn
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


Judged = tuple[Collection | None, Facts, Decision | Turn]
"""The collection, the facts and what was decided; before an expensive page the decision
holds once its turn has come."""


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
        return judged[0], judged[3], judged[4]

    def passed(self, collection: Collection | None, now_ns: int, busy_us: int) -> None:
        """It was let in, and keeps its upstream busy for a while."""
        if collection is not None and busy_us:
            self.load.begin(collection.upstream, now_ns, busy_us)
