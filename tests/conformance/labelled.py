"""Labelled user agents from public lists, each beside what we call it.

The rows lie in `../shared/data/ua` (see SOURCES.md there); the repository holds none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any

from gateway.classification.describe import described
from gateway.classification.known_agents import Agent, KnownAgents

ROOT = Path(__file__).parents[2]
DATA = ROOT.parent / "shared" / "data" / "ua"
LABELLED = DATA / "labelled_user_agents.jsonl"
WEIGHT = re.compile(r"w=([\d.]+(?:e-?\d+)?)")
PEOPLE = {"person", "browser"}
AI_KINDS = {"ai-crawler", "ai-fetcher"}


@dataclass(frozen=True)
class Row:
    user_agent: str
    expected: str
    is_ai: bool
    is_token: bool
    sources: dict[str, dict[str, str]]
    told: dict[str, str]

    @property
    def weight(self) -> Fraction:
        """Share of real traffic, where the source knows it."""
        found = [WEIGHT.search(source["name"]) for source in self.sources.values()]
        return sum((Fraction(hit[1]) for hit in found if hit), Fraction(0))

    @property
    def is_person(self) -> bool:
        """A person, by every source: some rows call themselves misfits instead."""
        return self.expected == "human" and not any(
            source["name"].startswith("ZZZ ")
            or source["category"] in {"library", "feed reader"}
            for source in self.sources.values()
        )


def labelled(catalogue: Iterable[Agent]) -> list[Row]:
    """Every row, with what a catalogue of these agents calls it."""
    agents = KnownAgents(catalogue)
    lines = LABELLED.read_text(encoding="utf-8").splitlines()
    raw: list[dict[str, Any]] = [json.loads(line) for line in lines]
    return [
        Row(
            row["ua"],
            row["expected"],
            row["ai"],
            row["token_only"],
            row["sources"],
            described(row, agents),
        )
        for row in raw
    ]
