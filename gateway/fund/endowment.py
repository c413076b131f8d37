"""The endowment's one way out: to the reserve, by a decision of the members.

What one payer gave too much of is set apart (`payer_rule`). Members say how much of it
the reserve may have, and each decision releases once.
"""

from __future__ import annotations

from gateway.fund.accounts import ENDOWMENT
from gateway.fund.journal import Entry
from gateway.fund.voting.decision import Decision, Kind
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money, money

RELEASE = "release"
"""What its entry is called."""
ABOUT = "endowment:"
"""What such a decision is about, before the amount: `endowment:50.00 EUR`."""


def released_by(decision: Decision | None) -> Money | None:
    """How much a decision lets the endowment give; None where it lets it give nothing.

    Args:
        decision: Of the members, accepted or not; None where there is none.
    """
    if decision is None or decision.kind is not Kind.RESOLVE:
        return None
    if not decision.is_accepted or not decision.subject.startswith(ABOUT):
        return None
    try:
        amount = money(decision.subject.removeprefix(ABOUT))
    except InvalidValue:
        return None
    return amount if amount.minor > 0 else None


def taken_from(entry: Entry) -> Money | None:
    """What an entry takes from the endowment; None where it takes nothing."""
    minor = sum(
        each.amount_minor for each in entry.postings if each.account == ENDOWMENT
    )
    return Money(minor, entry.currency) if minor > 0 else None


def is_decided(entry: Entry, decision: Decision | None) -> bool:
    """Does a decision, taken before, release what an entry takes?"""
    return (
        entry.kind == RELEASE
        and decision is not None
        and decision.id == entry.ref
        and decision.decided_us <= entry.effective_us
        and released_by(decision) == taken_from(entry)
    )
