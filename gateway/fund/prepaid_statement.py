"""A statement of what was paid ahead: opening balance, top-ups, use, closing balance.

It is read from the journal and no document of its own series: a top-up is a receipt,
and use was invoiced under its own number. Opening and moves add up to the closing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.billing.paper import Paper, PaperParty
from gateway.billing.settlement import CREDIT_MOVED
from gateway.fund.accounts import PREPAID_PREFIX, prepaid
from gateway.fund.journal import Entry
from gateway.kernel.period import Period


class MoveKind(StrEnum):
    """What moved a balance. Public: add, never rename."""

    TOP_UP = "top-up"
    USE = "use"
    MOVED = "moved"  # the balance went along with a renewal, or came back
    OTHER = "other"


AHEAD_MOVED = "ahead-moved"
"""Kind of the entries that take a balance from one agreement to another."""


@dataclass(frozen=True, slots=True)
class Move:
    """One move of a balance.

    Attributes:
        kind: What it was.
        at_us: When it counts.
        amount_minor: Above 0 for what came in, below for what was used; VAT included.
        balance_minor: What was left after it.
        reference: The payment's own name, the number of the invoice, or the other
            agreement.
        invoice: What was invoiced, in the statement's language; None for a top-up.
    """

    kind: MoveKind
    at_us: int
    amount_minor: int
    balance_minor: int
    reference: str
    invoice: Paper | None = None


@dataclass(frozen=True, slots=True)
class PrepaidStatement:
    """What happened to a balance in a period.

    Attributes:
        agreement_id: Under which agreement.
        period: Which span.
        currency: ISO 4217.
        language: `en` or `fr`.
        seller, buyer: Who.
        opening_minor: The balance as the period begins, minor units.
        moves: In order.
        closing_minor: The balance as it ends.
        is_over: False while more may still happen in the period.
    """

    agreement_id: str
    period: Period
    currency: str
    language: str
    seller: PaperParty
    buyer: PaperParty
    opening_minor: int
    moves: tuple[Move, ...]
    closing_minor: int
    is_over: bool

    def total_minor(self, kind: MoveKind) -> int:
        """All moves of a kind together."""
        return sum(each.amount_minor for each in self.moves if each.kind is kind)


def opening_minor(
    entries: Iterable[Entry], agreement_id: str, period: Period, *, currency: str
) -> int:
    """The balance of what was paid ahead as a period begins, minor units."""
    return sum(
        _moved(entry, agreement_id)
        for entry in entries
        if entry.currency == currency and entry.effective_us < period.start_us
    )


def moves_of(
    entries: Iterable[Entry],
    agreement_id: str,
    period: Period,
    *,
    currency: str,
    invoice_of: Callable[[str], Paper | None],
) -> tuple[Move, ...]:
    """What moved the balance in a period, with the balance after each.

    Args:
        entries: Of the journal, in any order.
        agreement_id: Under which agreement.
        period: Which span.
        currency: ISO 4217.
        invoice_of: The paper of an invoice, by the id an entry refers to.
    """
    known = tuple(entries)
    balance = opening_minor(known, agreement_id, period, currency=currency)
    moves: list[Move] = []
    for entry in sorted(known, key=lambda one: (one.effective_us, one.id)):
        amount = _moved(entry, agreement_id)
        if not amount or entry.currency != currency:
            continue
        if entry.effective_us not in period:
            continue
        balance += amount
        invoice = invoice_of(entry.ref) if amount < 0 else None
        moves.append(
            Move(
                kind=_kind(entry, amount, invoice),
                at_us=entry.effective_us,
                amount_minor=amount,
                balance_minor=balance,
                reference=(
                    invoice.number if invoice else _reference(entry, agreement_id)
                ),
                invoice=invoice,
            )
        )
    return tuple(moves)


def _moved(entry: Entry, agreement_id: str) -> int:
    account = prepaid(agreement_id)
    return -sum(
        posting.amount_minor for posting in entry.postings if posting.account == account
    )


def _kind(entry: Entry, amount_minor: int, invoice: Paper | None) -> MoveKind:
    if entry.kind == AHEAD_MOVED:
        return MoveKind.MOVED
    if amount_minor > 0:
        is_ours = entry.kind == CREDIT_MOVED
        return MoveKind.OTHER if is_ours else MoveKind.TOP_UP
    return MoveKind.USE if invoice else MoveKind.OTHER


def _reference(entry: Entry, agreement_id: str) -> str:
    """The name a payment came with, as its key holds it; of a move, the other side."""
    if entry.kind == AHEAD_MOVED:
        own = prepaid(agreement_id)
        others = (one.account for one in entry.postings if one.account != own)
        return next(others, "").removeprefix(PREPAID_PREFIX)
    return entry.key.partition(":")[2] or entry.key
