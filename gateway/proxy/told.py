"""What is told of a request: to its client beside the answer, and to us at its end."""

from __future__ import annotations

from gateway.metering.usage_event import Ending
from gateway.proxy.ports import Outcome
from gateway.proxy.visit import Visit


def left(ending: Ending) -> Ending:
    """A lost connection is the client's doing unless we know better."""
    return Ending.ABORTED if ending is Ending.CUT else ending


def outcome_of(visit: Visit, now_ns: int) -> Outcome:
    """What became of a visit that ends now."""
    return Outcome(
        visit.asked,
        visit.status,
        visit.body_bytes,
        now_ns - visit.began_ns,
        visit.facts,
        visit.decision,
        visit.ending,
        visit.error,
        visit.upstream_fault,
        visit.is_own,
        visit.collection,
        visit.first_byte_ns,
    )
