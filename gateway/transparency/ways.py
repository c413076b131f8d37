"""Which way money may go, beyond what each happening touches.

Pots of contributors are drawn by what stands in a row of its own, and nothing else: a
split, an allocation, a round.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.fund.accounts import (
    APPORTIONED,
    LABOUR_RESERVE,
    OPERATOR_FEE,
    ROUNDS,
)
from gateway.fund.journal import Entry
from gateway.fund.rounds.round import reference
from gateway.fund.waterfall import BASIS_POINTS, OPERATOR_BP_MAX, WATERFALL
from gateway.kernel.errors import InvalidValue
from gateway.transparency.happenings import assert_happening

UNDONE = frozenset({"payout", "prepaid-returned"})
"""What a reversal may undo, as a bank did: nothing else is taken back by a mirror."""


def assert_way(entry: Entry) -> None:
    """Refuse an entry that moves what only a happening with a row may move.

    Raises:
        InvalidValue: there is no such happening, or it touches other accounts; a split
            takes from a pot, or gives the operator above 10 %; or something else hands
            on what came in, or pays the operator.
    """
    assert_happening(entry)
    if entry.reverses:
        return
    drawn = {each.account for each in entry.postings if each.amount_minor > 0}
    if entry.kind == WATERFALL:
        if drawn != {APPORTIONED}:
            raise InvalidValue("a split hands on what came in, and takes from no pot")
        _assert_operator_within_limit(entry)
        return
    if APPORTIONED in drawn:
        detail = f"{entry.kind!r} hands on what only the waterfall does"
        raise InvalidValue(detail)
    if any(
        each.account == OPERATOR_FEE and each.amount_minor < 0
        for each in entry.postings
    ):
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
