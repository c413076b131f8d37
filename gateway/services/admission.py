"""Admission: identify, classify, decide, admit. Three doors share it.

The inline proxy, forward-auth and the simulator all ask here, so a past log line
is answered by the same code as a live request. `decide` is pure but for the
policy in force; only `admit` reads the state of budgets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from ipaddress import IPv6Address, ip_address

from gateway.classification.classify import classify
from gateway.classification.facts import Facts
from gateway.identity.ports import Authenticator
from gateway.identity.principal import ANONYMOUS, Identified, Principal, Refused
from gateway.kernel.clock import Clock
from gateway.kernel.errors import InvalidValue
from gateway.kernel.request import Request
from gateway.licensing.ages import age_days
from gateway.licensing.agreement import Agreement
from gateway.licensing.collection import BudgetTerms, Collection
from gateway.licensing.costs import cost_of
from gateway.licensing.decide import Resource, decide
from gateway.licensing.decision import (
    Allow,
    Answered,
    Decision,
    Identify,
    Meter,
    Ruling,
    Throttle,
)
from gateway.licensing.enforce import enforced, switches_for
from gateway.licensing.explain import Explanation, explain
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import LicenceMode, Protect, Switches
from gateway.metering.admit import Admitted, admit
from gateway.metering.budget import BudgetBook
from gateway.services.agreement_book import AgreementBook
from gateway.services.pressure import Pressure

IPV6_NETWORK_BITS = 64

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


OFF = Allow(Ruling("off", "The gateway passes everything on (`copyfair off`)."))


@dataclass(slots=True)
class Admission:
    """The verbs before forwarding.

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

    async def identify(self, asked: Request) -> Identified:
        """Who stands behind a request; nobody where credentials mean nothing.

        Raises:
            InvalidValue: the address holds a key; it must go no further.
            Unavailable: a credential of ours was shown, and cannot be checked.
        """
        collection = self.collection_of(asked)
        mode = switches_for(collection, self.switches).licence_mode
        if self.is_off() or mode < LicenceMode.OFFER:
            return ANONYMOUS
        refuse_key_in(asked.target, self.leaked_key)
        identified = await self.authenticator.identify(asked)
        if isinstance(identified, Principal):
            await self.agreements.prepare(identified.party.id)
        return identified

    def classify(self, asked: Request, identified: Identified) -> Facts:
        """Everything that is known about the request."""
        agreement = self.agreement_of(asked, identified)
        if agreement is None:
            return classify(asked, identified, self.policies().agents)
        return classify(
            asked,
            identified,
            self.policies().agents,
            agreement_in_force=True,
            agreement_uses=agreement.uses,
            agreement_commercial=agreement.commercial,
            tariff_version=agreement.tariff_version,
        )

    def decide(self, asked: Request, identified: Identified, facts: Facts) -> Decision:
        """What the policies answer, as far as the two switches let it act."""
        if self.is_off():
            return OFF
        collection = self.collection_of(asked)
        if isinstance(identified, Refused):
            return _identify(identified, collection)
        decision = decide(
            self.policies(),
            facts,
            _resource(asked, collection),
            self.agreement_of(asked, identified),
        )
        return enforced(decision, switches_for(collection, self.switches))

    def admit(
        self, asked: Request, identified: Identified, decision: Answered
    ) -> Admitted | Throttle:
        """Spend the budget the decision names: now, or later."""
        collection = self.collection_of(asked)
        terms = self._budget(collection, decision)
        if collection is None or terms is None:
            return Admitted(decision)
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
            cost=cost_of(collection, asked.path, asked.query),
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
        if not isinstance(identified, Refused):
            return None
        return Explanation(_identify(identified, self.collection_of(asked)), ())

    def collection_of(self, asked: Request) -> Collection | None:
        """The collection a request is about."""
        return self.policies().collection_for(asked.host, asked.path)

    def agreement_of(self, asked: Request, identified: Identified) -> Agreement | None:
        """The agreement in force that covers the request's collection."""
        collection = self.collection_of(asked)
        if not isinstance(identified, Principal) or collection is None:
            return None
        found = self.agreements.in_force(
            identified.party.id,
            collection.id,
            at_us=asked.received_us,
            is_test=identified.is_test,
        )
        named = identified.agreement_id
        return found if found and named in {"", found.id} else None

    def _budget(
        self, collection: Collection | None, decision: Allow | Meter
    ) -> BudgetTerms | None:
        if collection is None or not decision.budget:
            return None
        if switches_for(collection, self.switches).protect is not Protect.ON:
            return None
        return collection.budgets.get(decision.budget)


def _resource(asked: Request, collection: Collection | None) -> Resource:
    cost = 1 if collection is None else cost_of(collection, asked.path, asked.query)
    age = age_days(collection, asked.path, at_us=asked.received_us)
    return Resource(
        collection, asked.path, asked.query, asked.method, cost, age_days=age
    )


def _identify(refused: Refused, collection: Collection | None) -> Identify:
    name = collection.id if collection else ""
    ruling = Ruling("credential-refused", refused.detail, collection=name)
    return Identify(ruling, refused.fault.value)


def neighbourhood(client_ip: str) -> str:
    """Whose budget an address draws on: itself, or the /64 of an IPv6 address."""
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
