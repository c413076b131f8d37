"""A desk: one collection under the policies and switches in force, made ready."""

from __future__ import annotations

from gateway.identity.principal import Delayed, Refused
from gateway.licensing.chain import Chain
from gateway.licensing.collection import BudgetTerms, Collection
from gateway.licensing.decision import Identify, Ruling, Throttle
from gateway.licensing.enforce import enforced, switches_for
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import LicenceMode, Protect, Switches
from gateway.services.checks import CHECKS

OUTSIDE_ALL = ""
TOO_MANY = (
    "Too many credentials that are not known here come from this network; those that "
    "are known are not held up. Check the key, and try again in a moment."
)


class Desk:
    """One collection under the policies and switches in force, made ready.

    Attributes:
        collection: Which; None for what none covers.
        chain: Answers, as far as the switches let them act.
        insists: Whether anybody is asked who they are.
        slows: Whether budgets act.
        budgets: Those that act, by name.
    """

    __slots__ = ("budgets", "chain", "collection", "insists", "slows")

    def __init__(
        self, policies: PolicySet, collection: Collection | None, gateway: Switches
    ) -> None:
        switches = switches_for(collection, gateway)
        self.collection = collection
        self.chain = Chain(policies, collection, lambda one: enforced(one, switches))
        self.insists = switches.licence_mode >= LicenceMode.OFFER
        self.slows = switches.protect is Protect.ON
        self.budgets: dict[str, BudgetTerms] = {}
        if collection is not None and self.slows:
            self.budgets = {n: each for n, each in collection.budgets.items() if n}


class Desks:
    """The desks of one policy set, each made when it is first needed.

    Attributes:
        policies: The set.
        everywhere: The one desk, where one collection covers all pages of all hosts.
    """

    __slots__ = ("_by_name", "_gateway", "everywhere", "policies")

    def __init__(self, policies: PolicySet, gateway: Switches) -> None:
        self.policies = policies
        self._gateway = gateway
        self._by_name: dict[str, Desk] = {}
        self.everywhere: Desk | None = None
        if policies.everywhere() is not None:
            self.everywhere = self.of("", "/")

    def of(self, host: str, path: str) -> Desk:
        """The desk of whatever collection a page belongs to."""
        collection = self.policies.collection_for(host, path)
        name = OUTSIDE_ALL if collection is None else collection.id
        desk = self._by_name.get(name)
        if desk is None:
            desk = Desk(self.policies, collection, self._gateway)
            self._by_name[name] = desk
        return desk


def identify(refused: Refused, collection: Collection | None) -> Identify:
    """The answer to a credential that does not hold."""
    name = collection.id if collection else ""
    ruling = Ruling("credential-refused", refused.detail, collection=name)
    return Identify(ruling, refused.fault.value)


def wait(delayed: Delayed, collection: Collection | None) -> Throttle:
    """The answer to a credential that is not looked at now."""
    ruling = Ruling(
        CHECKS.name, TOO_MANY, collection=collection.id if collection else ""
    )
    return Throttle(
        ruling,
        CHECKS.name,
        retry_after_s=delayed.retry_after_s,
        limit=delayed.limit,
        window_s=delayed.window_s,
        cheaper_door=collection.dump if collection else "",
    )
