"""Which happenings may move what contributors and the operator have a claim on.

An entry of its own invention balances as well, and would be divided again by nobody.
So pots of contributors are drawn by what stands in a row of its own, and nothing else.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.fund.accounts import (
    ENDOWMENT,
    LABOUR_RESERVE,
    OPERATOR_FEE,
    PREPAID_PREFIX,
    ROUNDS,
    SOLIDARITY,
    is_payable,
)
from gateway.fund.endowment import RELEASE
from gateway.fund.journal import Entry
from gateway.fund.rounds.round import reference
from gateway.fund.waterfall import BASIS_POINTS, OPERATOR_BP_MAX
from gateway.kernel.errors import InvalidValue
from gateway.transparency.reround import BOOKED

ALLOCATION, WATERFALL = "allocation", "waterfall"
DRAWN = frozenset((LABOUR_RESERVE, ROUNDS, SOLIDARITY))


def assert_way(entry: Entry) -> None:
    """Refuse an entry that moves what only a happening with a row may move.

    Raises:
        InvalidValue: it draws labour reserve, rounds, solidarity or endowment, owes
            something to a contributor, or pays the operator, and is no such happening;
            or it gives the operator above 10 %.
    """
    if entry.reverses:
        return
    drawn = {each.account for each in entry.postings if each.amount_minor > 0}
    reached = {each.account for each in entry.postings if each.amount_minor < 0}
    is_allocation = entry.kind == ALLOCATION
    if ENDOWMENT in drawn and entry.kind != RELEASE:
        detail = f"{entry.kind!r} draws the endowment, which members alone release"
        raise InvalidValue(detail)
    if drawn & DRAWN and not is_allocation and entry.kind not in BOOKED:
        detail = f"{entry.kind!r} draws what allocations and rounds alone draw"
        raise InvalidValue(detail)
    is_left_over = all(each.startswith(PREPAID_PREFIX) for each in drawn)
    if any(map(is_payable, reached)) and not is_allocation and not is_left_over:
        detail = f"{entry.kind!r} owes to somebody what no allocation gave"
        raise InvalidValue(detail)
    if entry.kind == WATERFALL:
        _assert_operator_within_limit(entry)
    elif OPERATOR_FEE in reached:
        detail = f"{entry.kind!r} pays the operator, and is no split of the waterfall"
        raise InvalidValue(detail)


def is_of_round(body: Mapping[str, Any]) -> bool:
    """Did a round divide it, by voice? Else it follows from unpaid work.

    Args:
        body: Of an allocation's row.

    Raises:
        InvalidValue: it is of a pot that nobody divides.
    """
    if body["source"] not in {LABOUR_RESERVE, ROUNDS}:
        detail = f"nobody divides {body['source']}"
        raise InvalidValue(detail)
    return bool(body["source"] == ROUNDS and body["run"].startswith(reference("")))


def _assert_operator_within_limit(entry: Entry) -> None:
    """Law 9: at most 10 % of what came in, whatever the settings said."""
    passed = sum(each.amount_minor for each in entry.postings if each.amount_minor > 0)
    fee = -sum(
        each.amount_minor for each in entry.postings if each.account == OPERATOR_FEE
    )
    if fee * BASIS_POINTS > passed * OPERATOR_BP_MAX:
        detail = f"the operator took {fee} of {passed}, which is above 10 %"
        raise InvalidValue(detail)
