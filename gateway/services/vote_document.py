"""Votes, decisions and receipts as documents: the same for commands and for HTTP."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.fund.voting.decision import Decision
from gateway.kernel.clock import iso
from gateway.services.ballot_box import Receipt
from gateway.services.votes import VoteView


def vote_document(view: VoteView) -> dict[str, Any]:
    """A vote, and what may be told of it now."""
    vote, matter = view.vote, view.vote.matter
    return {
        "vote_id": vote.id,
        "title": vote.title,
        "about": vote.word,
        "subject": matter.subject if matter else None,
        "digest": (matter.digest or None) if matter else None,
        "proposed": dict(matter.weights) if matter else {},
        "options": {each.name: each.title for each in vote.options},
        "credits": vote.credits,
        "quorum_bp": vote.quorum_bp,
        "opened_at": iso(vote.opened_us),
        "closes_at": iso(vote.closes_us),
        "closed_at": None if vote.closed_us is None else iso(vote.closed_us),
        "entitled": view.entitled,
        "voted": view.voted,
        "tally": _tally(view),
        "decision": decision_document(view.decision) if view.decision else None,
    }


def decision_document(one: Decision) -> dict[str, Any]:
    """What members decided."""
    return {
        "decision_id": one.id,
        "about": one.kind.value,
        "subject": one.subject,
        "digest": one.digest or None,
        "vote_id": one.vote_id,
        "yes": one.yes,
        "no": one.no,
        "abstain": one.abstain,
        "entitled": one.entitled,
        "quorum_bp": one.quorum_bp,
        "outcome": one.outcome.value,
        "decided_at": iso(one.decided_us),
        "weights": dict(one.weights),
    }


def receipt_document(receipt: Receipt) -> dict[str, Any]:
    """What a voter keeps; whoever sees it sees how they voted."""
    return {
        "vote_id": receipt.vote_id,
        "owner_id": receipt.owner_id,
        "mark": receipt.mark,
        "mark_salt": receipt.mark_salt,
        "votes": dict(receipt.ballot),
        "nonce": receipt.nonce,
        "commitment": receipt.commitment,
    }


def _tally(view: VoteView) -> Mapping[str, Any] | None:
    tally, counting = view.tally, view.in_force
    if tally is None or counting is None:
        return None
    return {
        "method": tally.method.value,
        "weights": dict(tally.weights),
        "weights_in_force": dict(counting.weights),
        "overridden_by": counting.decision_id or None,
    }
