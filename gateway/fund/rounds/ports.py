"""What live rounds ask of their neighbours: where they are kept."""

from __future__ import annotations

from typing import Protocol

from gateway.fund.rounds.round import Given, Round, Run


class RoundStore(Protocol):
    """Rounds, voices and runs; nothing here ever changes or goes."""

    def add(self, opened: Round) -> None:
        """Keep a round.

        Raises:
            Conflict: its name is taken.
        """

    def find(self, name: str) -> Round | None:
        """A round by its name."""

    def all(self) -> tuple[Round, ...]:
        """Every round, by when it was opened and name."""

    def give(self, given: Given) -> None:
        """Keep what was given.

        Raises:
            Conflict: the round was run: it takes no voice any more.
            NotFound: there is no such round.
        """

    def given(self, name: str) -> tuple[Given, ...]:
        """What was given in a round, in that order."""

    def run(self, made: Run) -> None:
        """Keep a run.

        Raises:
            Conflict: the round has a run of that number, or one that did not fail.
            NotFound: there is no such round.
        """

    def runs(self, name: str = "") -> tuple[Run, ...]:
        """Every run, or those of a round, by time, name and number."""
