"""What voting asks of its neighbours: where tallies and decisions are kept."""

from __future__ import annotations

from typing import Protocol

from gateway.fund.voting.decision import Decision, Kind
from gateway.fund.voting.tally import Tally


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
