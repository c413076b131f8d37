"""A voter's own check: what became of the ballot that a receipt is for."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from gateway.fund.voting.ballot import commitment_of
from gateway.fund.voting.box import mark_of
from gateway.kernel.errors import InvalidValue
from gateway.transparency.recount import Recount


class Fate(StrEnum):
    """What became of a ballot. Public: add, never rename."""

    COUNTED = "counted"
    SUPERSEDED = "superseded"
    WAITING = "waiting"
    MISSING = "missing"


def fate_of(receipt: Mapping[str, Any], votes: Recount) -> Fate:
    """What became of a ballot.

    Args:
        receipt: As its voter got it.
        votes: Every vote, counted again from published rows.

    Returns:
        `counted`; `superseded`: another one of the same voter counts; `waiting`: the
        vote is open, and it is not told who voted; `missing`: it was thrown away, or
        the receipt is of another archive.

    Raises:
        InvalidValue: the receipt does not open its own commitments.
    """
    try:
        vote_id, commitment = str(receipt["vote_id"]), str(receipt["commitment"])
        ballot = tuple(
            (str(name), int(each)) for name, each in receipt["votes"].items()
        )
        made = commitment_of(vote_id, ballot, nonce=str(receipt["nonce"]))
        mark, salt = str(receipt["mark"]), str(receipt["mark_salt"])
        own_mark = mark_of(salt, vote_id, str(receipt["owner_id"]))
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidValue(
            "this is no receipt as `copyfair vote cast` writes"
        ) from None
    if made != commitment:
        raise InvalidValue("the receipt does not open its own commitment")
    polled = votes.votes.get(vote_id)
    if polled is None:
        return Fate.MISSING
    if own_mark != mark or mark not in polled.row.body["electorate"]:
        raise InvalidValue("the mark is not that of anybody who might vote")
    if not polled.is_counted:
        return Fate.WAITING
    if commitment in polled.opened:
        return Fate.COUNTED
    return Fate.SUPERSEDED if commitment in polled.commitments else Fate.MISSING
