"""What voting asks of its neighbours: where votes, decisions and terms are kept."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from gateway.fund.voting.box import Cast, Kept
from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.office import Act, Term
from gateway.fund.voting.tally import Tally
from gateway.fund.voting.vote import Entitled, Vote


class VoteStore(Protocol):
    """Votes, who may vote, and their ballots.

    Whose a ballot is is known while the vote is open, and forgotten when it closes.
    """

    def add(self, vote: Vote, entitled: Sequence[Entitled]) -> None:
        """Keep an open vote and who may vote; neither changes any more.

        Raises:
            Conflict: its id is taken, or somebody may vote twice.
        """

    def find(self, vote_id: str) -> Vote | None:
        """A vote by its id."""

    def all(self) -> tuple[Vote, ...]:
        """Every vote, by when it was opened and id."""

    def entitled(self, vote_id: str) -> tuple[Entitled, ...]:
        """Who may vote, by mark."""

    def voted(self, vote_id: str) -> frozenset[str]:
        """The marks of those who did."""

    def cast(self, cast: Cast) -> None:
        """Keep a ballot; an earlier one of the same voter stays and counts no more.

        Raises:
            Conflict: the vote is closed, its voter may not vote, or the commitment is
                there.
        """

    def casts(self, vote_id: str) -> tuple[Cast, ...]:
        """The ballots of an open vote, oldest first; none once it is closed."""

    def close(self, vote_id: str, kept: Sequence[Kept], *, at_us: int) -> None:
        """Close a vote: keep what is nobody's, and forget whose it was.

        Args:
            vote_id: Which.
            kept: Every ballot, by commitment.
            at_us: When, microseconds UTC.

        Raises:
            Conflict: it is closed, or these are not all its ballots.
        """

    def kept(self, vote_id: str) -> tuple[Kept, ...]:
        """The ballots of a closed vote, by commitment."""


class TallyStore(Protocol):
    """What votes on priorities came to; nothing here ever changes or goes."""

    def add(self, tally: Tally) -> None:
        """Keep a tally.

        Raises:
            Conflict: the vote has one.
        """

    def find(self, vote_id: str) -> Tally | None:
        """What a vote came to; None while it is open, or where it decided."""

    def latest(self) -> Tally | None:
        """The one that closed last: the weights of the next round."""

    def all(self) -> tuple[Tally, ...]:
        """Every tally, by when it closed and vote."""


class DecisionStore(Protocol):
    """What members decided; nothing here ever changes or goes."""

    def add(self, decision: Decision) -> None:
        """Keep a decision.

        Raises:
            Conflict: its id is taken, or its vote has one.
        """

    def find(self, decision_id: str) -> Decision | None:
        """A decision by its id."""

    def ratified(self, kind: Kind, subject: str) -> Decision | None:
        """The decision by which something stands.

        The latest on the matter with a quorum counts: what was ratified and then
        refused is not ratified. None where the members never said yes.
        """

    def all(self) -> tuple[Decision, ...]:
        """Every decision, by date and id."""


class OfficeStore(Protocol):
    """Terms of stewards, and what officers did; nothing here ever changes or goes."""

    def begin(self, term: Term) -> None:
        """Keep a term.

        Raises:
            Conflict: its id or its decision is taken.
        """

    def terms(self) -> tuple[Term, ...]:
        """Every term, by start and id."""

    def note(self, act: Act) -> None:
        """Keep what an officer did.

        Raises:
            Conflict: its id is taken.
        """

    def acts(self) -> tuple[Act, ...]:
        """Everything officers did, by time and id."""
