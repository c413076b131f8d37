"""What the verbs before forwarding came to for one request."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

from gateway.classification.facts import Facts
from gateway.identity.principal import Identified, Principal
from gateway.licensing.collection import BudgetTerms, Collection
from gateway.licensing.decision import Decision, Meter, metered
from gateway.metering.budget import Account
from gateway.metering.relief.turn import Turn

Judged = tuple[Collection | None, str, Identified, Facts, Decision | Turn]
"""One request, judged: where the page belongs, the hash of the policy set that decided,
who asks, what is known, and what was decided, its budget spent. Before an expensive
page the decision holds once its turn has come.

A plain tuple: every request has one, and only `proxy.visit` takes it apart."""


class Settled(NamedTuple):
    """What everybody of one kind gets for pages of one kind, their budgets apart.

    Attributes:
        collection: Where the pages belong.
        facts: What is known of such clients.
        decision: What the policies answer.
        cost: Cost units of such a page.
        terms: The budget that is drawn on; None for none.
    """

    collection: Collection | None
    facts: Facts
    decision: Decision
    cost: int
    terms: BudgetTerms | None


class Accounts:
    """Where a client's budget is kept, for whoever holds its connection.

    It names one client, so it lasts as long as the connection and no longer.

    Attributes:
        of: The terms, the collection, whose budget (None for an address), and where it
            is kept; the last one alone, for few clients draw on two.
        seen: What whoever admits has made ready for this client's next requests, by
            their cost.
        is_back: They came with these fields before.
        pseudonym: What stands for their address where that must not be kept; empty
            until somebody wants to know.
    """

    __slots__ = ("is_back", "of", "pseudonym", "seen")

    of: tuple[BudgetTerms, Collection, Principal | None, Account] | None

    def __init__(self) -> None:
        self.of = None
        self.seen: dict[int, Any] = {}
        self.is_back = False
        self.pseudonym = b""


def decision_of(left: Decision | Turn) -> Decision:
    """What was decided, whether or not its turn has come."""
    return left.decision if isinstance(left, Turn) else left


def meter_of(decision: Decision | None, who: Identified) -> Meter | None:
    """How an answer to somebody is metered; None where it is not.

    Standing is spent by a party; whoever is nobody we know has none.
    """
    if decision is None or not isinstance(who, Principal):
        return decision if isinstance(decision, Meter) else None
    return metered(decision)


def named(judged: Judged, request_id: str) -> Judged:
    """The same, where a turn goes by the request's name, which it has only now."""
    left = judged[4]
    if not isinstance(left, Turn):
        return judged
    turn = replace(left, claim=replace(left.claim, id=request_id))
    return *judged[:4], turn
