"""Labelled user agents from public lists, each beside what we call it.

The rows lie in `../shared/data/ua` (see SOURCES.md there); the repository holds none.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
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
# What lists call a purpose, and is another one than gathering for AI.
OTHER_PURPOSES = {
    *("academic", "advertising", "http-library", "scanner", "search-engine", "seo"),
    "social-preview",
}


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

    @property
    def is_declared_ai(self) -> bool:
        """Its user agent says which AI crawler it is, by at least one list."""
        return self.is_ai and not self.is_token

    @property
    def is_disputed(self) -> bool:
        """Another list states a purpose for it that is none of AI's."""
        stated = {source["category"] for source in self.sources.values()}
        return bool(stated & OTHER_PURPOSES)

    def is_recognised(self, index: Mapping[str, str]) -> bool:
        """Is its operator the index's, where that names one; else, is it called AI?"""
        operator = self.operator_in(index)
        if operator:
            return _plain(self.told["operator"]) == _plain(operator)
        return self.told["kind"] in AI_KINDS

    def operator_in(self, index: Mapping[str, str]) -> str:
        """Its operator by an index of tokens; of several tokens the first counts."""
        text = self.user_agent
        found = [(hit.start(), index[t]) for t in index if (hit := _stands(t, text))]
        return min(found)[1] if found else ""


def operators() -> dict[str, str]:
    """`ai-crawler-index.json`: from the token of a user agent to its operator."""
    index = json.loads((DATA / "ai-crawler-index.json").read_text(encoding="utf-8"))
    return {each["robots_token"]: each["operator"] for each in index["crawlers"]}


def _stands(token: str, text: str) -> re.Match[str] | None:
    """Where a token names the client, rather than one that it is compatible with."""
    pattern = rf"(?<![^\W_])(?<!compatible with ){re.escape(token)}(?![^\W_])"
    return re.search(pattern, text, re.IGNORECASE)


def _plain(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


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
