"""The ballot box: casting, changing one's mind, and what a voter keeps.

Of each voter the last ballot counts. The receipt lets them check afterwards, with
published files alone, that it did.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from gateway.billing.ports import PartyBook
from gateway.fund.ports import Books
from gateway.fund.voting import box
from gateway.fund.voting.ballot import Ballot, commitment_of, read
from gateway.fund.voting.vote import Entitled, Vote
from gateway.identity.party import Party
from gateway.identity.ports import Chance
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.services.known_party import known_party
from gateway.services.stewards import Stewards

PAPER = "paper-ballot"


class Salts(Protocol):
    """What commitments to parties are salted with."""

    def salt_of(self, party_id: str) -> str:
        """The salt of a party; empty once it is erased.

        Raises:
            NotFound: there is no such party.
        """


@dataclass(frozen=True, slots=True)
class Receipt:
    """What a voter keeps: it shows that their ballot was counted, and how.

    Attributes:
        vote_id: In which vote.
        owner_id: Whose vote it is.
        mark: What stands for them on the list of who may vote.
        mark_salt: Opens the mark.
        ballot: What the ballot says.
        nonce: Opens the commitment.
        commitment: What is published of the ballot.
    """

    vote_id: str
    owner_id: str
    mark: str
    mark_salt: str = field(repr=False)
    ballot: Ballot = field(repr=False)
    nonce: str = field(repr=False)
    commitment: str


class BallotBox:
    """Takes ballots while a vote is open."""

    def __init__(
        self,
        books: Books,
        *,
        parties: PartyBook,
        salts: Salts,
        stewards: Stewards,
        clock: Clock,
        chance: Chance,
    ) -> None:
        self._books = books
        self._parties = parties
        self._salts = salts
        self._stewards = stewards
        self._clock = clock
        self._chance = chance

    def cast(
        self, vote_id: str, party_id: str, said: Mapping[str, int], *, by: str = ""
    ) -> Receipt:
        """Put a ballot in the box; of each voter the last one counts.

        Args:
            vote_id: In which vote.
            party_id: Who votes, through which of its parties.
            said: Option to votes.
            by: Which steward hands in the paper of somebody else; empty where the
                voter does it themselves.

        Raises:
            NotFound: no such vote or party.
            Conflict: the vote is closed.
            InvalidValue: it may not vote, or the ballot is none.
        """
        now_us = self._clock.now_us()
        with self._books.together() as books:
            vote = found_vote(books, vote_id)
            _assert_takes_ballots(vote, now_us)
            ballot = read(vote, said)
            voter = _voter(books, vote, known_party(self._parties, party_id))
            if by:
                self._stewards.act(books, by, PAPER, about=vote.id)
            nonce = f"{self._chance(1 << box.NONCE_BITS):032x}"
            commitment = commitment_of(vote.id, ballot, nonce=nonce)
            books.votes.cast(
                box.Cast(
                    commitment, vote.id, voter.owner_id, nonce, ballot, cast_us=now_us
                )
            )
        salt = self._mark_salt(voter, vote.id)
        return Receipt(
            vote.id, voter.owner_id, voter.mark, salt, ballot, nonce, commitment
        )

    def mark(self, vote_id: str, party_id: str) -> tuple[Entitled, str] | None:
        """How a party stands on the list of a vote, and what opens its mark.

        None where it may not vote.

        Raises:
            NotFound: no such vote or party.
        """
        vote = found_vote(self._books, vote_id)
        party = known_party(self._parties, party_id)
        for each in self._books.votes.entitled(vote.id):
            if each.owner_id == party.beneficial_owner_id:
                return each, self._mark_salt(each, vote.id)
        return None

    def ballot_of(self, vote_id: str, party_id: str) -> Ballot | None:
        """What a party's own ballot says while the vote is open; None without one."""
        owner_id = known_party(self._parties, party_id).beneficial_owner_id
        for each in box.latest(self._books.votes.casts(vote_id)):
            if each.owner_id == owner_id:
                return each.ballot
        return None

    def _mark_salt(self, voter: Entitled, vote_id: str) -> str:
        """What opens a mark; empty once the party was erased."""
        salt = self._salts.salt_of(voter.party_id)
        return box.mark_salt(salt, vote_id) if salt else ""


def found_vote(books: Books, vote_id: str) -> Vote:
    """A vote by its id.

    Raises:
        NotFound: there is none.
    """
    vote = books.votes.find(vote_id)
    if vote is None:
        detail = f"there is no vote {vote_id}; see `copyfair vote list`"
        raise NotFound(detail)
    return vote


def _voter(books: Books, vote: Vote, party: Party) -> Entitled:
    for each in books.votes.entitled(vote.id):
        if each.owner_id == party.beneficial_owner_id:
            return each
    detail = f"{party.id} may not vote here: who may was fixed when it opened"
    raise InvalidValue(detail)


def _assert_takes_ballots(vote: Vote, now_us: int) -> None:
    if vote.closed_us is not None or now_us >= vote.closes_us:
        raise Conflict("this vote takes no more ballots")
