"""What stands around claims, in memory; held to the same contracts as the stores."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Protocol

from gateway.kernel.errors import Conflict
from gateway.reciprocity.appeal import Appeal
from gateway.reciprocity.correction import Correction, Decided
from gateway.reciprocity.harm import Harm, Harmed, Ruling
from gateway.reciprocity.sampling import Draw


class Appeals(Protocol):
    def appeals(self) -> tuple[Appeal, ...]: ...


class FakeDraws:
    def __init__(self) -> None:
        self.rows: dict[tuple[str, str], Draw] = {}

    def add(self, draw: Draw) -> None:
        if self.find(draw.seed, draw.reviewer_id):
            raise Conflict("drawn before")
        self.rows[draw.seed, draw.reviewer_id] = draw

    def find(self, seed: str, reviewer_id: str) -> Draw | None:
        return self.rows.get((seed, reviewer_id))

    def all(self) -> tuple[Draw, ...]:
        def place(draw: Draw) -> tuple[int, str, str]:
            return draw.drawn_us, draw.seed, draw.reviewer_id

        return tuple(sorted(self.rows.values(), key=place))


class FakeHarms:
    def __init__(self, contributions: Appeals) -> None:
        self._contributions = contributions
        self.rows: dict[str, Harm] = {}
        self.rulings: dict[str, Ruling] = {}

    def add(self, harm: Harm) -> None:
        if harm.id in self.rows:
            raise Conflict("the id is taken")
        self.rows[harm.id] = harm

    def rule(self, ruling: Ruling) -> None:
        found = self.find(ruling.harm_id)
        if found is None or found.appeal is None or found.ruling is not None:
            raise Conflict("nothing to rule on")
        if ruling.by in {found.harm.by, found.harm.party_id}:
            raise Conflict("by another")
        self.rulings[ruling.harm_id] = ruling

    def find(self, harm_id: str) -> Harmed | None:
        harm = self.rows.get(harm_id)
        if harm is None:
            return None
        about = {each.about: each for each in self._contributions.appeals()}
        return Harmed(harm, about.get(harm_id), self.rulings.get(harm_id))

    def all(self) -> tuple[Harmed, ...]:
        by = sorted(self.rows.values(), key=lambda each: (each.harmed_us, each.id))
        return tuple(found for each in by if (found := self.find(each.id)))


class FakeCorrections:
    def __init__(self) -> None:
        self.rows: dict[str, Correction] = {}
        self.decided: dict[str, Decided] = {}

    def keep(self, correction: Correction) -> None:
        self.rows.setdefault(correction.id, correction)

    def decide(self, decided: Decided) -> None:
        name = decided.correction_id
        if name in self.decided or name not in self.rows:
            raise Conflict("decided before, or not there")
        self.decided[name] = decided

    def forget(self, correction_id: str) -> None:
        if correction_id in self.rows:
            known = self.rows[correction_id]
            self.rows[correction_id] = replace(known, name="", contact="")

    def find(self, correction_id: str) -> Correction | None:
        return self.rows.get(correction_id)

    def all(self) -> tuple[Correction, ...]:
        by = sorted(self.rows.values(), key=lambda each: (each.received_us, each.id))
        return tuple(by)

    def decisions(self) -> Mapping[str, Decided]:
        return dict(sorted(self.decided.items()))
