"""Every round divided again, from published rows and nothing else.

A row of a round says all it was made from. Its division must come to the same unit, be
what was allocated, rest on the tally or decision it names, and be paid once.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.fund.accounts import LABOUR_RESERVE, ROUNDS
from gateway.fund.endowment import RELEASE, is_decided
from gateway.fund.journal import Entry
from gateway.fund.rounds.division import Outcome, divided
from gateway.fund.rounds.inputs import Inputs, inputs_in
from gateway.fund.rounds.round import WHOLE, reference
from gateway.fund.voting.decision import Kind
from gateway.fund.voting.tally import in_force, may_weigh_again
from gateway.kernel.errors import InvalidValue
from gateway.transparency.openings import Openings
from gateway.transparency.recount import Recount
from gateway.transparency.rounded import outcome_told
from gateway.transparency.rows import Row

REST, SOLIDARITY = "round-rest", "round-solidarity"
BOOKED = (REST, SOLIDARITY, RELEASE)
"""Happenings that a round has booked, or a decision of the members."""
FROZEN = ("pool_minor", "purse", "weights", "people", "voices", "clusters", "currency")
"""What stays as it was when a failed round is run again."""


@dataclass(slots=True)
class Rerounds:
    """What was read of rounds so far.

    Attributes:
        allocations: Run, pot and currency to its row's place and shares, until a round
            takes it.
        entries: Run, happening and currency to its row's place and amount, likewise.
        instants: Run to when something was booked for it.
        runs: The last row of each round.
        given: Currency and commitment to what earlier rounds gave.
        used: Decisions by which a round was run again, or the endowment gave.
        openings: How rounds were opened.
        weighed: Vote to when a round was last paid by its tally.
    """

    allocations: dict[tuple[str, str, str], tuple[int, Mapping[str, int]]] = field(
        default_factory=dict
    )
    entries: dict[tuple[str, str, str], tuple[int, int]] = field(default_factory=dict)
    instants: dict[str, set[int]] = field(default_factory=lambda: defaultdict(set))
    runs: dict[str, Row] = field(default_factory=dict)
    given: Counter[tuple[str, str]] = field(default_factory=Counter)
    used: set[str] = field(default_factory=set)
    openings: Openings = field(default_factory=Openings)
    weighed: dict[str, int] = field(default_factory=dict)

    def booked(self, entry: Entry, number: int, votes: Recount) -> None:
        """An entry that a round must stand behind, or a decision taken before.

        Raises:
            InvalidValue: the same was booked before, or nobody decided so.
        """
        name = entry.ref, entry.kind, entry.currency
        if entry.reverses:
            return
        if entry.kind == RELEASE:
            decision = votes.decisions.get(entry.ref)
            if entry.ref in self.used or not is_decided(entry, decision):
                raise InvalidValue("no decision of the members releases it")
            self.used.add(entry.ref)
            return
        if name in self.entries:
            detail = f"{entry.kind} of {entry.ref} was booked before"
            raise InvalidValue(detail)
        moved = sum(max(0, each.amount_minor) for each in entry.postings)
        self.entries[name] = number, moved
        self.instants[entry.ref].add(entry.effective_us)

    def allocated(self, row: Row, number: int) -> None:
        """An allocation; a round must stand behind those that are named after one."""
        body = row.body
        if body["run"].startswith(reference("")):
            shares = {who: minor for who, minor in body["shares"] if minor}
            name = body["run"], body["source"], body["currency"]
            self.allocations[name] = number, shares
            self.instants[body["run"]].add(row.at_us)

    def take(self, row: Row, number: int, votes: Recount) -> None:
        """Take the row of a round in.

        Raises:
            InvalidValue: it does not come to what it says.
        """
        body = row.body
        inputs = inputs_in(body)
        self._assert_follows(row, votes)
        _assert_weighed(row, votes)
        self._assert_once(row, votes)
        self._assert_before(inputs, body)
        told = outcome_told(inputs, divided(inputs), str)
        for name, right in told.items():
            if body[name] != right:
                detail = f"its {name} is not what its inputs come to: {right}"
                raise InvalidValue(detail)
        self._assert_booked(row)
        self.runs[body["round"]] = row
        self.openings.runs.append((number, row))
        if body["outcome"] != Outcome.FAILED.value:
            self.weighed[body["vote"]] = row.at_us

    def left(self) -> tuple[int, str] | None:
        """The first booking that no round stands behind; None if there is none."""
        waiting = [
            *((number, run) for (run, *_), (number, _) in self.allocations.items()),
            *((number, run) for (run, *_), (number, _) in self.entries.items()),
        ]
        for number, run in sorted(waiting):
            return number, f"it was booked for {run}, and no such round stands there"
        return None

    def _assert_follows(self, row: Row, votes: Recount) -> None:
        body = row.body
        name, number, by = body["round"], body["number"], body["again_by"]
        last = self.runs.get(name)
        if row.key != f"{name}/{number}" or number != _next(last):
            raise InvalidValue("it is not the next run of its round")
        if last is None:
            if by:
                raise InvalidValue("a first run needs no decision to be run again")
            return
        if last.body["outcome"] != Outcome.FAILED.value:
            raise InvalidValue("only a round that failed is run again")
        if any(body[each] != last.body[each] for each in FROZEN):
            raise InvalidValue("it is run again on other voices than were given")
        decision = votes.decisions.get(by)
        if (
            decision is None
            or by in self.used
            or not decision.is_accepted
            or decision.kind is not Kind.RESOLVE
            or decision.subject != reference(name)
            or not last.at_us < decision.decided_us <= row.at_us
        ):
            raise InvalidValue("no decision of the members has it run again")
        self.used.add(by)

    def _assert_once(self, row: Row, votes: Recount) -> None:
        """A tally weighs one round; another one by a decision taken since."""
        vote, since_us = row.body["vote"], self.weighed.get(row.body["vote"])
        if not vote or since_us is None or row.body["again_by"]:
            return
        decided = votes.decisions.values()
        if not may_weigh_again(vote, decided, since_us=since_us, until_us=row.at_us):
            raise InvalidValue("its vote weighed a round before, and nobody decided so")

    def _assert_before(self, inputs: Inputs, body: Mapping[str, Any]) -> None:
        if inputs.terms.rule != "balanced":
            if inputs.before:
                raise InvalidValue("its rule does not ask what was given before")
            return
        before: Counter[int] = Counter()
        for person in inputs.people:
            before[person.owner] += self.given[body["currency"], person.id]
        right = {owner: minor for owner, minor in before.items() if minor}
        if {owner: minor for owner, minor in inputs.before if minor} != right:
            raise InvalidValue("earlier rounds gave something else than it says")

    def _assert_booked(self, row: Row) -> None:
        """What was booked for the round is what it divides: all of it, and no more."""
        body = row.body
        run, is_paid = reference(body["round"]), body["outcome"] != Outcome.FAILED.value
        shares = dict(body["shares"]) if is_paid else {}
        if is_paid and len(shares) != len(body["shares"]):
            raise InvalidValue("a receiver stands there twice")
        unit = body["currency"]
        _, allocated = self.allocations.pop((run, ROUNDS, unit), (0, {}))
        _, labour = self.allocations.pop((run, LABOUR_RESERVE, unit), (0, {}))
        if allocated != shares or (labour and not is_paid):
            raise InvalidValue("what was allocated is not what it divides")
        if not self.instants.pop(run, set()) <= {row.at_us}:
            raise InvalidValue("what was booked for it was booked at another instant")
        _, rest = self.entries.pop((run, REST, unit), (0, 0))
        _, added = self.entries.pop((run, SOLIDARITY, unit), (0, 0))
        if rest != (body["to_reserve_minor"] if is_paid else 0):
            raise InvalidValue("the reserve got something else than it left over")
        if added > (body["pool_minor"] if is_paid else 0):
            raise InvalidValue("more was added from solidarity than it divides")
        for who, minor in shares.items():
            self.given[unit, who] += minor


def _next(last: Row | None) -> int:
    return 1 if last is None else int(last.body["number"]) + 1


def _assert_weighed(row: Row, votes: Recount) -> None:
    """The weights are the tally's, or those of the decision in its place."""
    body = row.body
    told = tuple((option, weight) for option, weight in body["weights"])
    if not body["vote"]:
        if body["weights_by"] or told != ((WHOLE, 1),):
            raise InvalidValue("its weights rest on no vote")
        return
    tally = votes.tallies.get(body["vote"])
    if tally is None:
        detail = f"there is no tally of {body['vote']} before it"
        raise InvalidValue(detail)
    known = [one for one in votes.decisions.values() if one.decided_us <= row.at_us]
    right = in_force(tally, known)
    if (told, body["weights_by"]) != (right.weights, right.decision_id):
        raise InvalidValue("its weights are not those of its vote or decision")
