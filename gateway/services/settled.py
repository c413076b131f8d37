"""What is settled for very many requests alike: asked once, its budget spent each time.

A simulation asks about a month of traffic. Every request that has the same facts, and
whose page is of the same collection and cost, is answered alike, unless the address
itself or the day decides; tests hold this equal to `Admission.at_once`.
"""

from __future__ import annotations

from gateway.classification.facts import Facts
from gateway.kernel.request import Request
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.decision import PASSES
from gateway.metering.judged import Accounts, Settled
from gateway.services.about import account_of
from gateway.services.admission import Admission


def settled_for(admission: Admission, asked: Request, facts: Facts) -> Settled | None:
    """What `at_once` says of every such request of somebody without a credential.

    It is of use for as long as the policies.

    Args:
        admission: As it answers live requests.
        asked: One of them.
        facts: Those that `at_once` gave.

    Returns:
        That; None where the address itself or the day decides.
    """
    desk = admission.desk_of(asked)
    collection, cost = desk.collection, PAGE_COST
    if collection is not None:
        if collection.dated:
            return None
        cost = cost_of(collection, asked.path, asked.query)
    decision = desk.chain.settled(facts, cost=cost)
    if decision is None:
        return None
    terms = None
    if isinstance(decision, PASSES) and collection is not None:
        terms = desk.budgets.get(decision.budget)
    return Settled(collection, facts, decision, cost, terms)


def passes(
    admission: Admission,
    settled: Settled,
    client_ip: str,
    *,
    accounts: Accounts,
    now_ns: int,
) -> bool:
    """Spend what `at_once` would spend: does its decision stand?

    Where it does not, nothing was spent, and `at_once` says what there is instead.
    """
    collection, _, _, cost, terms = settled
    if terms is None or collection is None:
        return True
    budgets = admission.budgets
    account = account_of(
        budgets, terms, accounts, collection=collection, client_ip=client_ip
    )
    is_pressed = admission.pressure.is_on(collection.upstream)
    acts = not terms.only_under_pressure or is_pressed
    purse, wanted, _ = budgets.draw_on(account, cost, now_ns=now_ns, must_fit=acts)
    return wanted <= purse.depth or not acts
