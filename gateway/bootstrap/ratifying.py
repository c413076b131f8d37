"""Policies that members have to ratify: said aloud, or refused where they must be.

A gateway that starts has nothing to fall back on, so it serves what it finds and says
so; a reload is refused, and the set in force stays.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.bootstrap.house import House
from gateway.bootstrap.shipped import policies_of
from gateway.fund.voting.decision import Kind
from gateway.kernel.errors import Conflict, Misconfigured, Unavailable
from gateway.licensing.policy import PolicySet

Say = Callable[..., None]


class RatifiedPolicies:
    """Reads the policies of a set-up, as `PolicyBook` wants them read."""

    def __init__(self, house: House, say: Say) -> None:
        self._house = house
        self._say = say
        self._in_force = ""

    def __call__(self) -> PolicySet:
        """The policies as they stand in the files now.

        Raises:
            Misconfigured: they do not load, or members must ratify them first.
        """
        policies = policies_of(self._house.settings)
        if policies.version != self._in_force:
            self._judge(policies.version)
            self._in_force = policies.version
        return policies

    def _judge(self, version: str) -> None:
        ratification = self._house.ratification
        if not ratification.is_asked(Kind.RATIFY_POLICY):
            return
        try:
            if self._in_force:
                ratification.assert_ratified(Kind.RATIFY_POLICY, version)
            missing = ratification.missing(Kind.RATIFY_POLICY, version)
        except Conflict as fault:
            raise Misconfigured(fault.detail) from fault
        except Unavailable as fault:
            missing = f"nobody can say whether they are ratified: {fault.detail}"
            if self._in_force:
                raise Misconfigured(missing) from fault
        if missing:
            self._say("policies.unratified", version=version, reason=missing)
