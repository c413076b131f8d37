"""What is looked up about one request, for whoever admits it."""

from __future__ import annotations

from typing import Protocol

from gateway.classification.classify import party
from gateway.classification.facts import Facts
from gateway.classification.given import UNREAD, Given
from gateway.classification.known_agents import KnownAgents
from gateway.identity.principal import Identified, Principal
from gateway.kernel.clock import Clock
from gateway.kernel.request import Request
from gateway.kernel.site import site_of
from gateway.licensing.ages import age_days
from gateway.licensing.agreement import Agreement, newest_in_force
from gateway.licensing.collection import BudgetTerms, Collection
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.decision import Answered, Throttle
from gateway.licensing.policy import PolicySet
from gateway.licensing.scene import Resource
from gateway.metering.admit import Admitted, admit
from gateway.metering.budget import Account, BudgetBook
from gateway.metering.judged import Accounts
from gateway.services.desk import Desk
from gateway.services.pressure import Pressure


class About:
    """One request, and what was looked up for it; it lasts while it is asked about.

    Attributes:
        cost: Cost units of the page; None until somebody needs them.
        who: The principal whose agreement was looked up; None until one is.
        agreement: That agreement, or None.
        facts: What is known of it; None until it is classified.
    """

    __slots__ = ("agreement", "asked", "cost", "desk", "facts", "policies", "who")

    def __init__(self, asked: Request, policies: PolicySet, desk: Desk) -> None:
        self.asked = asked
        self.policies = policies
        self.desk = desk
        self.cost: int | None = None
        self.who: Principal | None = None
        self.agreement: Agreement | None = None
        self.facts: Facts | None = None


def subject_of(asked: Request, collection: Collection, who: Principal | None) -> str:
    """Whose budget is drawn on, and where."""
    if who is None:
        return subject_at(asked.client_ip, collection)
    return f"{collection.id}|{who.party.id}"


def subject_at(client_ip: str, collection: Collection) -> str:
    """Whose budget somebody without a credential draws on, and where."""
    return f"{collection.id}|{site_of(client_ip)}"


class State(Protocol):
    """What budgets are spent from; `Admission` has it."""

    budgets: BudgetBook
    pressure: Pressure
    clock: Clock


def spent(
    state: State, about: About, identified: Identified, *, decision: Answered
) -> Admitted | Throttle:
    """Spend the budget that a decision names, wherever one acts there."""
    asked, collection = about.asked, about.desk.collection
    if collection is None or not (decision.budget and about.desk.slows):
        return Admitted(decision)
    terms = collection.budgets.get(decision.budget)
    if terms is None:
        return Admitted(decision)
    cost = about.cost
    who = identified if isinstance(identified, Principal) else None
    return admit(
        decision,
        book=state.budgets,
        terms=terms,
        subject=subject_of(asked, collection, who),
        cost=cost_of(collection, asked.path, asked.query) if cost is None else cost,
        now_ns=state.clock.ticks_ns(),
        is_under_pressure=state.pressure.is_on(collection.upstream),
        cheaper_door=collection.dump,
    )


def account_of(
    budgets: BudgetBook,
    terms: BudgetTerms,
    accounts: Accounts | None,
    *,
    collection: Collection,
    client_ip: str,
    who: Principal | None = None,
) -> Account:
    """Where the budget is kept that is drawn on; found again in *accounts*."""
    kept = None if accounts is None else accounts.of
    if (
        kept is not None
        and kept[0] is terms
        and kept[1] is collection
        and kept[2] is who
    ):
        return kept[3]
    at = subject_at(client_ip, collection)
    subject = at if who is None else f"{collection.id}|{who.party.id}"
    account = budgets.account(terms, subject)
    if accounts is not None:
        accounts.of = terms, collection, who, account
    return account


def facts_of(
    asked: Request,
    principal: Principal,
    agents: KnownAgents,
    *,
    agreement: Agreement | None,
    given: Given = UNREAD,
) -> Facts:
    """What is known of a request of a principal, under its agreement if any."""
    if agreement is None:
        return party(asked, principal, agents, given=given)
    return party(
        asked,
        principal,
        agents,
        agreement_in_force=True,
        agreement_uses=agreement.uses,
        agreement_commercial=agreement.commercial,
        tariff_version=agreement.tariff_version,
        given=given,
        agreement_id=agreement.id,
    )


def meant(
    theirs: tuple[Agreement, ...],
    who: Principal,
    collection: Collection | None,
    *,
    at_us: int,
) -> Agreement | None:
    """Of somebody's agreements the one that covers a collection now, if any."""
    if collection is None or not theirs:
        return None
    found = newest_in_force(theirs, collection.id, at_us=at_us, is_test=who.is_test)
    if found is None or (who.agreement_id and who.agreement_id != found.id):
        return None
    return found


def resource_of(asked: Request, collection: Collection | None) -> Resource:
    """The page that a request is about."""
    cost = (
        PAGE_COST
        if collection is None
        else cost_of(collection, asked.path, asked.query)
    )
    age = age_days(collection, asked.path, at_us=asked.received_us)
    return Resource(
        collection, asked.path, asked.query, asked.method, cost, age_days=age
    )
