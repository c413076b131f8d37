"""A visit: one request on its way through the six verbs, and what is known of it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from gateway.classification.facts import Facts
from gateway.identity.principal import ANONYMOUS, Identified
from gateway.kernel.errors import GatewayError, UpstreamFailed
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import PASSES, Allow, Decision, Meter, Ruling
from gateway.metering.judged import Judged, meter_of
from gateway.metering.relief.turn import Turn
from gateway.metering.room import Room
from gateway.metering.usage_event import Ending
from gateway.proxy.account import Account

PASSED_ON = Allow(Ruling("own-file", "Files that machines read first are never held."))
"""For `/robots.txt` and the like, where the upstream answers after all."""


@dataclass(slots=True)
class Visit:
    """What is known of one request so far.

    Attributes:
        asked: The request, as policies read it.
        began_ns: Ticks at its beginning.
        ready_ns: Ticks when it could be passed on; 0 where that was at once.
        collection: Where the page belongs, or None.
        policy_version: Hash of the policy set that decides.
        identified: Who stands behind it.
        facts: What is known; None until it is classified.
        decision: What was decided; None until it is.
        status: What the client got; 0 for nothing yet.
        body_bytes: Response body bytes that left us.
        ending: How a streamed answer ended.
        error: Code of the error that stopped it.
        upstream_fault: How the archive failed, as `UpstreamFailed.kind`; or empty.
        is_own: It is answered by a page of our own.
        turn: It has to wait for its turn before an expensive page.
        is_withdrawn: Its key was revoked while it passed.
        room: What is left of the tightest cap, where the answer is metered.
        opening: Gives the account that was begun for it already; None where none was.
        first_byte_ns: From asking the archive to the head of its answer; 0 for none.
    """

    asked: Request
    began_ns: int
    collection: Collection | None = None
    policy_version: str = ""
    identified: Identified = ANONYMOUS
    facts: Facts | None = None
    decision: Decision | None = None
    status: int = 0
    body_bytes: int = 0
    ending: Ending | None = None
    error: str = ""
    upstream_fault: str = ""
    is_own: bool = False
    ready_ns: int = 0
    turn: Turn | None = None
    first_byte_ns: int = 0
    is_withdrawn: bool = False
    room: Room | None = None
    opening: Callable[[], Awaitable[Account]] | None = None

    def stopped_by(self, error: GatewayError) -> None:
        """Note what went wrong."""
        self.error = error.code
        if isinstance(error, UpstreamFailed):
            self.upstream_fault = error.kind

    def judged(self, said: Judged) -> Decision | Turn:
        """Note what the verbs came to; the decision, or turn, is handed back."""
        (
            self.collection,
            self.policy_version,
            self.identified,
            self.facts,
            left,
        ) = said
        self.decided(left)
        return left

    def decided(self, left: Decision | Turn) -> None:
        """Note what was decided, and whether it holds before its turn has come."""
        if isinstance(left, Turn):
            self.turn, self.decision = left, left.decision
        else:
            self.decision = left

    @property
    def meter(self) -> Meter | None:
        """The decision, where the answer is metered."""
        return meter_of(self.decision, self.identified)

    @property
    def rung(self) -> str:
        """Which rung of graduated access is granted."""
        decision = self.decision
        return decision.rung if isinstance(decision, PASSES) else "full"
