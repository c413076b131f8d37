"""The chart of accounts: a handful of names, and two that carry an id.

A debit is positive, a credit negative. What the commons owns for its purposes
(reserves, rounds) is equity; what it owes to somebody by name is a liability.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from gateway.kernel.errors import InvalidValue

BANK = "asset:bank"
STRIPE = "asset:stripe"  # taken by card, not paid out to the bank yet
UNMATCHED = "liability:unmatched"  # came in, and nobody knows yet what for
RECEIVABLE = "asset:receivable"
VAT = "liability:vat"
DEFERRED = "liability:deferred_income"  # invoiced, not received: no income yet
INCOME = "income:access"
DONATION = "income:donation"  # to the commons; nobody is named
PAYMENT_FEE = "expense:payment_fee"
BARTER = "liability:barter"  # owed for what was supplied; empty once it is set off
BARTER_INCOME = "income:barter"  # settled without money: no waterfall hears of it
CONTRIBUTED = "expense:barter"  # what contributors supplied
INPUT_VAT = "asset:input_vat"  # VAT on it that the commons gets back
APPORTIONED = "equity:apportioned"  # counterpart of what the waterfall handed on
OPERATOR_FEE = "liability:operator_fee"
RESERVE = "equity:reserve"
ENDOWMENT = "equity:endowment"  # what one payer gave too much of
LABOUR_RESERVE = "equity:labour_reserve"
SOLIDARITY = "equity:solidarity"
ROUNDS = "equity:rounds"

FIXED = frozenset(
    {
        BANK,
        STRIPE,
        UNMATCHED,
        RECEIVABLE,
        VAT,
        DEFERRED,
        INCOME,
        DONATION,
        PAYMENT_FEE,
        BARTER,
        BARTER_INCOME,
        CONTRIBUTED,
        INPUT_VAT,
        APPORTIONED,
        OPERATOR_FEE,
        RESERVE,
        ENDOWMENT,
        LABOUR_RESERVE,
        SOLIDARITY,
        ROUNDS,
    }
)
HELD_BY: Mapping[str, str] = MappingProxyType({"stripe": STRIPE})
"""Where money lies that a payment provider holds, by the provider's name."""
PREPAID_PREFIX = "liability:customer_prepaid:"
PAYABLE_PREFIX = "liability:payable:"
GIFT_PREFIX = "liability:gift:"
GIVEN_FROM = frozenset({BANK, STRIPE, UNMATCHED})
"""The only accounts a gift comes from, and goes on to."""
POTS = (OPERATOR_FEE, RESERVE, ENDOWMENT, LABOUR_RESERVE, SOLIDARITY, ROUNDS)
"""Where the waterfall ends, in its order."""


def lies_on(account: str) -> str:
    """Where money lies that moved on an account at a bank or a provider."""
    return HELD_BY.get(account, BANK)


def prepaid(agreement_id: str) -> str:
    """What a customer paid ahead under an agreement."""
    return f"{PREPAID_PREFIX}{agreement_id}"


def payable(contributor_id: str) -> str:
    """What is owed to a contributor."""
    return f"{PAYABLE_PREFIX}{contributor_id}"


def gift(party_id: str) -> str:
    """What was given to somebody by name and not passed on yet."""
    return f"{GIFT_PREFIX}{party_id}"


def is_gift(account: str) -> bool:
    """Was it given to somebody by name?"""
    return account.startswith(GIFT_PREFIX)


def is_payable(account: str) -> bool:
    """Is it owed to a contributor?"""
    return account.startswith(PAYABLE_PREFIX)


def assert_known(account: str) -> None:
    """Refuse an account that is not in the chart.

    Raises:
        InvalidValue: there is no such account.
    """
    is_named = any(
        account.startswith(prefix) and len(account) > len(prefix)
        for prefix in (PREPAID_PREFIX, PAYABLE_PREFIX, GIFT_PREFIX)
    )
    if account not in FIXED and not is_named:
        detail = f"{account!r} is not in the chart of accounts"
        raise InvalidValue(detail)
