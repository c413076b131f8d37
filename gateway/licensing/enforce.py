"""Enforce: what is left of a decision under the two switches of a gateway.

`protect` says whether anybody is slowed, `licence_mode` whether terms are
insisted on. They do not know of each other: a gateway may relieve without a single
offer (the first evening), or make offers without slowing anybody.
"""

from __future__ import annotations

from dataclasses import replace

from gateway.licensing.collection import Collection
from gateway.licensing.decision import (
    Allow,
    Decision,
    Deny,
    Identify,
    Meter,
    Offer,
    Redirect,
    Throttle,
)
from gateway.licensing.switches import LicenceMode, Protect, Switches

ANONYMOUS_BUDGET = "anonymous"


def switches_for(collection: Collection | None, gateway: Switches) -> Switches:
    """The switches as they stand for a collection; it may override each."""
    if collection is None:
        return gateway
    protect, mode = collection.protect, collection.licence_mode
    return Switches(
        gateway.protect if protect is None else protect,
        gateway.licence_mode if mode is None else mode,
    )


def protects(collection: Collection, gateway: Switches) -> bool:
    """Is anybody slowed there? As `switches_for` says, of every request."""
    protect = collection.protect
    return (gateway.protect if protect is None else protect) is Protect.ON


def enforced(decision: Decision, switches: Switches) -> Decision:
    """What really happens; the rule and its reason stay, so that it can be logged.

    Below `licence_mode: offer` nothing is refused, asked for or metered, and
    every rung is the full one; under `protect: watch` nobody is slowed.
    """
    insists = switches.licence_mode >= LicenceMode.OFFER
    left = decision if insists else _without_licence(decision)
    return left if switches.protect is Protect.ON else _without_pressure(left)


def _without_licence(decision: Decision) -> Decision:
    match decision:
        case Allow():
            return replace(decision, rung="full", spends_standing=False, rate="")
        case Meter():
            return Allow(decision.ruling, budget=decision.budget or ANONYMOUS_BUDGET)
        case Offer():
            return Allow(decision.ruling, budget=decision.budget, lane=decision.lane)
        case Identify() | Deny():
            return Allow(decision.ruling, budget=ANONYMOUS_BUDGET)
        case Throttle() | Redirect():
            return decision


def _without_pressure(decision: Decision) -> Decision:
    match decision:
        case Allow() | Meter():
            return replace(decision, budget="", lane="")
        case Throttle():
            return Allow(decision.ruling, lane="")
        case Redirect():
            # A detour is a kind of slowing; whoever only watches sends nobody away.
            return Allow(decision.ruling, lane="")
        case Offer() | Identify() | Deny():
            return decision
