"""Content-Signal and Content-Usage (AIPREF) of a robots.txt, as rules about uses.

A reservation is no wall: whoever copies for a reserved use meets an offer, unless an
agreement says otherwise. What is granted needs no rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.policy_files.importers.conversion import Note, listed, quoted
from gateway.policy_files.importers.robots_lines import RobotsLine
from gateway.policy_files.importers.robots_patterns import (
    Target,
    Unsayable,
    disallowed,
)

USES: Mapping[str, str] = MappingProxyType(
    {
        "ai-train": "train",
        "ai-input": "rag",
        "search": "search",
        "train-ai": "train",
        "ai-use": "rag",
    }
)
"""Their words for uses, and ours."""
RESERVED, GRANTED = frozenset(("no", "n")), frozenset(("yes", "y"))
PAIR = re.compile(r"([a-z-]+)[ \t]*=[ \t]*([a-z]+)(;.*)?")


@dataclass(frozen=True, slots=True)
class SpokenTo:
    """Whom a group of lines speaks to.

    Attributes:
        name: What rule ids begin with.
        when: The same as conditions, in YAML.
    """

    name: str
    when: str


def signals_of(
    lines: Iterable[RobotsLine], spoken_to: SpokenTo, notes: list[Note]
) -> Iterator[str]:
    """Rules for the signals among the *lines* of one group."""
    for line in lines:
        if line.name not in {"content-signal", "content-usage"}:
            continue
        path, value = "", line.value
        if line.name == "content-usage" and value.startswith("/"):
            path, _, value = value.partition(" ")
        uses = _reserved(line, value, notes)
        if not uses:
            continue
        try:
            targets = disallowed(path)[0] if path else [Target("")]
        except Unsayable as error:
            notes.append(Note(line.number, f"{line.name} {path[:60]}: {error}"))
            continue
        asked = f"{spoken_to.when}, use.class: {listed(uses)}, agreement.in_force: no"
        for number, target in enumerate(targets):
            suffix = f"-{number + 1}" if number else ""
            rule = f"{spoken_to.name}-line-{line.number}{suffix}"
            yield _offer(rule, f"{asked}{_where(target)}", line.number)


def _where(target: Target) -> str:
    path = f", path: {quoted(target.path)}" if target.path else ""
    return path + (f", query: {quoted(target.query)}" if target.query else "")


def _offer(rule: str, when: str, number: int) -> str:
    because = f"The robots.txt of this site reserves this use (line {number})."
    return "\n".join(
        (
            f"  - id: {rule}",
            f"    when: {{{when}}}",
            "    then: offer",
            f"    because: {because}",
            "    class: automation",
            "    budget: anonymous",
            "    lane: automation",
        )
    )


def _reserved(line: RobotsLine, value: str, notes: list[Note]) -> list[str]:
    uses: list[str] = []
    for written in value.split(","):
        found = PAIR.fullmatch(written.strip().lower())
        word, answer = (found[1], found[2]) if found else (written.strip()[:40], "")
        if word not in USES or answer not in RESERVED | GRANTED:
            notes.append(Note(line.number, f'"{word}" is no use that we tell apart'))
        elif answer in RESERVED and USES[word] not in uses:
            uses.append(USES[word])
            detail = (
                f"{word}={answer} is an offer, not a refusal, and only for crawlers"
            )
            notes.append(Note(line.number, f"{detail} whose operator states the use"))
    return uses
