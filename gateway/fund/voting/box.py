"""The ballot box: what was cast, which of it counts, and what may be told when.

A commitment that goes into the open books alone, an hour after somebody was seen to
vote, tells whose it is. So commitments go in groups of at least five voters, and the
five newest always wait: the last group, at the close, is never a smaller one than that
unless the whole vote is.
"""

from __future__ import annotations

import hmac
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from hashlib import sha256

from gateway.fund.voting.ballot import Ballot
from gateway.identity.erasure import commitment

TOGETHER_MIN = 5
NONCE_BITS = 128


@dataclass(frozen=True, slots=True)
class Cast:
    """A ballot while the vote is open.

    Attributes:
        commitment: What will be published of it.
        vote_id: In which vote.
        owner_id: Whose. Forgotten when the vote closes.
        nonce: Opens the commitment.
        ballot: What it says.
        cast_us: When; forgotten as well.
    """

    commitment: str
    vote_id: str
    owner_id: str
    nonce: str = field(repr=False)
    ballot: Ballot = field(repr=False)
    cast_us: int


@dataclass(frozen=True, slots=True)
class Kept:
    """A ballot of a closed vote: nobody's.

    Attributes:
        commitment: What was published of it.
        vote_id: In which vote.
        is_counted: Whether it counts; its voter may have cast another later.
        nonce: Opens the commitment; empty where the ballot does not count.
        ballot: What it says; empty where it does not count.
    """

    commitment: str
    vote_id: str
    is_counted: bool
    nonce: str = ""
    ballot: Ballot = ()


def latest(casts: Sequence[Cast]) -> tuple[Cast, ...]:
    """The ballots that count: of each voter the last one.

    Args:
        casts: Oldest first.
    """
    return tuple({each.owner_id: each for each in casts}.values())


def closed(casts: Sequence[Cast]) -> tuple[Kept, ...]:
    """What is left of ballots once they are counted: in the order of commitments.

    Args:
        casts: Oldest first.
    """
    counting = {each.commitment for each in latest(casts)}
    kept = (
        Kept(each.commitment, each.vote_id, True, each.nonce, each.ballot)
        if each.commitment in counting
        else Kept(each.commitment, each.vote_id, False)
        for each in casts
    )
    return tuple(sorted(kept, key=lambda each: each.commitment))


def told(casts: Sequence[Cast], logged: Collection[str]) -> tuple[str, ...]:
    """Which commitments the open books may hold while the vote is open.

    Args:
        casts: Oldest first.
        logged: Commitments that are in the log already; they stay.
    """
    there = [each.commitment for each in casts if each.commitment in logged]
    fresh = sorted(
        (each for each in latest(casts) if each.commitment not in logged),
        key=lambda each: (each.cast_us, each.commitment),
    )
    if len(fresh) < 2 * TOGETHER_MIN:
        return tuple(sorted(there))
    joining = [each.commitment for each in fresh[:-TOGETHER_MIN]]
    return tuple(sorted([*there, *joining]))


def mark_salt(salt: str, vote_id: str) -> str:
    """What opens a voter's mark in one vote, and in no other.

    Args:
        salt: The party's own salt, which is shown to nobody.
        vote_id: The vote.
    """
    return hmac.digest(salt.encode(), f"vote:{vote_id}".encode(), sha256).hex()


def mark_of(salt: str, vote_id: str, owner_id: str) -> str:
    """The commitment that stands for a voter in a vote.

    Args:
        salt: As `mark_salt` gives it.
        vote_id: The vote.
        owner_id: Who may vote.
    """
    return commitment(salt, f"voter:{vote_id}", owner_id)
