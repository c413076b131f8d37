"""What an importer makes: a preset, agents it needs, and what it could not say."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from gateway.classification.known_agents import KnownAgents

UNSAYABLE = re.compile(r"[^\x20-\x7e\u00a0-\ud7ff\ue000-\ufefe]")
"""What stands in no YAML scalar of ours: controls, and marks that nobody sees."""


@dataclass(frozen=True, slots=True, order=True)
class Note:
    """What was not converted, or not word for word.

    Attributes:
        line: Where it stands in what was read, from 1.
        message: What, and why; one sentence without a full stop.
    """

    line: int
    message: str

    def __str__(self) -> str:
        return f"{self.line}  {self.message}"


@dataclass(frozen=True, slots=True)
class Conversion:
    """A preset, and what belongs to it.

    Attributes:
        preset: The text of `presets/<name>.yaml`.
        agents: The texts of `agents/<id>.yaml`, by id, which the catalogue lacks.
        notes: In the order of lines.
        is_of_kind: There was something in it that such files say.
    """

    preset: str
    agents: Mapping[str, str]
    notes: tuple[Note, ...]
    is_of_kind: bool


Importer = Callable[[str, str, KnownAgents], Conversion]
"""From text, the preset's name and the known agents to a conversion."""


@dataclass(slots=True)
class Names:
    """Which agents of ours are meant by names of theirs.

    Attributes:
        known: The catalogue.
        source: What an agent of our own gives as its source.
        made: Agents that the catalogue lacks, as YAML by id.
    """

    known: KnownAgents
    source: str
    made: dict[str, str] = field(default_factory=dict)

    def agent(self, token: str) -> tuple[str, str] | None:
        """Id and kind of the agent that a token names; None where it can be none."""
        found = self.known.match(token)
        if found is not None:
            return found.id, found.kind
        stem = re.sub(r"[^a-z0-9]+", "-", token.lower()).strip("-")
        if not re.fullmatch(r"[A-Za-z0-9][\x20-\x7e]{2,79}", token) or not stem:
            return None
        name = f"imported-{stem}"[:80].rstrip("-")
        lines = (
            f"agent: {name}",
            "kind: unknown",
            f"tokens: [{quoted(token)}]",
            f"source: {self.source}",
        )
        self.made[name] = "\n".join(lines) + "\n"
        return name, "unknown"


def quoted(text: str) -> str:
    """Text as a YAML scalar in double quotes, which JSON's are."""
    return json.dumps(text, ensure_ascii=False)


def listed(texts: Iterable[str]) -> str:
    """Texts as a YAML list on one line."""
    return f"[{', '.join(quoted(text) for text in texts)}]"
