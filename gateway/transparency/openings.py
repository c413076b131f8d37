"""How rounds were opened: under what everybody knew, and by the vote that waited.

The tally of the last vote on priorities is the weight vector of the next round. Who
opens one may not pass it over, nor change rule, purse or pool before it closes.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.fund.rounds.division import Outcome
from gateway.fund.rounds.inputs import PURSES
from gateway.fund.rounds.round import WHOLE
from gateway.fund.rounds.terms import EQUAL, terms_in
from gateway.fund.voting.tally import in_force
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.transparency.recount import Recount
from gateway.transparency.rows import Row

SAME = ("currency", "purse", "vote")


@dataclass(slots=True)
class Openings:
    """What was read of how rounds were opened, and of their runs.

    Attributes:
        opened: By name.
        runs: Places and rows of every run.
    """

    opened: dict[str, tuple[int, Row]] = field(default_factory=dict)
    runs: list[tuple[int, Row]] = field(default_factory=list)

    def take(self, row: Row, number: int) -> None:
        """Take in how a round was opened.

        Raises:
            InvalidValue: under terms that cannot be.
        """
        body = row.body
        terms_in(body["rule"], tuple((each[0], each[1]) for each in body["terms"]))
        if body["purse"] not in PURSES or body["pool_minor"] == 0:
            raise InvalidValue("a round has a kind of purse, and a pool above 0")
        self.opened[row.key] = number, row

    @property
    def unchecked(self) -> int:
        """Rounds from before it was told how they were opened."""
        return 0 if self.opened else len({row.body["round"] for _, row in self.runs})

    def bad(self, votes: Recount) -> Iterator[tuple[int, str]]:
        """Rounds that were opened or run otherwise than they may, with why."""
        for number, row in self.opened.values():
            for why in self._opened_wrong(row, votes):
                yield number, f"({row.name}): {why}"
        if not self.opened:
            return
        for number, row in self.runs:
            found = self.opened.get(row.body["round"])
            wrong = (
                _run_wrong(row, found[1])
                if found
                else iter(["nothing says how it was opened"])
            )
            for why in wrong:
                yield number, f"({row.name}): {why}"

    def _opened_wrong(self, row: Row, votes: Recount) -> Iterator[str]:
        body, at_us = row.body, row.at_us
        tallies = [
            each
            for each in votes.tallies.values()
            if each.closed_us <= at_us and not each.is_empty
        ]
        tallies.sort(key=lambda each: (each.closed_us, each.vote_id))
        taken = {
            run.body["vote"]
            for _, run in self.runs
            if run.body["outcome"] != Outcome.FAILED.value and run.at_us <= at_us
        }
        vote = body["vote"]
        waiting = tallies[-1].vote_id if tallies else vote
        if waiting not in {*taken, vote} and body["rule"] != EQUAL:
            yield f"the tally of {waiting} was passed over"
        options: list[str] = [WHOLE]
        if vote:
            tally = next((each for each in tallies if each.vote_id == vote), None)
            if tally is None:
                yield f"vote {vote} had no tally when it was opened"
                return
            known = [
                each for each in votes.decisions.values() if each.decided_us <= at_us
            ]
            weights = (*tally.weights, *in_force(tally, known).weights)
            options = [*dict.fromkeys(option for option, _ in weights)]
        if body["options"] != options:
            yield f"its options are those of no vote: {', '.join(options)}"


def _run_wrong(row: Row, opened: Row) -> Iterator[str]:
    body, told = row.body, opened.body
    names = SAME if body["number"] > 1 else (*SAME, "rule", "terms")
    for name in names:
        if body[name] != told[name]:
            yield f"its {name} is not that under which it was opened"
    if told["pool_minor"] not in {None, body["pool_minor"]}:
        yield f"it was opened to divide {told['pool_minor']}"
    days_max = (row.at_us - opened.at_us) // US_PER_DAY
    if days_max < 0:
        yield "it was run before it was opened"
    for option, _, _, _, days in body["voices"]:
        if option not in told["options"] or days > max(0, days_max):
            yield "voice was given to another option, or before it was opened"
            break
    if body["clusters"] != _clusters(body, told):
        yield "its clusters are not those with which it was opened"


def _clusters(body: Mapping[str, Any], told: Mapping[str, Any]) -> list[list[Any]]:
    owners = {who: owner for who, owner, *_ in body["people"]}
    named = {(name, owners[who]) for name, who in told["clusters"] if who in owners}
    return [list(each) for each in sorted(named)]
