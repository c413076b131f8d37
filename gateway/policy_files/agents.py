"""Agents: one known client per file, and the catalogue they make together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath
from typing import Any

from gateway.classification.facts import KINDS
from gateway.classification.known_agents import (
    TOKEN_CHARS_MAX,
    Agent,
    KnownAgents,
    lowered,
    token_fault,
)
from gateway.kernel.use import Commercial, Use
from gateway.policy_files.faults import Faults, Mark
from gateway.policy_files.folder import PolicyFile, files_in, missing_folder, parsed
from gateway.policy_files.reader import Listing, Node, Text
from gateway.policy_files.reader import Mapping as Keys
from gateway.policy_files.scalars import FLAG, HOST, ID, URL
from gateway.policy_files.shapes import Json, Key, ListOf, Notes, Record, Word, shown

KIND_WORDS = tuple(sorted(KINDS))
OBEYS = ("yes", "no", "unknown")


class Token:
    """What a user agent contains; read as plain text, never as a pattern."""

    def read(self, node: Node, notes: Notes) -> Any:
        fault = (
            token_fault(node) if isinstance(node, Text) else f"no {shown(node)} here"
        )
        if fault:
            return notes.fault(node.mark, fault)
        return node

    def schema(self) -> Json:
        return {"type": "string", "minLength": 3, "maxLength": TOKEN_CHARS_MAX}


TOKENS = ListOf(Token())


def _agent(values: dict[str, Any], node: Keys, notes: Notes) -> tuple[Agent, Keys]:
    agent = Agent(
        id=values["agent"],
        kind=values["kind"],
        tokens=tuple(str(token) for token in values["tokens"]),
        operator=values.get("operator", ""),
        uses=frozenset(Use(use) for use in values.get("uses", ())),
        commercial=Commercial(values.get("commercial", Commercial.UNKNOWN)),
        acts_for_person=values.get("acts_for_person", False),
        obeys_robots=values.get("obeys_robots", "unknown"),
        source=values["source"],
        signature_agents=tuple(values.get("signature_agents", ())),
        reverse_names=tuple(values.get("reverse_names", ())),
    )
    stem = PurePosixPath(node.mark.file).stem
    if stem != agent.id:
        detail = f'the agent "{agent.id}" stands in a file of another name'
        notes.fault(node.mark, detail, f"call the file {agent.id}.yaml")
    return agent, node


AGENT = Record(
    "agent",
    {
        "agent": Key(ID, "As the file is called.", required=True),
        "operator": Key(ID, "Who runs it; left out where anybody may."),
        "kind": Key(Word("kind of client", KIND_WORDS), "What it is.", required=True),
        "tokens": Key(TOKENS, "What its user agent contains.", required=True),
        "uses": Key(
            ListOf(Word("use", tuple(use.value for use in Use))),
            "What its operator says the copies are for.",
        ),
        "commercial": Key(
            Word("commercial use", tuple(word.value for word in Commercial)),
            "Does that seek economic advantage?",
        ),
        "acts_for_person": Key(FLAG, "Fetches a page because one person asked."),
        "obeys_robots": Key(
            Word("obedience to robots.txt", OBEYS, (True, False)), "As published."
        ),
        "signature_agents": Key(
            ListOf(HOST), "Hosts where it publishes the keys that it signs with."
        ),
        "reverse_names": Key(
            ListOf(HOST), "Domains that the names of its addresses end in."
        ),
        "source": Key(URL, "Where all this is written.", required=True),
    },
    _agent,
)
"""The shape of `policies/agents/<id>.yaml`."""


def agents_of(files: Iterable[PolicyFile], notes: Notes) -> KnownAgents:
    """The catalogue that *files* make; every fault goes into *notes*.

    Where there are faults, the catalogue holds the agents without any.
    """
    taken: dict[str, Mark] = {}
    agents: list[Agent] = []
    for agent, node in _read(files, notes):
        before = len(notes.faults)
        for token in _tokens(node):
            first = taken.setdefault(lowered(token), token.mark)
            if first is not token.mark:
                detail = f'the token "{token}" is taken already'
                notes.fault(token.mark, detail, f"it stands in {first}")
        if len(notes.faults) == before:
            agents.append(agent)
    return KnownAgents(agents)


def read_agents(folder: Path) -> tuple[Agent, ...]:
    """Read `agents/` of a policies folder.

    Raises:
        Faults: anything is wrong in it; carries every fault.
    """
    if not folder.is_dir():
        raise missing_folder(folder)
    notes = Notes()
    catalogue = agents_of(files_in(folder, "agents", notes), notes)
    if notes.faults:
        raise Faults(notes.faults)
    return catalogue.agents


def _read(files: Iterable[PolicyFile], notes: Notes) -> Iterator[tuple[Agent, Keys]]:
    for file in files:
        before = len(notes.faults)
        document = parsed(file, notes)
        typed = None if document is None else AGENT.read(document, notes)
        if len(notes.faults) == before and typed is not None:
            yield typed


def _tokens(node: Keys) -> Iterator[Text]:
    tokens = node[Text("tokens")]
    if isinstance(tokens, Listing):
        yield from (token for token in tokens if isinstance(token, Text))
