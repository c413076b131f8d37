"""policy_files.importers.anubis: ALLOW and DENY answer as they did."""

import re
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from gateway.classification.facts import Fact, Facts
from gateway.classification.known_agents import KnownAgents
from gateway.kernel.evidence import Level
from gateway.licensing.decide import decide
from gateway.licensing.decision import Allow, Deny
from gateway.licensing.policy import PolicySet
from gateway.licensing.scene import Resource
from gateway.policy_files.agents import AGENT
from gateway.policy_files.faults import Faults
from gateway.policy_files.importers.anubis import anubis_preset
from gateway.policy_files.importers.conversion import Conversion
from gateway.policy_files.importers.plain_expressions import (
    ANYTHING,
    NotPlain,
    Plain,
    alternatives,
)
from gateway.policy_files.loader import load
from gateway.policy_files.preset_cases import alone_in_a_collection, preset_results
from gateway.policy_files.preset_files import PRESET, Preset
from gateway.policy_files.reader import read_yaml
from gateway.policy_files.shapes import Notes
from tests.unit.policy_files.files import lines

SHIPPED = load(Path(__file__).parents[3] / "policies")
POLICY = r"""
bots:
  - {name: well-known, path_regex: '^/\.well-known/.*$', action: ALLOW}
  - {name: favicon, path_regex: '^/favicon\.(?:ico|png)$', action: ALLOW}
  - {name: robots, path_regex: ^/robots\.txt$, action: ALLOW}
  - {name: feeds, path_regex: '\.(rss|atom)$', action: ALLOW}
  - {name: us, user_agent_regex: ArchiveTeam, action: ALLOW}
  - name: trainers
    user_agent_regex: (?i:gptbot|Bytespider|CCBot|meta-externalagents?)
    action: DENY
  - name: seo on search
    user_agent_regex: AhrefsBot|SemrushBot
    path_regex: ^/search
    action: DENY
  - {name: own-name, user_agent_regex: HouseHarvester, action: DENY}
  - {name: mozilla, user_agent_regex: Mozilla|Opera, action: CHALLENGE}
"""
USER_AGENTS = (
    "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "Mozilla/5.0 (Linux; Android 5.0) (compatible; Bytespider; x@y.example)",
    "CCBot/2.0 (https://commoncrawl.org/faq/)",
    "meta-externalagent/1.1 (+https://developers.facebook.com/docs/sharing)",
    "Mozilla/5.0 (compatible; AhrefsBot/7.0; +http://ahrefs.com/robot/)",
    "Mozilla/5.0 (compatible; SemrushBot/7~bl; +http://www.semrush.com/bot.html)",
    "ArchiveTeam ArchiveBot/20200101 wpull",
    "HouseHarvester/2.1",
    "curl/8.5.0",
    "git/2.43.0",
    "Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0",
    "Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)",
)
PATHS = (
    *("/", "/page", "/search", "/search/x", "/searches", "/a/search"),
    *("/robots.txt", "/robots.txt/x", "/.well-known/x", "/.well-known", "/favicon.png"),
    *("/favicon.ico", "/news.rss", "/news.rss/x", "/a/b.atom"),
)


def _converted(text: str) -> Conversion:
    return anubis_preset(text, "from-anubis", SHIPPED.agents)


def _preset(made: Conversion) -> Preset:
    notes = Notes()
    node = read_yaml("presets/from-anubis.yaml", made.preset)
    preset = PRESET.read(node, notes)
    assert lines(notes.faults) == []
    assert isinstance(preset, Preset)
    return preset


def _with_agents(made: Conversion) -> PolicySet:
    own = []
    for name, text in made.agents.items():
        notes = Notes()
        agent, _ = AGENT.read(read_yaml(f"agents/{name}.yaml", text), notes)
        assert lines(notes.faults) == []
        own.append(agent)
    known = KnownAgents((*SHIPPED.agents.agents, *own))
    return PolicySet("", (), SHIPPED.packs, {}, agents=known)


def _theirs(bots: list[dict[str, Any]], user_agent: str, path: str) -> str:
    """What the documentation of bot policies says of a request; no rule: nothing."""
    for bot in bots:
        parts = [("user_agent_regex", user_agent), ("path_regex", path)]
        asked = [(bot[key], text) for key, text in parts if key in bot]
        if all(re.search(expression, text) for expression, text in asked):
            return str(bot["action"])
    return ""


def _matrix() -> Iterator[tuple[str, str]]:
    for user_agent in USER_AGENTS:
        for path in PATHS:
            yield user_agent, path


def test_allow_and_deny_answer_as_they_did() -> None:
    made = _converted(POLICY)
    house = _with_agents(made)
    alone = alone_in_a_collection(_preset(made), house)
    bots = yaml.safe_load(POLICY)["bots"]
    seen = set()

    for user_agent, path in _matrix():
        agent = house.agents.match(user_agent)
        told = {"client.agent": agent.id, "client.kind": agent.kind} if agent else {}
        facts = {name: Fact(to, Level.CLAIMED, "test") for name, to in told.items()}
        resource = Resource(alone.collections[0], path)
        ours = decide(alone, Facts(facts), resource, None)
        theirs = _theirs(bots, user_agent, path)
        seen.add(theirs)
        is_ours = ours.ruling.rule.startswith("from-anubis")
        assert isinstance(ours, Deny) == (theirs == "DENY"), (user_agent, path)
        if theirs == "ALLOW":
            assert isinstance(ours, Allow), (user_agent, path)
        assert is_ours == (theirs in {"ALLOW", "DENY"}), (user_agent, path)

    assert seen == {"ALLOW", "DENY", "CHALLENGE", ""}


def test_its_cases_hold() -> None:
    made = _converted(POLICY)
    results = list(preset_results([_preset(made)], _with_agents(made)))

    assert [str(result) for result in results if not result.holds] == []
    assert len(results) >= 3


def test_an_address_list_asks_for_proof() -> None:
    made = _converted(
        r"- {name: qwantbot, user_agent_regex: '\+https\://help\.qwant\.com/bot/', "
        "action: ALLOW, remote_addresses: [91.242.162.0/24]}"
    )

    assert 'client.agent: {in: ["qwantbot"], level: verified}' in made.preset
    assert "by the rule's name" in str(made.notes[0])


@pytest.mark.parametrize(
    ("bot", "because"),
    [
        ("headers_regex: {CF-Worker: .*}, action: DENY", "single header fields"),
        ("expression: 'userAgent == \"\"', action: DENY", "no expressions"),
        ("geoip: {countries: [BR]}, action: DENY", "countries"),
        ("asns: {match: [1]}, action: DENY", "whose network"),
        ("import: (data)/bots/x.yaml", '"(data)/bots/x.yaml" is another file'),
        ("remote_addresses: [10.0.0.0/8], action: ALLOW", "see no addresses"),
        ("user_agent_regex: Mozilla, action: DENY", "names nobody"),
        ("user_agent_regex: '[A-Z]+', action: DENY", "a set of letters"),
        ("user_agent_regex: GPTBot, action: WEIGH", "weights are for challenges"),
        ("user_agent_regex: GPTBot, action: EAT", "no action"),
        ("colour: red, action: DENY", '"colour" is unknown'),
        ("action: DENY", "everybody"),
    ],
)
def test_what_cannot_be_said_is_left_out_whole_and_named(
    bot: str, because: str
) -> None:
    made = _converted(f"bots:\n  - {{name: that, {bot}}}\n")

    assert "rules:" not in made.preset
    assert any(because in note.message and note.line == 2 for note in made.notes)


def test_a_challenge_is_a_budget_and_said_to_be() -> None:
    made = _converted("[{name: a, user_agent_regex: GPTBot, action: CHALLENGE}]")

    (rule,) = _preset(made).rules
    assert (rule.outcome.then.value, rule.outcome.budget) == ("allow", "anonymous")
    assert "no challenge" in made.notes[0].message


def test_json_is_read_too() -> None:
    made = _converted('{"bots": [{"name": "a", "user_agent_regex": "GPTBot",'
                      ' "action": "DENY"}], "dnsbl": true}')  # fmt: skip

    assert [rule.id for rule in _preset(made).rules] == ["from-anubis-a"]
    assert [note.message for note in made.notes] == ['"dnsbl" has no counterpart']


@pytest.mark.parametrize(
    ("expression", "meant"),
    [
        ("a|b", [Plain("a"), Plain("b")]),
        (r"^/a\.txt$", [Plain("/a.txt", is_start=True, is_end=True)]),
        ("(?i:a(b|c)?d)", [Plain("ad"), Plain("abd"), Plain("acd")]),
        ("a.*b", [Plain(f"a{ANYTHING}b")]),
        ("(?i)bot", [Plain("bot")]),
        ("^/(a|b)$|c", [Plain("/a", is_start=True, is_end=True),
                        Plain("/b", is_start=True, is_end=True), Plain("c")]),
    ],
)  # fmt: skip
def test_a_plain_expression_is_read_as_what_it_means(
    expression: str, meant: list[Plain]
) -> None:
    assert alternatives(expression) == meant


@pytest.mark.parametrize(
    "expression",
    ["a+", r"\d", "[ab]", "(a", "a)", "(?=a)", "a{2}", "a$b", "b^a", "*", "a\\", "^?a"],
)
def test_any_other_expression_is_refused(expression: str) -> None:
    with pytest.raises(NotPlain):
        alternatives(expression)


@pytest.mark.parametrize(
    "text",
    [
        "- {name: a, action: DENY, user_agent_regex: '" + "(a|b)" * 1_000 + "'}",
        "- {name: a, action: DENY, user_agent_regex: '" + "(" * 4_000 + "'}",
        "- {name: a, action: DENY, path_regex: '" + "(a?)" * 40 + "'}",
        "".join(
            f"- {{name: a, action: DENY, path_regex: ^/{n}}}\n" for n in range(4_000)
        ),
    ],
    ids=["alternatives", "brackets", "options", "rules"],
)
def test_a_hostile_policy_is_done_with_soon(text: str) -> None:
    before = time.process_time()
    _converted(text)

    assert time.process_time() - before < 20


def test_what_is_no_yaml_is_a_fault() -> None:
    for text in ("a: &x [*x]", "{", "", "x" * 2_000_000):
        with pytest.raises(Faults):
            _converted(text)
