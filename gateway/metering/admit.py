"""Admit: may it pass now? A decision names a budget; only here is it spent.

`decide` stays a pure function of facts and policy. What depends on the moment,
how much of a budget is left or whether a cap is used up, is answered here and
turns an `Allow` or a `Meter` into a `Throttle` that says when to come back.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import NamedTuple

from gateway.licensing.collection import BudgetTerms
from gateway.licensing.decision import Answered, Throttle
from gateway.metering.budget import BudgetBook, Spending


class Admitted(NamedTuple):
    """The request may pass now.

    Attributes:
        decision: As the policies answered.
        spending: What its budget says; None where it draws on none.
        budget: That budget's name.
    """

    decision: Answered
    spending: Spending | None = None
    budget: str = ""


@dataclass(frozen=True, slots=True)
class CapReached:
    """A cap has no room for this request.

    Attributes:
        name: `prepaid` (top it up), or a cap (`monthly-cap`, `requests-per-day`).
        retry_after_s: Whole seconds until another try makes sense; 0 where waiting
            helps nobody: a balance is topped up, it does not refill.
        detail: One sentence for whoever is answered.
        limit: The whole cap; 0 where it counts money.
        window_s: The length of its period; 0 where it has no end.
        counted: `requests`, `bytes` or `money`.
    """

    name: str
    retry_after_s: int
    detail: str
    limit: int = 0
    window_s: int = 0
    counted: str = "money"


def admit(
    decision: Answered,
    *,
    book: BudgetBook,
    terms: BudgetTerms | None,
    subject: str,
    cost: int,
    now_ns: int,
    is_under_pressure: bool = False,
    cheaper_door: str = "",
) -> Admitted | Throttle:
    """Spend the budget that a decision names.

    Args:
        decision: What the policies answered.
        book: Where budgets are kept; the only thing that changes.
        terms: The budget's terms; None where the decision draws on none.
        subject: Whose budget: a party's id, else the client's address.
        cost: The page's cost, whole units.
        now_ns: Ticks of a monotonic clock.
        is_under_pressure: Whether the upstream suffers now; without pressure a
            budget that acts only then is drawn down but refuses nothing.
        cheaper_door: Where the same content costs less.

    Returns:
        The admission with its figures, or when to come back.
    """
    if terms is None:
        return Admitted(decision)
    acts = is_under_pressure or not terms.only_under_pressure
    spending = book.spend(terms, subject, cost, now_ns=now_ns, must_fit=acts)
    if spending.is_within or not acts:
        return Admitted(decision, spending, terms.name)
    reason = used_up(terms, is_under_pressure=is_under_pressure)
    return Throttle(
        ruling=replace(decision.ruling, reason=reason),
        budget=terms.name,
        retry_after_s=max(1, spending.retry_after_s),
        limit=spending.limit,
        window_s=spending.window_s,
        cheaper_door=cheaper_door,
    )


def used_up(terms: BudgetTerms, *, is_under_pressure: bool) -> str:
    """Why a budget refuses, for whoever is answered; the rule allowed it."""
    share = f"address has used its share for now (budget {terms.name})."
    if is_under_pressure and terms.only_under_pressure:
        return f"The archive is under pressure and this {share}"
    return f"This {share}"


def throttled_by_cap(
    decision: Answered, reached: CapReached, *, cheaper_door: str = ""
) -> Throttle:
    """The answer to a request for which a cap has no room."""
    return Throttle(
        ruling=replace(decision.ruling, reason=reached.detail),
        budget=reached.name,
        retry_after_s=reached.retry_after_s,
        limit=reached.limit,
        window_s=reached.window_s,
        counted=reached.counted,
        cheaper_door=cheaper_door,
    )
