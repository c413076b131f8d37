"""A chain: the rules of one collection, made ready for many requests.

`decide` is pure, so what it answers may be remembered. It reads two kinds of things:
facts (who, what for, under which agreement, at which cost and age), which repeat from
request to request, and the address, which seldom does. A chain asks the rules about
the facts once and keeps what is left: the rules whose facts hold, in order, each with
the question about the address that is still open, up to the first rule that asks none.
Mostly one rule is left, and it has its answer already.

Facts and agreements are told apart by identity: whoever keeps them hands the same
object in again, and an entry holds on to it, so its address cannot be another's.
Nothing that changes by itself is read or kept: no clock, no budget, no pressure.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.classification.facts import Facts
from gateway.kernel.lately import Lately
from gateway.kernel.request import Request
from gateway.licensing.agreement import Agreement
from gateway.licensing.collection import Collection
from gateway.licensing.conditions import (
    Condition,
    Fits,
    Holds,
    address_test,
    facts_test,
)
from gateway.licensing.decide import OUTSIDE, answer_of, scene_of, unruled
from gateway.licensing.decision import Decision
from gateway.licensing.path_table import PathTable
from gateway.licensing.policy import PolicySet
from gateway.licensing.rules import Rule, Then
from gateway.licensing.scene import Resource

ANSWERS_MAX = 8_192
FEW = 8
"""So many open questions are asked one by one; more are looked up in a table."""

COST = frozenset({"resource.cost"})
AGE = frozenset({"resource.age_days", "resource.released"})

Finish = Callable[[Decision], Decision]
Key = tuple[int, int, int, int | None]


@dataclass(frozen=True, slots=True)
class Open:
    """A rule whose facts hold, with a question about the address still open.

    Attributes:
        halves: Its conditions that are left: path patterns (empty for any path),
            and the whole question.
        decision: What the rule answers.
    """

    halves: tuple[tuple[tuple[str, ...], Fits], ...]
    decision: Decision

    def fits(self, path: str, query: str, method: str) -> bool:
        """Is the question answered yes?"""
        return any(fits(path, query, method) for _, fits in self.halves)


class Residue:
    """What is left of a chain once the facts are known."""

    __slots__ = ("_anywhere", "_last", "_open", "_table")

    def __init__(self, left: list[Open], last: Decision) -> None:
        self._open = tuple(left)
        self._last = last
        self._table: PathTable[int] | None = None
        self._anywhere: frozenset[int] = frozenset()
        if len(left) > FEW:
            asked = [
                (number, paths)
                for number, each in enumerate(left)
                for paths, _ in each.halves
            ]
            self._table = PathTable(
                (pattern, number) for number, paths in asked for pattern in paths
            )
            self._anywhere = frozenset(number for number, paths in asked if not paths)

    def answer(self, path: str, query: str, method: str) -> Decision:
        """The first rule whose question about the address is answered yes."""
        candidates = self._open
        if self._table is not None:
            numbers = {number for _, number in self._table.fitting(path)}
            candidates = tuple(
                self._open[number] for number in sorted(numbers | self._anywhere)
            )
        for each in candidates:
            if each.fits(path, query, method):
                return each.decision
        return self._last


@dataclass(frozen=True, slots=True)
class _Half:
    """One condition, its question about facts apart from that about the address."""

    holds: Holds
    paths: tuple[str, ...]
    fits: Fits | None


Kept = tuple[Facts, Agreement | None, Decision, Residue | None]
"""For whom, and the answer; or what is left, with the answer that ends it."""


class Chain:
    """Answers for one collection of one policy set, as `decide` gives them."""

    __slots__ = ("_finish", "_kept", "_policies", "_reads", "_rules", "collection")

    def __init__(
        self, policies: PolicySet, collection: Collection | None, finish: Finish
    ) -> None:
        """Make the rules ready.

        Args:
            policies: The set in force; the chain is of no use for another.
            collection: One of its collections; None for what none covers.
            finish: What becomes of a decision before it is kept: a pure function.
        """
        self.collection = collection
        self._policies = policies
        self._finish = finish
        rules = policies.rules_for(collection) if collection is not None else ()
        self._rules = tuple((rule, _halves(rule)) for rule in rules)
        read = {name for rule in rules for name in rule.facts}
        self._reads = (bool(read & COST), bool(read & AGE))
        self._kept: Lately[Key, Kept] = Lately(ANSWERS_MAX)

    def __len__(self) -> int:
        return len(self._kept)

    def answer(
        self,
        facts: Facts,
        agreement: Agreement | None,
        asked: Request,
        *,
        cost: int,
        age_days: int | None,
    ) -> Decision:
        """What `decide` answers, finished.

        Args:
            facts: What classification says.
            agreement: The agreement in force, or None.
            asked: The request; its path, query and method are looked at.
            cost: Cost units, see `licensing.costs`.
            age_days: The record's age, or None.
        """
        reads_cost, reads_age = self._reads
        key = (
            id(facts),
            id(agreement),
            cost if reads_cost else 0,
            age_days if reads_age else None,
        )
        kept = self._kept.get(key)
        if kept is None:
            resource = Resource(
                self.collection, "", cost=cost, age_days=age_days, method=""
            )
            decision, residue = self._left(facts, resource, agreement)
            kept = self._kept.keep(key, (facts, agreement, decision, residue))
        residue = kept[3]
        if residue is None:
            return kept[2]
        where = self.collection
        path = where.matched(asked.path) if where is not None else asked.path
        return residue.answer(path, asked.query, asked.method)

    def left_for(
        self, facts: Facts, cost: int, agreement: Agreement | None = None
    ) -> tuple[Decision, Residue | None] | None:
        """What `answer` has kept for somebody at some cost, whatever the page's age.

        Returns:
            The answer, or what is left to be asked about the address; None where
            nothing is kept, or ages make a difference.
        """
        (reads_cost, reads_age), where = self._reads, self.collection
        if reads_age and where is not None and where.dated:
            return None
        key = (id(facts), id(agreement), cost if reads_cost else 0, None)
        kept = self._kept.get(key)
        return None if kept is None else (kept[2], kept[3])

    def settled(self, facts: Facts, *, cost: int) -> Decision | None:
        """What `answer` says without an agreement and an age, wherever the page is;
        None where that depends on the address. It is of use for as long as the chain.
        """
        resource = Resource(self.collection, "", cost=cost, age_days=None, method="")
        decision, residue = self._left(facts, resource, None)
        return decision if residue is None else None

    def _left(
        self, facts: Facts, resource: Resource, agreement: Agreement | None
    ) -> tuple[Decision, Residue | None]:
        scene = scene_of(facts, resource, agreement)
        left: list[Open] = []
        for rule, halves in self._rules:
            if scene.agreement is None and rule.outcome.then is Then.METER:
                continue
            holding = [half for half in halves if half.holds(scene)]
            if not holding:
                continue
            decision = self._finish(answer_of(self._policies, rule, scene))
            asks = tuple(
                (half.paths, half.fits) for half in holding if half.fits is not None
            )
            if len(asks) < len(holding):
                return decision, Residue(left, decision) if left else None
            left.append(Open(asks, decision))
        last = OUTSIDE if self.collection is None else unruled(scene)
        decision = self._finish(last)
        return decision, Residue(left, decision) if left else None


def _halves(rule: Rule) -> tuple[_Half, ...]:
    conditions = rule.when or (Condition(),)
    return tuple(
        _Half(facts_test(each), each.paths, address_test(each)) for each in conditions
    )
