"""What admission has seen of a client, ready for its next time.

It lies beside the fields that the client repeats (`metering.judged.Accounts`), and
holds pure answers and the place of a budget: never a balance, a time or a switch
(ADR-0016). Whether a credential still holds, and under which agreement, is found each
time anew; what was seen is of use while both are the same objects.
"""

from __future__ import annotations

from typing import Protocol

from gateway.classification.appearance import asks_for_git
from gateway.classification.facts import Facts
from gateway.classification.given import UNREAD, Given
from gateway.identity.principal import ANONYMOUS, Identified, Principal
from gateway.kernel.request import Headers, Request
from gateway.licensing.agreement import Agreement
from gateway.licensing.chain import Residue
from gateway.licensing.costs import PAGE_COST, cost_of
from gateway.licensing.decision import PASSES, Allow, Answered
from gateway.metering.budget import Account, BudgetBook
from gateway.metering.judged import Accounts, Judged
from gateway.services.desk import Desk
from gateway.services.pressure import Pressure
from gateway.services.relief import Relief

SEEN_MAX = 8
OFF_COST = -1
"""No page costs this: under it lies what is answered while the gateway is off."""


class State(Protocol):
    """What is read every time; `Admission` has it."""

    budgets: BudgetBook
    pressure: Pressure
    relief: Relief | None


class Seen:
    """A client at one desk, for pages of one cost.

    Attributes:
        desk: Which; it belongs to one policy set.
        headers: The fields that it sent.
        who: Who it is; None for somebody without a credential.
        agreement: What holds between us here; None for nothing.
        given: What the books say of them.
        facts: What they say.
        decision: What it was answered.
        residue: What has to be asked about each address; None where nothing has.
        account: Where the budget that is drawn on is kept; None for no budget.
        always_acts: That budget acts without pressure too.
        judged: All of it, as whoever asks is told.
    """

    __slots__ = (
        "account",
        "agreement",
        "always_acts",
        "decision",
        "desk",
        "facts",
        "given",
        "headers",
        "judged",
        "residue",
        "who",
    )

    def __init__(
        self,
        desk: Desk,
        headers: Headers,
        facts: Facts,
        *,
        decision: Answered,
        residue: Residue | None = None,
        account: Account | None = None,
        version: str,
        who: Principal | None = None,
        agreement: Agreement | None = None,
        given: Given = UNREAD,
    ) -> None:
        self.given = given
        self.desk = desk
        self.headers = headers
        self.facts = facts
        self.decision = decision
        self.residue = residue
        self.account = account
        self.who = who
        self.agreement = agreement
        self.always_acts = account is None or not account[0].terms.only_under_pressure
        named: Identified = ANONYMOUS if who is None else who
        self.judged: Judged = desk.collection, version, named, facts, decision

    def again(
        self, asked: Request, state: State, *, cost: int, now_ns: int
    ) -> Judged | None:
        """The same answer, once its budget is spent; None where that is not there."""
        collection = self.desk.collection
        if collection is None:
            return self.judged
        account = self.account
        if account is not None:
            acts = self.always_acts or state.pressure.is_on(collection.upstream)
            purse, wanted, _ = state.budgets.draw_on(
                account, cost, now_ns=now_ns, must_fit=acts
            )
            if wanted > purse.depth and acts:
                return None
        relief = state.relief
        if relief is None or not self.desk.slows:
            return self.judged
        party = "" if self.who is None else self.who.party.id
        left = relief.turn(
            asked, collection, self.decision, cost=cost, whose=party, now_ns=now_ns
        )
        return self.judged if left is self.decision else (*self.judged[:4], left)


def ready(
    held: Accounts,
    asked: Request,
    desk: Desk,
    *,
    cost: int,
    who: Principal | None = None,
    agreement: Agreement | None = None,
    given: Given = UNREAD,
) -> Seen | None:
    """What was seen of a client, if it still says what a request is answered."""
    seen: Seen | None = held.seen.get(cost)
    if seen is None or seen.desk is not desk or seen.headers is not asked.headers:
        return None
    if seen.who is not who or seen.agreement is not agreement:
        return None
    if seen.given is not given:
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


def make_ready(
    held: Accounts,
    asked: Request,
    desk: Desk,
    *,
    judged: Judged,
    agreement: Agreement | None = None,
    given: Given = UNREAD,
) -> None:
    """Keep what `ready` will need, where the answer hangs on the address alone.

    Args:
        held: Of whoever holds the connection; its account has just been filled.
        asked: The request.
        desk: Where it was judged.
        judged: What it was judged.
        agreement: Under which agreement.
        given: What the books say of whoever asks.
    """
    facts, decision, known = judged[3], judged[4], held.is_back
    held.is_back = True
    # Most blocks of fields come once; nothing is made ready for those.
    if not known or not isinstance(decision, PASSES):
        return
    if asked.query and asks_for_git(asked):
        return
    collection, cost = desk.collection, PAGE_COST
    if collection is not None:
        cost = cost_of(collection, asked.path, asked.query)
    left = desk.chain.left_for(facts, cost, agreement)
    if left is None:
        return
    answer, residue = left
    if residue is None and answer is not decision:
        return
    terms, kept = desk.budgets.get(decision.budget), held.of
    who = judged[2]
    _keep(
        held,
        cost,
        Seen(
            desk,
            asked.headers,
            facts,
            decision=decision,
            residue=residue,
            account=None if kept is None or terms is None else kept[3],
            version=judged[1],
            who=who if isinstance(who, Principal) else None,
            agreement=agreement,
            given=given,
        ),
    )


def passed_on(held: Accounts, asked: Request, desk: Desk, *, judged: Judged) -> Judged:
    """What everybody is told while the gateway is off; the same object again.

    Args:
        held: Of whoever holds the connection.
        asked: The request.
        desk: Where the page belongs.
        judged: That nothing was decided.
    """
    facts, off = judged[3], judged[4]
    seen: Seen | None = held.seen.get(OFF_COST)
    if (
        seen is not None
        and seen.desk is desk
        and seen.facts is facts
        and seen.headers is asked.headers
    ):
        return seen.judged
    if isinstance(off, Allow):
        seen = Seen(desk, asked.headers, facts, decision=off, version=judged[1])
        _keep(held, OFF_COST, seen)
        return seen.judged
    return judged


def _keep(held: Accounts, cost: int, seen: Seen) -> None:
    if len(held.seen) >= SEEN_MAX:
        held.seen.clear()
    held.seen[cost] = seen
