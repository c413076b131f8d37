"""The audit of votes: tallies and decisions are what the kept ballots give."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gateway.fund.ports import Books
from gateway.fund.voting.ballot import Ballot, ballot_of, commitment_of
from gateway.fund.voting.box import Kept
from gateway.fund.voting.count import answers_of, counted
from gateway.fund.voting.vote import Vote
from gateway.kernel.errors import InvalidValue


def votes(books: Books) -> Iterator[str]:
    """Whatever a closed vote says that its ballots do not."""
    for vote in books.votes.all():
        if vote.closed_us is None:
            continue
        kept = books.votes.kept(vote.id)
        yield from _ballots(vote, kept)
        ballots = [each.ballot for each in kept if each.is_counted]
        if len(ballots) != len(books.votes.voted(vote.id)):
            yield f"vote {vote.id} counts more or fewer ballots than voted"
        if vote.matter is None:
            yield from _tally(books, vote, ballots)
        else:
            yield from _decision(books, vote, ballots)


def _ballots(vote: Vote, kept: Sequence[Kept]) -> Iterator[str]:
    for each in kept:
        if not each.is_counted:
            continue
        said = dict(each.ballot)
        try:
            ballot = ballot_of(said, vote.names, credits_max=vote.credits)
        except InvalidValue as fault:
            yield f"ballot {each.commitment}: {fault.detail}"
            continue
        if commitment_of(vote.id, ballot, nonce=each.nonce) != each.commitment:
            yield f"ballot {each.commitment} is not what was cast"


def _tally(books: Books, vote: Vote, ballots: Sequence[Ballot]) -> Iterator[str]:
    tally = books.tallies.find(vote.id)
    if tally is None:
        yield f"vote {vote.id} is closed and has no tally"
        return
    said = tally.method, tally.weights, tally.voters, tally.closed_us
    if said != (*counted(vote, ballots), len(ballots), vote.closed_us):
        yield f"the tally of vote {vote.id} is not what its ballots give"


def _decision(books: Books, vote: Vote, ballots: Sequence[Ballot]) -> Iterator[str]:
    matter = vote.matter
    for made in books.decisions.all():
        if made.vote_id != vote.id or matter is None:
            continue
        about = matter.kind, matter.subject, matter.digest, matter.weights
        if (made.kind, made.subject, made.digest, made.weights) != about:
            yield f"decision {made.id} is not about what was voted on"
        if (made.yes, made.no, made.abstain) != answers_of(ballots):
            yield f"decision {made.id} is not what the ballots give"
        return
    yield f"vote {vote.id} is closed and nobody decided"
