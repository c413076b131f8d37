"""A ballot: how many votes its voter gives to what.

Votes cost their square, so who feels strongly may say so, and pays for it with all
else. There are no votes *against* (ADR-0030): the tally says where money goes, and
what is not wanted gets none.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from gateway.fund.voting.vote import Vote
from gateway.identity.erasure import commitment
from gateway.kernel.errors import InvalidValue

Ballot = tuple[tuple[str, int], ...]
"""Option and votes above 0, in the order of the paper; empty is a blank ballot."""


def cost(ballot: Ballot) -> int:
    """What a ballot costs: the sum of the squares of its votes."""
    return sum(votes * votes for _, votes in ballot)


def ballot_of(
    said: Mapping[str, int], names: tuple[str, ...], *, credits_max: int
) -> Ballot:
    """Read what a voter says.

    Args:
        said: Option to votes; what is left out, or 0, gets none.
        names: The options, in the order of the paper.
        credits_max: What the voter has.

    Raises:
        InvalidValue: an option that is not on the paper, votes that are no whole
            number of 0 or more, or more of them than the credits pay for.
    """
    for name, votes in said.items():
        if name not in names:
            detail = f"{name!r} is not on the paper; there is {', '.join(names)}"
            raise InvalidValue(detail)
        if type(votes) is not int or votes < 0:
            raise InvalidValue(
                "votes are whole numbers of 0 or more; nobody votes against"
            )
    ballot = tuple((name, said[name]) for name in names if said.get(name, 0))
    spent = cost(ballot)
    if spent > credits_max:
        detail = f"these votes cost {spent} credits, you have {credits_max};"
        detail += " n votes for one option cost n times n"
        raise InvalidValue(detail)
    return ballot


def read(vote: Vote, said: Mapping[str, int]) -> Ballot:
    """Read what a voter says in a vote; see `ballot_of`.

    Raises:
        InvalidValue: as there, or no answer at all where members decide.
    """
    ballot = ballot_of(said, vote.names, credits_max=vote.credits)
    if vote.matter is not None and not ballot:
        raise InvalidValue("say yes, no or abstain")
    return ballot


def commitment_of(vote_id: str, ballot: Ballot, *, nonce: str) -> str:
    """What is published of a ballot before the vote closes.

    Args:
        vote_id: In which vote.
        ballot: What it says.
        nonce: 128 bits of chance, hex, known to the voter and the ballot box alone.
    """
    votes = [[name, votes] for name, votes in ballot]
    spelled = json.dumps(votes, separators=(",", ":"), ensure_ascii=False)
    return commitment(nonce, f"ballot:{vote_id}", spelled)
