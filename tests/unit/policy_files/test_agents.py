"""gateway.policy_files.agents: one client per file, every fault with its place."""

from __future__ import annotations

from gateway.classification.known_agents import KnownAgents
from gateway.kernel.use import Commercial, Use
from gateway.policy_files.agents import agents_of
from gateway.policy_files.folder import PolicyFile
from gateway.policy_files.shapes import Notes

GPTBOT = """\
# https://platform.openai.com/docs/bots
agent: gptbot
operator: openai
kind: ai-crawler
tokens: ["GPTBot"]
uses: [train]
commercial: direct
acts_for_person: no
obeys_robots: yes
source: https://platform.openai.com/docs/bots
"""


def read(**files: str) -> tuple[KnownAgents, list[str]]:
    notes = Notes()
    agents = agents_of(
        [
            PolicyFile(f"agents/{name.replace('_', '-')}.yaml", text.encode())
            for name, text in files.items()
        ],
        notes,
    )
    return agents, [str(fault) for fault in notes.faults]


def test_a_file_becomes_an_agent() -> None:
    agents, faults = read(gptbot=GPTBOT)

    assert faults == []
    (agent,) = agents.agents
    assert agent.id == "gptbot"
    assert agent.operator == "openai"
    assert agent.uses == {Use.TRAIN}
    assert agent.commercial is Commercial.DIRECT
    assert agent.obeys_robots == "yes"
    assert not agent.acts_for_person
    assert agents.match("GPTBot/1.0") is agent


def test_every_fault_has_its_place() -> None:
    wrong = GPTBOT.replace("ai-crawler", "ai-crawlr").replace("GPTBot", "-")

    agents, faults = read(gptbot=wrong.replace("operator:", "oprator:"))

    assert len(agents) == 0
    assert len(faults) == 3
    assert faults[0].startswith("agents/gptbot.yaml:3:1  ")
    assert 'did you mean "operator"?' in faults[0]
    assert faults[1].startswith("agents/gptbot.yaml:4:7  ")
    assert 'did you mean "ai-crawler"?' in faults[1]
    assert faults[2].startswith("agents/gptbot.yaml:5:10  ")


def test_two_files_cannot_share_a_token() -> None:
    other = GPTBOT.replace("agent: gptbot", "agent: other").replace("GPTBot", "gptBOT")

    _, faults = read(gptbot=GPTBOT, other=other)

    assert len(faults) == 1
    assert faults[0].startswith("agents/other.yaml:5:10  ")
    assert "agents/gptbot.yaml:5:10" in faults[0]


def test_a_file_is_called_as_its_agent() -> None:
    _, faults = read(other=GPTBOT)

    assert len(faults) == 1
    assert "call the file gptbot.yaml" in faults[0]


def test_a_file_that_lacks_its_source_is_refused() -> None:
    _, faults = read(gptbot=GPTBOT.replace("source:", "# source:"))

    assert len(faults) == 1
    assert 'lacks the key "source"' in faults[0]


def test_a_token_is_one_text() -> None:
    _, faults = read(gptbot=GPTBOT.replace('["GPTBot"]', "[[a, b]]"))

    assert len(faults) == 1
    assert faults[0].startswith("agents/gptbot.yaml:5:10  ")
