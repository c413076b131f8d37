"""What was never billed: requests without an event, and events without a run."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from enum import StrEnum

from gateway.billing.taking import Passed, UsageTerms
from gateway.billing.tally import Unratable
from gateway.kernel.period import Period, month_of
from gateway.licensing.agreement import Agreement, Settling
from gateway.reciprocity.spending import party_of


class Waits(StrEnum):
    """Why no run took an event up yet. Public: add, never rename."""

    UNDER_WAY = "under-way"
    NO_RUN_YET = "no-run-yet"
    LATE = "late"
    TEST = "test"
    STATEMENT = "statement"
    COUNTS_NOTHING = "counts-nothing"


Why = Waits | Unratable


@dataclass(frozen=True, slots=True)
class LeftIntents:
    """Requests of which it is known that they began, and not what they took.

    Attributes:
        agreement_id: Under which agreement.
        node: Which node carried them.
        state: `open`, or `orphaned`: the node died on the way.
        intents: How many.
        first_us: When the first began.
        last_us: When the last began.
    """

    agreement_id: str
    node: str
    state: str
    intents: int
    first_us: int
    last_us: int


@dataclass(slots=True)
class LeftUsage:
    """Events that no run took up, and why.

    Attributes:
        agreement_id: Under which agreement.
        why: Why.
        events: How many.
        body_bytes: What they delivered.
        billable_bytes: The part of it that counts.
    """

    agreement_id: str
    why: Why
    events: int = 0
    body_bytes: int = 0
    billable_bytes: int = 0


def why_waiting(
    passed: Passed,
    terms: UsageTerms,
    agreement: Agreement | None,
    *,
    missing: Unratable | None,
    closed: Collection[Period],
    now_us: int,
) -> Why:
    """Why an event waits.

    Args:
        passed: The event.
        terms: Its terms.
        agreement: Its agreement, if it is known.
        missing: What cannot be looked up of it.
        closed: Periods that a run closed.
        now_us: At which instant.
    """
    _, _, _, billable_bytes, requests, is_repeat, occurred_us = passed
    if missing:
        return missing
    if terms.is_test or (agreement and agreement.settling is Settling.TEST):
        return Waits.TEST
    if terms.is_statement:
        return Waits.STATEMENT
    is_free = terms.priced_at_zero or party_of(terms.agreement_id)
    if is_repeat or is_free or not (billable_bytes or requests):
        return Waits.COUNTS_NOTHING
    if any(occurred_us in each for each in closed):
        return Waits.LATE
    is_over = now_us >= month_of(occurred_us).end_us
    return Waits.NO_RUN_YET if is_over else Waits.UNDER_WAY
