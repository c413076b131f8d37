"""What can happen to money, and which accounts each happening touches.

An entry of another name, or one that reaches further than its happening does, balances
as well. Without this table a reserve could be led out under any word.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.fund.accounts import (
    APPORTIONED,
    BANK,
    BARTER,
    BARTER_INCOME,
    CONTRIBUTED,
    DEFERRED,
    DONATION,
    ENDOWMENT,
    GIFT_PREFIX,
    INCOME,
    INPUT_VAT,
    LABOUR_RESERVE,
    OPERATOR_FEE,
    PAYABLE_PREFIX,
    PAYMENT_FEE,
    POTS,
    PREPAID_PREFIX,
    RECEIVABLE,
    RESERVE,
    ROUNDS,
    SOLIDARITY,
    STRIPE,
    UNMATCHED,
    VAT,
)
from gateway.fund.endowment import RELEASE
from gateway.fund.journal import Entry
from gateway.fund.waterfall import WATERFALL
from gateway.kernel.errors import InvalidValue

MONEY = frozenset({BANK, STRIPE, UNMATCHED})
"""Where money lies, or what it is until somebody knows what for."""
EARNED = frozenset({RECEIVABLE, DEFERRED, INCOME})
BORNE = frozenset({OPERATOR_FEE, RESERVE, APPORTIONED})
LOST = frozenset({RESERVE, BANK, STRIPE})
HAPPENINGS: Mapping[str, frozenset[str]] = {
    "ahead-moved": frozenset({PREPAID_PREFIX}),
    "allocation": frozenset({LABOUR_RESERVE, ROUNDS, PAYABLE_PREFIX}),
    "bank-arrived": MONEY,
    "bank-fee": MONEY | {PAYMENT_FEE},
    "bank-fee-borne": BORNE,
    "bank-lost": LOST,
    "bank-paid-out": MONEY,
    "bank-returned": MONEY,
    "bank-top-up": MONEY | {PREPAID_PREFIX},
    "barter-set-off": frozenset({RECEIVABLE, DEFERRED, BARTER, BARTER_INCOME}),
    "barter-supply": frozenset({CONTRIBUTED, INPUT_VAT, BARTER, VAT}),
    "credit": EARNED | {VAT, BARTER_INCOME},
    "credit-moved": EARNED | {UNMATCHED, PREPAID_PREFIX},
    "donation": MONEY | {DONATION},
    "fee-borne": BORNE,
    "gift": MONEY | {GIFT_PREFIX},
    "gift-borne": LOST,
    "gift-passed-on": frozenset({GIFT_PREFIX, BANK}),
    "gift-reported": MONEY,
    "gift-taken-back": MONEY | {GIFT_PREFIX, DONATION},
    "given-back": BORNE,
    "invoice": frozenset({RECEIVABLE, DEFERRED, VAT}),
    "payment": MONEY | EARNED | {PREPAID_PREFIX, PAYMENT_FEE},
    "payment-taken-back": MONEY | EARNED | {PREPAID_PREFIX},
    "payout": frozenset({PAYABLE_PREFIX, BANK}),
    "prepaid-returned": frozenset({PREPAID_PREFIX, PAYABLE_PREFIX}),
    RELEASE: frozenset({ENDOWMENT, RESERVE}),
    "round-rest": frozenset({ROUNDS, RESERVE}),
    "round-solidarity": frozenset({SOLIDARITY, ROUNDS}),
    "rounding": frozenset({DEFERRED, INCOME, BARTER_INCOME}),
    "top-up": MONEY | {PREPAID_PREFIX},
    "top-up-borne": LOST,
    "top-up-taken-back": MONEY | {PREPAID_PREFIX},
    WATERFALL: frozenset({APPORTIONED, *POTS}),
}
"""Each happening by its public name. Public: add, never rename."""
NAMED = (PREPAID_PREFIX, PAYABLE_PREFIX, GIFT_PREFIX)


def assert_happening(entry: Entry) -> None:
    """Refuse an entry of a happening that there is not, or that reaches further.

    Raises:
        InvalidValue: there is no such happening, or it does not touch that account.
    """
    if entry.reverses:
        return
    touches = HAPPENINGS.get(entry.kind)
    if touches is None:
        detail = f"there is no happening {entry.kind!r}"
        raise InvalidValue(detail)
    for posting in entry.postings:
        if posting.account not in touches and not any(
            prefix in touches and posting.account.startswith(prefix) for prefix in NAMED
        ):
            detail = f"{entry.kind!r} does not touch {posting.account}"
            raise InvalidValue(detail)
