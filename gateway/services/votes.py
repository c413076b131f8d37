"""Votes: open, close, and what each came to.

Who may vote is fixed when a vote opens. Whose a ballot is stays known while it may be
changed, and is forgotten in the transaction that counts it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.billing.ports import PartyBook
from gateway.fund.ports import Books
from gateway.fund.voting import box
from gateway.fund.voting.count import answers_of, counted
from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.electorate import Voters, contributors, members
from gateway.fund.voting.tally import Tally, WeightsInForce, in_force
from gateway.fund.voting.vote import (
    ANSWERS,
    VOTERS_MAX,
    Entitled,
    Matter,
    Option,
    Vote,
)
from gateway.kernel.clock import Clock
from gateway.kernel.errors import Conflict, InvalidValue, NotFound
from gateway.kernel.ids import IdSource
from gateway.services.ballot_box import Salts, found_vote
from gateway.services.known_party import known_party
from gateway.services.stewards import Stewards

OPEN, CLOSE = "open-vote", "close-vote"
BY_SHARE = (Kind.ADMIT_MEMBER, Kind.RELEASE_MEMBER)


@dataclass(frozen=True, slots=True)
class VoteTerms:
    """What the commons set for its votes.

    Attributes:
        vested_hundredths_min: How much work has to have vested, hundredths of an hour.
        quorum_bp: How many members have to vote on a decision.
    """

    vested_hundredths_min: int = 100
    quorum_bp: int = 2_000


@dataclass(frozen=True, slots=True)
class VoteView:
    """A vote, and what may be told of it now.

    Attributes:
        vote: Which.
        entitled: How many may vote.
        voted: How many did.
        tally: What contributors put first; None while it is open.
        decision: What members decided; None while it is open.
        in_force: The weights that count; None where there is no tally.
    """

    vote: Vote
    entitled: int
    voted: int
    tally: Tally | None = None
    decision: Decision | None = None
    in_force: WeightsInForce | None = None


class Votes:
    """Everything that is done with votes."""

    def __init__(
        self,
        books: Books,
        *,
        parties: PartyBook,
        salts: Salts,
        stewards: Stewards,
        terms: VoteTerms,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._parties = parties
        self._salts = salts
        self._stewards = stewards
        self._terms = terms
        self._clock = clock
        self._ids = ids

    def open_priorities(
        self,
        title: str,
        options: Sequence[Option],
        *,
        credits_each: int,
        lasts_us: int,
        by: str = "",
    ) -> VoteView:
        """Ask contributors what comes first.

        Args:
            title: What is asked.
            options: Between what.
            credits_each: What each has to spend.
            lasts_us: How long ballots are taken.
            by: Which steward opens it.

        Raises:
            InvalidValue: a vote that cannot be, nobody who may vote, or no steward.
        """
        return self._open(
            title,
            None,
            tuple(options),
            credits_each=credits_each,
            lasts_us=lasts_us,
            by=by,
        )

    def open_matter(
        self, title: str, matter: Matter, *, lasts_us: int, by: str = ""
    ) -> VoteView:
        """Ask members to decide on a matter: yes, no or abstain.

        Raises:
            NotFound: the tally to be overridden, or the party, is not there.
            InvalidValue: as `open_priorities`, or weights for other options than the
                tally has.
        """
        self._assert_there(matter)
        options = tuple(Option(answer, answer) for answer in ANSWERS)
        return self._open(
            title, matter, options, credits_each=1, lasts_us=lasts_us, by=by
        )

    def close(self, vote_id: str, *, by: str = "") -> VoteView:
        """Count a vote, once its time is over or everybody voted; again, show it.

        Raises:
            NotFound: no such vote.
            Conflict: ballots are still taken.
            InvalidValue: no steward.
        """
        with self._books.together() as books:
            vote = found_vote(books, vote_id)
            if vote.closed_us is None:
                self._count(books, vote, by)
        return self.show(vote_id)

    def show(self, vote_id: str) -> VoteView:
        """A vote and what may be told of it.

        Raises:
            NotFound: no such vote.
        """
        with self._books.reading() as books:
            return _view(books, found_vote(books, vote_id))

    def list(self) -> tuple[VoteView, ...]:
        """Every vote, oldest first."""
        with self._books.reading() as books:
            return tuple(_view(books, each) for each in books.votes.all())

    def decisions(self) -> tuple[Decision, ...]:
        """Every decision, by date."""
        return self._books.decisions.all()

    def decision(self, decision_id: str) -> Decision:
        """A decision.

        Raises:
            NotFound: there is none of that id.
        """
        found = self._books.decisions.find(decision_id)
        if found is None:
            detail = f"there is no decision {decision_id}; see `copyfair decision list`"
            raise NotFound(detail)
        return found

    def _open(
        self,
        title: str,
        matter: Matter | None,
        options: tuple[Option, ...],
        *,
        credits_each: int,
        lasts_us: int,
        by: str,
    ) -> VoteView:
        now_us = self._clock.now_us()
        vote = Vote(
            id=self._ids.new("vot"),
            title=title,
            matter=matter,
            options=options,
            credits=credits_each,
            quorum_bp=self._terms.quorum_bp if matter else 0,
            opened_us=now_us,
            closes_us=now_us + lasts_us,
        )
        with self._books.together() as books:
            self._stewards.act(books, by, OPEN, about=vote.id)
            voters = self._voters(books, decides=matter is not None, at_us=now_us)
            if not 1 <= len(voters) <= VOTERS_MAX:
                detail = "nobody may vote yet: a contribution has to vest first"
                raise InvalidValue(detail if not voters else "too many may vote")
            books.votes.add(
                vote, [self._entitled(vote.id, *one) for one in voters.items()]
            )
        return VoteView(vote, len(voters), 0)

    def _voters(self, books: Books, *, decides: bool, at_us: int) -> Voters:
        contributing = contributors(
            books.contributions.all(),
            self._parties.find_party,
            vested_hundredths_min=self._terms.vested_hundredths_min,
            at_us=at_us,
        )
        if not decides:
            return contributing
        return members(contributing, books.decisions.all(), self._parties.find_party)

    def _entitled(self, vote_id: str, owner_id: str, party_id: str) -> Entitled:
        salt = box.mark_salt(self._salts.salt_of(party_id), vote_id)
        return Entitled(owner_id, party_id, box.mark_of(salt, vote_id, owner_id))

    def _count(self, books: Books, vote: Vote, by: str) -> None:
        now_us = self._clock.now_us()
        casts = books.votes.casts(vote.id)
        ballots = [each.ballot for each in box.latest(casts)]
        entitled = len(books.votes.entitled(vote.id))
        if now_us < vote.closes_us and len(ballots) < entitled:
            raise Conflict("ballots are still taken; close it when its time is over")
        self._stewards.act(books, by, CLOSE, about=vote.id)
        books.votes.close(vote.id, box.closed(casts), at_us=now_us)
        if vote.matter is None:
            method, weights = counted(vote, ballots)
            books.tallies.add(
                Tally(vote.id, method, weights, len(ballots), entitled, now_us)
            )
            return
        yes, no, abstain = answers_of(ballots)
        matter = vote.matter
        books.decisions.add(
            Decision(
                id=self._ids.new("dec"),
                kind=matter.kind,
                subject=matter.subject,
                digest=matter.digest,
                vote_id=vote.id,
                yes=yes,
                no=no,
                abstain=abstain,
                entitled=entitled,
                quorum_bp=vote.quorum_bp,
                decided_us=now_us,
                weights=matter.weights,
            )
        )

    def _assert_there(self, matter: Matter) -> None:
        if matter.kind in BY_SHARE:
            known_party(self._parties, matter.subject)
        if matter.kind is not Kind.OVERRIDE_WEIGHTS:
            return
        tally = self._books.tallies.find(matter.subject)
        if tally is None:
            detail = f"there is no tally of a vote {matter.subject}"
            raise NotFound(detail)
        if [name for name, _ in matter.weights] != [name for name, _ in tally.weights]:
            raise InvalidValue("give every option of the tally a weight, in its order")


def _view(books: Books, vote: Vote) -> VoteView:
    tally = books.tallies.find(vote.id)
    decisions = books.decisions.all()
    own = next((each for each in decisions if each.vote_id == vote.id), None)
    return VoteView(
        vote,
        len(books.votes.entitled(vote.id)),
        len(books.votes.voted(vote.id)),
        tally,
        own,
        in_force(tally, decisions) if tally else None,
    )
