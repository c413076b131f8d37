"""What is booked when something happens: one function per happening.

Receivable on finalisation, income on payment. Until then an invoice's net amount is
deferred; its VAT is owed from the start.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.fund.accounts import (
    APPORTIONED,
    BANK,
    BARTER_INCOME,
    DEFERRED,
    ENDOWMENT,
    INCOME,
    OPERATOR_FEE,
    PAYMENT_FEE,
    RECEIVABLE,
    RESERVE,
    ROUNDS,
    SOLIDARITY,
    STRIPE,
    UNMATCHED,
    VAT,
    payable,
    prepaid,
)
from gateway.fund.journal import Posting

Postings = tuple[Posting, ...]


def invoiced(net_minor: int, tax_minor: int) -> Postings:
    """A finalised invoice: somebody owes, nobody has earned yet."""
    return postings_of(
        {RECEIVABLE: net_minor + tax_minor, DEFERRED: -net_minor, VAT: -tax_minor}
    )


def arrived(amount_minor: int, *, at: str = BANK) -> Postings:
    """Money came in: until it is known what for, it is somebody else's."""
    return postings_of({at: amount_minor, UNMATCHED: -amount_minor})


def moved_on(amount_minor: int) -> Postings:
    """What an invoice was paid too much is the customer's, to be used elsewhere.

    Args:
        amount_minor: How much; below 0 where it comes back to the invoice.
    """
    return postings_of({RECEIVABLE: amount_minor, UNMATCHED: -amount_minor})


def sent_back(amount_minor: int, *, at: str = BANK) -> Postings:
    """Money that was nobody's debt went back where it came from."""
    return postings_of({UNMATCHED: amount_minor, at: -amount_minor})


def fee_taken(fee_minor: int, *, at: str) -> Postings:
    """A provider took its fee off what it holds for us."""
    return postings_of({PAYMENT_FEE: fee_minor, at: -fee_minor})


def paid_out_to_bank(amount_minor: int) -> Postings:
    """What came in at the bank is what the card provider had held."""
    return postings_of({UNMATCHED: amount_minor, STRIPE: -amount_minor})


def lost(amount_minor: int, *, at: str) -> Postings:
    """A provider took money that nothing in the books answers for: the reserve does."""
    return postings_of({RESERVE: amount_minor, at: -amount_minor})


def taken_back(amount_minor: int, *, net_minor: int, to: str) -> Postings:
    """A payment was taken back: the invoice is open again, its net no income.

    Args:
        amount_minor: How much of the payment.
        net_minor: The part of it that was income.
        to: Where it goes: the account it lay on, or what was paid ahead.
    """
    return postings_of(
        {
            RECEIVABLE: amount_minor,
            to: -amount_minor,
            INCOME: net_minor,
            DEFERRED: -net_minor,
        }
    )


def received(
    amount_minor: int, *, net_minor: int, fee_minor: int = 0, from_: str = BANK
) -> Postings:
    """A payment on an invoice: the net part of it is income now.

    Args:
        amount_minor: What the payer gave.
        net_minor: The part of it that is income.
        fee_minor: What a provider kept.
        from_: The account the rest is taken from or lies on.
    """
    return postings_of(
        {
            from_: amount_minor - fee_minor,
            PAYMENT_FEE: fee_minor,
            RECEIVABLE: -amount_minor,
            DEFERRED: net_minor,
            INCOME: -net_minor,
        }
    )


def topped_up(agreement_id: str, amount_minor: int, *, from_: str = BANK) -> Postings:
    """Money paid ahead: owed to the customer until it is used.

    Args:
        agreement_id: Under which agreement.
        amount_minor: How much; below 0 where it was taken back.
        from_: Where it lies, or lay before it was known what it is for.
    """
    return postings_of({from_: amount_minor, prepaid(agreement_id): -amount_minor})


def moved_ahead(from_id: str, to_id: str, amount_minor: int) -> Postings:
    """What was paid ahead under one agreement is paid ahead under another."""
    return postings_of({prepaid(from_id): amount_minor, prepaid(to_id): -amount_minor})


def returned(agreement_id: str, amount_minor: int, *, to: str) -> Postings:
    """What is left of money paid ahead is owed to whoever leaves, by name."""
    return postings_of(
        {prepaid(agreement_id): amount_minor, payable(to): -amount_minor}
    )


def drawn(agreement_id: str, amount_minor: int, *, net_minor: int) -> Postings:
    """An invoice settled from what was paid ahead: its net part is income now."""
    return postings_of(
        {
            prepaid(agreement_id): amount_minor,
            RECEIVABLE: -amount_minor,
            DEFERRED: net_minor,
            INCOME: -net_minor,
        }
    )


def credited(
    *, tax_minor: int, from_deferred: int, from_income: int, from_barter: int = 0
) -> Postings:
    """A credit note: less is owed; what was income already is income no more."""
    gross = tax_minor + from_deferred + from_income + from_barter
    return postings_of(
        {
            RECEIVABLE: -gross,
            VAT: tax_minor,
            DEFERRED: from_deferred,
            INCOME: from_income,
            BARTER_INCOME: from_barter,
        }
    )


def recognised(net_minor: int, *, as_: str = INCOME) -> Postings:
    """A deferred rest of an invoice on which nothing is owed any more."""
    return postings_of({DEFERRED: net_minor, as_: -net_minor})


def apportioned(pots: Mapping[str, int]) -> Postings:
    """Net receipts on their way through the waterfall."""
    parts = {account: -minor for account, minor in pots.items()}
    return postings_of({APPORTIONED: sum(pots.values()), **parts})


def given_back(net_minor: int, *, fee_minor: int = 0) -> Postings:
    """Income that was handed on and must be given back: the reserve bears it.

    Args:
        net_minor: How much.
        fee_minor: What the operator bears of it, see `waterfall.fee_given_back`.
    """
    return postings_of(
        {
            OPERATOR_FEE: fee_minor,
            RESERVE: net_minor - fee_minor,
            APPORTIONED: -net_minor,
        }
    )


def released(amount_minor: int) -> Postings:
    """The endowment gives to the reserve, as the members decided."""
    return postings_of({ENDOWMENT: amount_minor, RESERVE: -amount_minor})


def allocated(source: str, shares: Mapping[str, int]) -> Postings:
    """A pot divided among contributors."""
    owed = {payable(who): -minor for who, minor in shares.items()}
    return postings_of({source: sum(shares.values()), **owed})


def added_to_rounds(amount_minor: int) -> Postings:
    """Solidarity adds to the pool that a round divides."""
    return postings_of({SOLIDARITY: amount_minor, ROUNDS: -amount_minor})


def left_over(amount_minor: int) -> Postings:
    """What caps and minimums of a round left goes to the reserve."""
    return postings_of({ROUNDS: amount_minor, RESERVE: -amount_minor})


def paid_out(contributor_id: str, amount_minor: int) -> Postings:
    """Money sent to a contributor."""
    return postings_of({payable(contributor_id): amount_minor, BANK: -amount_minor})


def postings_of(amounts: Mapping[str, int]) -> Postings:
    """What moves, account by account; nothing for what does not."""
    return tuple(Posting(account, minor) for account, minor in amounts.items() if minor)
