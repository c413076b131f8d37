"""What is looked up about one request, for whoever admits it."""

from __future__ import annotations

from gateway.classification.classify import party
from gateway.classification.facts import Facts
from gateway.classification.known_agents import KnownAgents
from gateway.identity.principal import Principal
from gateway.kernel.request import Request
from gateway.kernel.site import site_of
from gateway.licensing.ages import age_days
from gateway.licensing.agreement import Agreement, newest_in_force
from gateway.licensing.collection import BudgetTerms, Collection
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.policy import PolicySet
from gateway.licensing.scene import Resource
from gateway.metering.budget import Account, BudgetBook
from gateway.metering.judged import Accounts
from gateway.services.desk import Desk


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
) -> Facts:
    """What is known of a request of a principal, under its agreement if any."""
    if agreement is None:
        return party(asked, principal, agents)
    return party(
        asked,
        principal,
        agents,
        agreement_in_force=True,
        agreement_uses=agreement.uses,
        agreement_commercial=agreement.commercial,
        tariff_version=agreement.tariff_version,
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
