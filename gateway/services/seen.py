"""What admission has seen of a client without a credential, ready for its next time.

It lies beside the fields that the client repeats (`metering.judged.Accounts`), and
holds pure answers and the place of a budget: never a balance, a time or a switch
(ADR-0016).
"""

from __future__ import annotations

from gateway.classification.appearance import asks_for_git
from gateway.classification.facts import Facts
from gateway.identity.principal import ANONYMOUS
from gateway.kernel.request import Headers, Request
from gateway.licensing.chain import Residue
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.decision import Allow
from gateway.metering.budget import Account
from gateway.metering.judged import Accounts, Judged
from gateway.services.desk import Desk

SEEN_MAX = 8


class Seen:
    """A client without a credential at one desk, for pages of one cost.

    Attributes:
        desk: Which; it belongs to one policy set.
        headers: The fields that it sent.
        facts: What they say.
        decision: What it was answered.
        residue: What has to be asked about each address; None where nothing has.
        account: Where the budget that is drawn on is kept; None for no budget.
        always_acts: That budget acts without pressure too.
        judged: All of it, as whoever asks is told.
    """

    __slots__ = (
        "account",
        "always_acts",
        "decision",
        "desk",
        "facts",
        "headers",
        "judged",
        "residue",
    )

    def __init__(
        self,
        desk: Desk,
        headers: Headers,
        facts: Facts,
        *,
        decision: Allow,
        residue: Residue | None,
        account: Account | None,
        version: str,
    ) -> None:
        self.desk = desk
        self.headers = headers
        self.facts = facts
        self.decision = decision
        self.residue = residue
        self.account = account
        self.always_acts = account is None or not account[0].terms.only_under_pressure
        self.judged: Judged = desk.collection, version, ANONYMOUS, facts, decision


def ready(held: Accounts, asked: Request, desk: Desk, *, cost: int) -> Seen | None:
    """What was seen of a client, if it still says what a request is answered."""
    seen: Seen | None = held.seen.get(cost)
    if seen is None or seen.desk is not desk or seen.headers is not asked.headers:
        return None
    query, residue = asked.query, seen.residue
    if query and asks_for_git(asked):
        return None
    if residue is None:
        return seen
    collection = desk.collection
    path = asked.path if collection is None else collection.matched(asked.path)
    is_that = residue.answer(path, query, asked.method) is seen.decision
    return seen if is_that else None


def make_ready(held: Accounts, asked: Request, desk: Desk, *, judged: Judged) -> None:
    """Keep what `ready` will need, where the answer hangs on the address alone.

    Args:
        held: Of whoever holds the connection; its account has just been filled.
        asked: The request.
        desk: Where it was judged.
        judged: What it was judged.
    """
    facts, decision = judged[3], judged[4]
    if not isinstance(decision, Allow) or (asked.query and asks_for_git(asked)):
        return
    collection, cost = desk.collection, PAGE_COST
    if collection is not None:
        cost = cost_of(collection, asked.path, asked.query)
    left = desk.chain.left_for(facts, cost)
    if left is None:
        return
    answer, residue = left
    if residue is None and answer is not decision:
        return
    terms, kept = desk.budgets.get(decision.budget), held.of
    if len(held.seen) >= SEEN_MAX:
        held.seen.clear()
    held.seen[cost] = Seen(
        desk,
        asked.headers,
        facts,
        decision=decision,
        residue=residue,
        account=None if kept is None or terms is None else kept[3],
        version=judged[1],
    )
