"""The audit of rounds and payouts: divided again, and covered by what is owed."""

from __future__ import annotations

from collections.abc import Iterator

from gateway.fund.accounts import ROUNDS, payable
from gateway.fund.payout_order import SEPA_CURRENCY, Order, OrderState
from gateway.fund.ports import Books
from gateway.fund.rounds.round import reference
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money
from gateway.services.fund_books import flying


def rounds(books: Books) -> Iterator[str]:
    """Each round comes to what was allocated, and nothing else was."""
    given = {
        one.key: dict(one.shares)
        for one in books.allocations.all()
        if one.source == ROUNDS and one.key.startswith(reference(""))
    }
    for run in books.rounds.runs():
        try:
            is_paid, shares = run.division().is_paid, dict(run.shares())
        except InvalidValue as fault:
            yield fault.detail
            continue
        right = shares if is_paid else {}
        if is_paid and given.pop(reference(run.round), {}) != right:
            yield f"round {run.key} comes to something else than was allocated"
    for key in sorted(given):
        yield f"{key} was allocated, and no round came to it"


def payouts(books: Books) -> Iterator[str]:
    """No bank is asked for more than is owed."""
    for who, minor in sorted(flying(books).items()):
        owed = -books.journal.balance(payable(who), SEPA_CURRENCY)
        if minor > owed:
            asked, left = Money(minor, SEPA_CURRENCY), Money(owed, SEPA_CURRENCY)
            named = [
                f"have your bank stop {one.end_to_end} of {one.file_id}, then"
                f" `copyfair fund payouts --stop {one.end_to_end}`"
                for one in _too_many(books, who, minor - owed)
            ]
            yield f"{asked} is in flight to {who}, {left} is owed: {'; '.join(named)}"


def _too_many(books: Books, who: str, minor: int) -> Iterator[Order]:
    """Orders in flight to somebody that cover an amount, the latest first."""
    for file in reversed(books.payouts.all()):
        for order in file.orders:
            is_theirs = order.contributor_id == who
            if minor > 0 and is_theirs and order.state is OrderState.IN_FLIGHT:
                minor -= order.amount.minor
                yield order
