"""What the verbs before forwarding came to for one request."""

from __future__ import annotations

from typing import NamedTuple

from gateway.classification.facts import Facts
from gateway.identity.principal import Identified, Principal
from gateway.licensing.collection import BudgetTerms, Collection
from gateway.licensing.decision import Decision
from gateway.metering.budget import Account

Judged = tuple[Collection | None, str, Identified, Facts, Decision]
"""One request, judged: where the page belongs, the hash of the policy set that decided,
who asks, what is known, and what was decided, its budget spent.

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
    """

    __slots__ = ("of",)

    of: tuple[BudgetTerms, Collection, Principal | None, Account] | None

    def __init__(self) -> None:
        self.of = None
