"""Admission: identify, classify, decide, admit. Three doors share it.

The inline proxy, forward-auth and the simulator all ask here, so a past log line
is answered by the same code as a live request. Only `admit` reads the state of budgets.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.classification.classify import classify, stranger
from gateway.classification.facts import Facts
from gateway.classification.given import UNREAD, Given
from gateway.classification.known_agents import KnownAgents
from gateway.identity.api_key import OURS
from gateway.identity.ports import Authenticator
from gateway.identity.principal import (
    ANONYMOUS,
    Delayed,
    Identified,
    Principal,
    Refused,
)
from gateway.kernel.clock import Clock
from gateway.kernel.request import Request
from gateway.licensing.ages import age_days
from gateway.licensing.agreement import Agreement
from gateway.licensing.collection import Collection
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.decision import (
    PASSES,
    Allow,
    Answered,
    Decision,
    Ruling,
    Throttle,
)
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import Switches
from gateway.metering.admit import Admitted
from gateway.metering.budget import BudgetBook
from gateway.metering.judged import Accounts, Judged
from gateway.metering.relief.turn import Turn
from gateway.services.about import (
    About,
    account_of,
    facts_of,
    meant,
    spent,
)
from gateway.services.agreement_book import AgreementBook
from gateway.services.corroboration import claims_nothing
from gateway.services.desk import Desk, Desks, identify, wait
from gateway.services.lane_names import operator_of
from gateway.services.leaks import LeakedKey, nothing_leaked, refuse_key_in
from gateway.services.pressure import Pressure
from gateway.services.relief import Relief
from gateway.services.seen import make_ready, passed_on, ready

OFF = Allow(Ruling("off", "The gateway passes everything on (`copyfair off`)."))


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
        strangers: What is known of whoever shows no credential; never waits.
        relief: Who goes first to expensive pages; None where nobody keeps the line.
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
    strangers: Callable[[Request, KnownAgents], Facts] = stranger
    relief: Relief | None = None
    _desks: Desks | None = field(default=None, repr=False)
    _last: About | None = field(default=None, repr=False)

    def at_once(
        self, asked: Request, *, now_ns: int, accounts: Accounts | None = None
    ) -> Judged | None:
        """All the verbs in one pass, where nobody has to be waited for; else None.

        It says what they say one after the other, and spends what they spend. Whatever
        is not the common case (a token, a key that is new or fails, a key in the
        address, the switch-off) is left to them.

        Args:
            asked: The request.
            now_ns: Ticks of the clock, now.
            accounts: What was found before for this client at this address, kept by
                whoever holds the connection; filled here.
        """
        policies, desks = self.policies(), self._desks
        if desks is None or desks.policies is not policies:
            desks = self._desks_of(policies)
        desk = desks.everywhere or desks.of(asked.host, asked.path)
        if self.is_off():
            facts = self.strangers(asked, policies.agents)
            judged = desk.collection, policies.version, ANONYMOUS, facts, OFF
            if accounts is None:
                return judged
            return passed_on(accounts, asked, desk, judged=judged)
        who: Identified | None = ANONYMOUS
        if desk.insists:
            target = asked.target
            if OURS in target or "%" in target:
                refuse_key_in(target, self.leaked_key)
            who = self.authenticator.at_once(asked, now_ns=now_ns)
        if who is ANONYMOUS:
            if accounts is None:
                return self._of_stranger(asked, desk, now_ns)
            again = self._again(asked, desk, now_ns, accounts=accounts)
            return again or self._of_stranger(asked, desk, now_ns, accounts=accounts)
        if isinstance(who, Principal):
            return self._of_holder(asked, desk, who, now_ns=now_ns, accounts=accounts)
        return None

    def _of_holder(
        self,
        asked: Request,
        desk: Desk,
        who: Principal,
        *,
        now_ns: int,
        accounts: Accounts | None,
    ) -> Judged | None:
        """What the holder of a key is answered; None where agreements must be read."""
        theirs = self.agreements.at_hand(who.party.id, now_ns=now_ns)
        if theirs is None:
            return None
        agreement = None
        if theirs:
            agreement = meant(theirs, who, desk.collection, at_us=asked.received_us)
        given = self.agreements.given(who.party.id)
        if accounts is not None:
            again = self._again(
                asked,
                desk,
                now_ns,
                accounts=accounts,
                who=who,
                agreement=agreement,
                given=given,
            )
            if again is not None:
                return again
        policies = self.policies()
        agents = policies.agents
        facts = facts_of(asked, who, agents, agreement=agreement, given=given)
        decision = self._decided(
            asked,
            desk,
            facts,
            agreement=agreement,
            who=who,
            now_ns=now_ns,
            accounts=accounts,
        )
        judged = desk.collection, policies.version, who, facts, decision
        if accounts is not None:
            make_ready(
                accounts,
                asked,
                desk,
                judged=judged,
                agreement=agreement,
                given=given,
            )
        return judged

    def _of_stranger(
        self,
        asked: Request,
        desk: Desk,
        now_ns: int,
        *,
        accounts: Accounts | None = None,
    ) -> Judged:
        """What somebody without a credential is answered."""
        policies = self.policies()
        facts = self.strangers(asked, policies.agents)
        decision = self._decided(asked, desk, facts, now_ns=now_ns, accounts=accounts)
        judged = desk.collection, policies.version, ANONYMOUS, facts, decision
        # What was looked up may be another thing the next time.
        if accounts is not None and claims_nothing(asked, facts):
            make_ready(accounts, asked, desk, judged=judged)
        return judged

    def _again(
        self,
        asked: Request,
        desk: Desk,
        now_ns: int,
        *,
        accounts: Accounts,
        who: Principal | None = None,
        agreement: Agreement | None = None,
        given: Given = UNREAD,
    ) -> Judged | None:
        """The answer of before, if it still is that, its budget spent; else None.

        Stands for `strangers` or `facts_of`, and `_decided`, which are asked where it
        is None; what is refused here has spent nothing.
        """
        collection, cost = desk.collection, PAGE_COST
        if collection is not None:
            cost = cost_of(collection, asked.path, asked.query)
        seen = ready(
            accounts, asked, desk, cost=cost, who=who, agreement=agreement, given=given
        )
        return (
            None if seen is None else seen.again(asked, self, cost=cost, now_ns=now_ns)
        )

    def _decided(
        self,
        asked: Request,
        desk: Desk,
        facts: Facts,
        *,
        now_ns: int,
        agreement: Agreement | None = None,
        who: Principal | None = None,
        accounts: Accounts | None = None,
    ) -> Decision | Turn:
        """What the policies answer, and what its budget leaves of it."""
        collection, chain = desk.collection, desk.chain
        if collection is None:
            return chain.answer(facts, agreement, asked, cost=PAGE_COST, age_days=None)
        cost, age = cost_of(collection, asked.path, asked.query), None
        if collection.dated:
            age = age_days(collection, asked.path, at_us=asked.received_us)
        decision = chain.answer(facts, agreement, asked, cost=cost, age_days=age)
        if not isinstance(decision, PASSES):
            return decision
        left: Decision | Turn = decision
        relief = self.relief
        if relief is not None and desk.slows:
            party = who.party.id if who else operator_of(facts)
            left = relief.turn(
                asked, collection, decision, cost=cost, whose=party, now_ns=now_ns
            )
        terms = desk.budgets.get(decision.budget)
        if terms is None:
            return left
        account = account_of(
            self.budgets,
            terms,
            accounts,
            collection=collection,
            client_ip=asked.client_ip,
            who=who,
        )
        acts = not terms.only_under_pressure or self.pressure.is_on(collection.upstream)
        purse, wanted, _ = self.budgets.draw_on(
            account, cost, now_ns=now_ns, must_fit=acts
        )
        if wanted <= purse.depth or not acts:
            return left
        # Refused, so nothing was spent: it is refused again, with all figures.
        identified = ANONYMOUS if who is None else who
        said = spent(self, self._about(asked), identified, decision=decision)
        return left if isinstance(said, Admitted) else said

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
        about = self._about(asked)
        agents = about.policies.agents
        if identified is ANONYMOUS:
            about.facts = self.strangers(asked, agents)
            return about.facts
        if not isinstance(identified, Principal):
            return classify(asked, identified, agents)
        agreement = self.agreement_of(asked, identified)
        given = self.agreements.given(identified.party.id)
        return facts_of(asked, identified, agents, agreement=agreement, given=given)

    def decide(self, asked: Request, identified: Identified, facts: Facts) -> Decision:
        """What the policies answer, as far as the two switches let it act."""
        if self.is_off():
            return OFF
        about = self._about(asked)
        collection = about.desk.collection
        if isinstance(identified, Refused):
            return identify(identified, collection)
        if isinstance(identified, Delayed):
            return wait(identified, collection)
        cost, age = PAGE_COST, None
        if collection is not None:
            cost = about.cost = cost_of(collection, asked.path, asked.query)
            if collection.dated:
                age = age_days(collection, asked.path, at_us=asked.received_us)
        known = about.who is identified
        agreement = about.agreement if known else self.agreement_of(asked, identified)
        return about.desk.chain.answer(facts, agreement, asked, cost=cost, age_days=age)

    def admit(
        self, asked: Request, identified: Identified, decision: Answered
    ) -> Admitted | Throttle | Turn:
        """Spend the budget it names: now, later, or when its turn has come."""
        relief, about = self.relief, self._about(asked)
        admitted = spent(self, about, identified, decision=decision)
        collection = about.desk.collection
        if relief is None or collection is None or not about.desk.slows:
            return admitted
        if self.is_off() or not isinstance(admitted, Admitted):
            return admitted
        party = operator_of(about.facts) if about.facts else ""
        if isinstance(identified, Principal):
            party = identified.party.id
        left = relief.turn(
            asked,
            collection,
            admitted.decision,
            cost=cost_of(collection, asked.path, asked.query),
            whose=party,
            now_ns=self.clock.ticks_ns(),
        )
        return left if isinstance(left, Turn) else admitted

    def desk_of(self, asked: Request) -> Desk:
        """Where the rules for a request are ready."""
        return self._about(asked).desk

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
            known, at_us = self.agreements.known, asked.received_us
            theirs = known(identified.party.id)
            about.agreement = meant(theirs, identified, collection, at_us=at_us)
            about.who = identified
        return about.agreement

    def _about(self, asked: Request) -> About:
        """What was looked up for a request, also when it is asked about again.

        One field holds all of it, so that threads see the whole or nothing.
        """
        policies, last = self.policies(), self._last
        if last is not None and last.asked is asked and last.policies is policies:
            return last
        desk = self._desks_of(policies).of(asked.host, asked.path)
        about = self._last = About(asked, policies, desk)
        return about

    def _desks_of(self, policies: PolicySet) -> Desks:
        desks = self._desks
        if desks is None or desks.policies is not policies:
            desks = self._desks = Desks(policies, self.switches)
        return desks
