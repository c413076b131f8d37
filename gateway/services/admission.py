"""Admission: identify, classify, decide, admit. Three doors share it.

The inline proxy, forward-auth and the simulator all ask here, so a past log line
is answered by the same code as a live request. `decide` is pure but for the
policy in force; only `admit` reads the state of budgets.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address

from gateway.classification.classify import classify, party, stranger
from gateway.classification.facts import Facts
from gateway.identity.ports import Authenticator
from gateway.identity.principal import (
    ANONYMOUS,
    Delayed,
    Identified,
    Principal,
    Refused,
)
from gateway.kernel.clock import Clock
from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.licensing.ages import age_days
from gateway.licensing.agreement import Agreement
from gateway.licensing.chain import Chain
from gateway.licensing.collection import Collection
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.decision import (
    Allow,
    Answered,
    Decision,
    Identify,
    Ruling,
    Throttle,
)
from gateway.licensing.enforce import enforced, switches_for
from gateway.licensing.explain import Explanation, explain
from gateway.licensing.policy import PolicySet
from gateway.licensing.scene import Resource
from gateway.licensing.switches import LicenceMode, Protect, Switches
from gateway.metering.admit import Admitted, admit
from gateway.metering.budget import BudgetBook
from gateway.services.agreement_book import AgreementBook
from gateway.services.checks import CHECKS
from gateway.services.pressure import Pressure

IPV6_NETWORK_BITS = 64
OUTSIDE_ALL = ""
# As `ipaddress` reads one: four numbers to 255, without leading zeros.
_OCTET = r"(?:25[0-5]|2[0-4][0-9]|1[0-9][0-9]|[1-9]?[0-9])"
IPV4 = re.compile(rf"{_OCTET}(?:\.{_OCTET}){{3}}", re.ASCII)

LeakedKey = Callable[[str], str | None]
"""From a raw address to the fingerprint of a key of ours in it, or None."""


def nothing_leaked(target: str) -> None:
    """Keys in addresses are not looked for."""
    return


def refuse_key_in(target: str, leaked_key: LeakedKey) -> None:
    """Let no key go on in an address.

    Raises:
        InvalidValue: there is one; it is named by its last letters.
    """
    if (leaked := leaked_key(target)) is not None:
        detail = (
            f"the address holds the key {leaked}; addresses are written down in many "
            "places, so replace it, and send the new one in Authorization"
        )
        raise InvalidValue(detail)


TOO_MANY = (
    "Too many credentials that are not known here come from this network; those that "
    "are known are not held up. Check the key, and try again in a moment."
)
OFF = Allow(Ruling("off", "The gateway passes everything on (`copyfair off`)."))


class _Desk:
    """One collection under the policies and switches in force, made ready.

    Attributes:
        chain: Answers, as far as the switches let them act.
        insists: Whether anybody is asked who they are.
        slows: Whether budgets act.
    """

    __slots__ = ("chain", "collection", "insists", "slows")

    def __init__(
        self, policies: PolicySet, collection: Collection | None, gateway: Switches
    ) -> None:
        switches = switches_for(collection, gateway)
        self.collection = collection
        self.chain = Chain(policies, collection, lambda one: enforced(one, switches))
        self.insists = switches.licence_mode >= LicenceMode.OFFER
        self.slows = switches.protect is Protect.ON


class _Asked:
    """One request, and what was looked up for it; it lasts while it is asked about.

    Attributes:
        cost: Cost units of the page; None until somebody needs them.
        who: The principal whose agreement was looked up; None until one is.
        agreement: That agreement, or None.
    """

    __slots__ = ("agreement", "asked", "cost", "desk", "policies", "who")

    def __init__(self, asked: Request, policies: PolicySet, desk: _Desk) -> None:
        self.asked = asked
        self.policies = policies
        self.desk = desk
        self.cost: int | None = None
        self.who: Principal | None = None
        self.agreement: Agreement | None = None


@dataclass(slots=True)
class Admission:
    """The verbs before forwarding.

    Each verb needs the request's collection; it is looked up once, and the same
    request asked about again finds it. Nothing outlives a change of policies: what is
    made ready belongs to one policy set, as an object.

    Attributes:
        authenticator: Who stands behind a request.
        agreements: What they agreed to.
        policies: The set in force now.
        budgets: What was spent lately; the only state `admit` changes.
        pressure: Whether an upstream suffers now.
        switches: The gateway's two switches.
        clock: For budgets.
        is_off: Whether everything is passed on.
        leaked_key: Finds a key where none belongs.
    """

    authenticator: Authenticator
    agreements: AgreementBook
    policies: Callable[[], PolicySet]
    budgets: BudgetBook
    pressure: Pressure
    switches: Switches
    clock: Clock
    is_off: Callable[[], bool]
    leaked_key: LeakedKey = nothing_leaked
    _desks: tuple[PolicySet | None, dict[str, _Desk]] = field(
        default_factory=lambda: (None, {}), repr=False
    )
    _last: _Asked | None = field(default=None, repr=False)

    async def identify(self, asked: Request) -> Identified:
        """Who stands behind a request; nobody where credentials mean nothing.

        Raises:
            InvalidValue: the address holds a key; it must go no further.
            Unavailable: a credential of ours was shown, and cannot be checked.
        """
        if self.is_off() or not self._about(asked).desk.insists:
            return ANONYMOUS
        refuse_key_in(asked.target, self.leaked_key)
        identified = await self.authenticator.identify(asked)
        if isinstance(identified, Principal):
            party_id = identified.party.id
            if not self.agreements.is_fresh(party_id):
                await self.agreements.prepare(party_id)
        return identified

    def classify(self, asked: Request, identified: Identified) -> Facts:
        """Everything that is known about the request."""
        agents = self._about(asked).policies.agents
        if identified is ANONYMOUS:
            return stranger(asked, agents)
        if not isinstance(identified, Principal):
            return classify(asked, identified, agents)
        agreement = self.agreement_of(asked, identified)
        if agreement is None:
            return party(asked, identified, agents)
        return party(
            asked,
            identified,
            agents,
            agreement_in_force=True,
            agreement_uses=agreement.uses,
            agreement_commercial=agreement.commercial,
            tariff_version=agreement.tariff_version,
        )

    def decide(self, asked: Request, identified: Identified, facts: Facts) -> Decision:
        """What the policies answer, as far as the two switches let it act."""
        if self.is_off():
            return OFF
        about = self._about(asked)
        collection = about.desk.collection
        if isinstance(identified, Refused):
            return _identify(identified, collection)
        if isinstance(identified, Delayed):
            return _delayed(identified, collection)
        cost, age = PAGE_COST, None
        if collection is not None:
            cost = about.cost = cost_of(collection, asked.path, asked.query)
            if collection.dated:
                age = age_days(collection, asked.path, at_us=asked.received_us)
        agreement = None
        if identified is not ANONYMOUS:
            known = about.who is identified
            agreement = (
                about.agreement if known else self.agreement_of(asked, identified)
            )
        return about.desk.chain.answer(facts, agreement, asked, cost=cost, age_days=age)

    def admit(
        self, asked: Request, identified: Identified, decision: Answered
    ) -> Admitted | Throttle:
        """Spend the budget the decision names: now, or later."""
        about = self._about(asked)
        collection = about.desk.collection
        if collection is None or not (decision.budget and about.desk.slows):
            return Admitted(decision)
        terms = collection.budgets.get(decision.budget)
        if terms is None:
            return Admitted(decision)
        cost = about.cost
        whose = (
            identified.party.id
            if isinstance(identified, Principal)
            else neighbourhood(asked.client_ip)
        )
        return admit(
            decision,
            book=self.budgets,
            terms=terms,
            subject=f"{collection.id}|{whose}",
            cost=cost_of(collection, asked.path, asked.query) if cost is None else cost,
            now_ns=self.clock.ticks_ns(),
            is_under_pressure=self.pressure.is_on(collection.upstream),
            cheaper_door=collection.dump,
        )

    def explain(self, asked: Request, identified: Identified) -> Explanation:
        """The decision with both switches full, and why; consumes nothing."""
        facts = self.classify(asked, identified)
        return explain(
            self.policies(),
            facts,
            _resource(asked, self.collection_of(asked)),
            self.agreement_of(asked, identified),
        )

    def refusal_of(self, asked: Request, identified: Identified) -> Explanation | None:
        """The explanation of a credential that fails; None where none does."""
        if isinstance(identified, Delayed):
            return Explanation(_delayed(identified, self.collection_of(asked)), ())
        if not isinstance(identified, Refused):
            return None
        return Explanation(_identify(identified, self.collection_of(asked)), ())

    def collection_of(self, asked: Request) -> Collection | None:
        """The collection a request is about."""
        return self._about(asked).desk.collection

    def agreement_of(self, asked: Request, identified: Identified) -> Agreement | None:
        """The agreement in force that covers the request's collection."""
        about = self._about(asked)
        collection = about.desk.collection
        if not isinstance(identified, Principal) or collection is None:
            return None
        if about.who is not identified:
            found = self.agreements.in_force(
                identified.party.id,
                collection.id,
                at_us=asked.received_us,
                is_test=identified.is_test,
            )
            named = identified.agreement_id
            is_meant = found is not None and named in {"", found.id}
            about.who, about.agreement = identified, found if is_meant else None
        return about.agreement

    def _about(self, asked: Request) -> _Asked:
        """What was looked up for a request, also when it is asked about again.

        One field holds all of it, so that threads see the whole or nothing.
        """
        policies, last = self.policies(), self._last
        if last is not None and last.asked is asked and last.policies is policies:
            return last
        collection = policies.collection_for(asked.host, asked.path)
        desks = self._desks
        if desks[0] is not policies:
            desks = self._desks = (policies, {})
        name = collection.id if collection is not None else OUTSIDE_ALL
        desk = desks[1].get(name)
        if desk is None:
            desk = desks[1][name] = _Desk(policies, collection, self.switches)
        about = self._last = _Asked(asked, policies, desk)
        return about


def _resource(asked: Request, collection: Collection | None) -> Resource:
    cost = (
        PAGE_COST
        if collection is None
        else cost_of(collection, asked.path, asked.query)
    )
    age = age_days(collection, asked.path, at_us=asked.received_us)
    return Resource(
        collection, asked.path, asked.query, asked.method, cost, age_days=age
    )


def _identify(refused: Refused, collection: Collection | None) -> Identify:
    name = collection.id if collection else ""
    ruling = Ruling("credential-refused", refused.detail, collection=name)
    return Identify(ruling, refused.fault.value)


def _delayed(delayed: Delayed, collection: Collection | None) -> Throttle:
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


def neighbourhood(client_ip: str) -> str:
    """Whose budget an address draws on: itself, or the /64 of an IPv6 address."""
    if IPV4.fullmatch(client_ip):
        return client_ip
    try:
        address = ip_address(client_ip)
    except ValueError:
        return "unknown"
    if not isinstance(address, IPv6Address):
        return client_ip
    if address.ipv4_mapped is not None:
        return str(address.ipv4_mapped)
    prefix = int(address) >> IPV6_NETWORK_BITS << IPV6_NETWORK_BITS
    return str(IPv6Address(prefix))
