"""policy_files.importers.robots: what robots.txt forbids stays forbidden."""

import time
from collections.abc import Sequence
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from protego import Protego

from gateway.classification.facts import Fact, Facts
from gateway.classification.known_agents import Agent
from gateway.kernel.evidence import Level
from gateway.licensing.decide import decide
from gateway.licensing.decision import Deny
from gateway.licensing.policy import PolicySet
from gateway.licensing.scene import Resource
from gateway.policy_files.importers.conversion import Conversion
from gateway.policy_files.importers.robots import CRAWLERS, robots_preset
from gateway.policy_files.loader import check, load
from gateway.policy_files.preset_cases import alone_in_a_collection, every_result
from gateway.policy_files.preset_files import PRESET, Preset
from gateway.policy_files.reader import read_yaml
from gateway.policy_files.shapes import Notes
from tests.unit.policy_files.files import COLLECTION, lines, written

POLICIES = Path(__file__).parents[3] / "policies"
SHIPPED = load(POLICIES)
AGENTS = {agent.id: agent for agent in SHIPPED.agents.agents}
NAMED = ("gptbot", "googlebot", "ccbot")
DSPACE = """\
Sitemap: https://archive.example/sitemap_index.xml

User-agent: *
Disallow: /search
Disallow: /admin/*
Disallow: /entities/*?f
Disallow: /collections/*?f
# Disallow: /statistics

User-agent: Mediapartners-Google*
Disallow: /

User-agent: UbiCrawler
User-agent: Offline Explorer
Disallow: /
"""


def _converted(text: str) -> Conversion:
    return robots_preset(text, "from-robots", SHIPPED.agents)


def _preset(made: Conversion) -> Preset:
    notes = Notes()
    node = read_yaml("presets/from-robots.yaml", made.preset)
    preset = PRESET.read(node, notes)
    assert lines(notes.faults) == []
    assert isinstance(preset, Preset)
    return preset


def _alone(text: str) -> PolicySet:
    return alone_in_a_collection(_preset(_converted(text)), SHIPPED)


def _is_denied(policies: PolicySet, agent: Agent, path: str, query: str) -> bool:
    told = {"client.agent": agent.id, "client.kind": agent.kind}
    facts = Facts({name: Fact(to, Level.CLAIMED, "test") for name, to in told.items()})
    resource = Resource(policies.collections[0], path, query)
    return isinstance(decide(policies, facts, resource, None), Deny)


segments = st.sampled_from(["a", "b", "ab", "search", "x.pdf", "é"])
targets = st.builds(
    lambda parts, query: ("/" + "/".join(parts), query),
    st.lists(segments, max_size=3),
    st.sampled_from(["", "f=1", "q=a&f=1", "a/b=c", "f", "x=a?f=1", "diff=b*"]),
)
pieces = st.sampled_from(
    ["/", "a", "b", "*", "?", "f", "=", "&", "x.pdf", "%C3%A9", "search"]
)
patterns = st.lists(pieces, max_size=6).map("".join).map(lambda text: "/" + text)
ended = st.builds(lambda text, end: text + end, patterns, st.sampled_from(["", "$"]))
rules = st.tuples(st.sampled_from(["Allow", "Disallow"]), ended)
groups = st.tuples(
    st.sampled_from(["*", "GPTBot", "Googlebot", "CCBot"]),
    st.lists(rules, min_size=1, max_size=5),
)


@given(st.lists(groups, min_size=1, max_size=3), st.lists(targets, min_size=1))
@example([("*", [("Disallow", "/*?f")])], [("/a", "x=a?f=1")])
@example([("*", [("Disallow", "/"), ("Allow", "//*")])], [("/", "")])
@example([("GPTBot", [("Disallow", "/a/"), ("Allow", "/a/b/")])], [("/a/b", "")])
def test_nothing_is_let_through_that_robots_disallows(
    said: Sequence[tuple[str, Sequence[tuple[str, str]]]],
    asked: Sequence[tuple[str, str]],
) -> None:
    text = "\n".join(
        line
        for agent, told in said
        for line in (
            f"User-agent: {agent}",
            *(f"{name}: {to}" for name, to in told),
            "",
        )
    )
    policies, oracle = _alone(text), Protego.parse(text)

    for name in NAMED:
        agent = AGENTS[name]
        assert agent.kind in CRAWLERS
        for path, query in asked:
            url = f"{path}?{query}" if query else path
            if not oracle.can_fetch(url, agent.tokens[0]):
                assert _is_denied(policies, agent, path, query), (name, url, text)


@pytest.mark.parametrize(
    ("agent", "target", "is_denied"),
    [
        ("googlebot", "/search", True),
        ("googlebot", "/search?query=x", True),
        ("googlebot", "/items/42", False),
        ("googlebot", "/entities/person/7?f.subject=x", True),
        ("googlebot", "/entities/person/7?view=f", False),
        ("googlebot", "/entities/person/7", False),
        ("mediapartners-google", "/items/42", True),
        ("offline-explorer", "/items/42", True),
    ],
)
def test_what_dspace_ships_is_kept_to(
    agent: str, target: str, *, is_denied: bool
) -> None:
    path, _, query = target.partition("?")

    assert _is_denied(_alone(DSPACE), AGENTS[agent], path, query) is is_denied


def test_a_reader_is_not_spoken_to() -> None:
    browser = Agent("", "browser", ("x",))

    assert not _is_denied(_alone("User-agent: *\nDisallow: /\n"), browser, "/a", "")


def test_a_crawler_that_is_named_heeds_no_other_group() -> None:
    policies = _alone(
        "User-agent: *\nDisallow: /\n\nUser-agent: GPTBot\nDisallow: /a\n"
    )

    assert _is_denied(policies, AGENTS["gptbot"], "/a/b", "")
    assert not _is_denied(policies, AGENTS["gptbot"], "/b", "")
    assert _is_denied(policies, AGENTS["ccbot"], "/b", "")


def test_what_it_makes_loads_and_its_cases_hold(tmp_path: Path) -> None:
    made = _converted(DSPACE + "\nUser-agent: NobodyKnowsThisBot\nDisallow: /x\n")
    pack = (POLICIES / "packs/copyfair.yaml").read_text(encoding="utf-8")
    own = COLLECTION.replace("extends: pack", "preset: from-robots")
    folder = written(
        tmp_path,
        packs__copyfair=pack,
        presets__from_robots=made.preset,
        collections__registers=own,
    )
    (folder / "agents").mkdir()
    for name, text in made.agents.items():
        (folder / "agents" / f"{name}.yaml").write_text(text, encoding="utf-8")

    loading = check(folder, shipped=POLICIES)
    results = every_result(folder, shipped=POLICIES)

    assert lines(loading.faults) == []
    assert set(made.agents) >= {"imported-nobodyknowsthisbot"}
    assert [str(result) for result in results if not result.holds] == []
    assert len(results) >= 8


def test_a_crawl_delay_is_a_budget() -> None:
    preset = _preset(_converted("User-agent: *\nCrawl-delay: 10\nDisallow:\n"))

    terms = preset.budgets["crawlers-crawl-delay"]
    assert (terms.cost, terms.window_s) == (360, 3_600)
    assert [rule.outcome.budget for rule in preset.rules] == ["crawlers-crawl-delay"]


@pytest.mark.parametrize("value", ["0", "-1", "nan", "inf", "soon", "1e9"])
def test_a_delay_that_is_none_is_told(value: str) -> None:
    made = _converted(f"User-agent: *\nCrawl-delay: {value}\n")

    assert "budgets:" not in made.preset
    assert [note.line for note in made.notes] == [2]


def test_reserved_uses_meet_an_offer_and_granted_ones_nothing() -> None:
    text = (
        "User-agent: *\nContent-Signal: search=yes, ai-train=no\n"
        "Content-Usage: /open/ train-ai=y\nContent-Usage: /maps/ ai-use=n, colour=n\n"
    )
    made = _converted(text)

    assert [rule.outcome.then.value for rule in _preset(made).rules] == ["offer"] * 2
    assert 'path: "/maps/**"' in made.preset
    assert "/open/" not in made.preset
    assert any('"colour" is no use' in note.message for note in made.notes)


def test_every_line_it_cannot_keep_is_named() -> None:
    text = (
        "Noise: 1\nUser-agent: !!\nDisallow: /\n\nUser-agent: GPTBot\n"
        "Disallow: relative\nAllow: /a?b\nDisallow: /a\nDisallow: /\x7f\n"
    )

    assert [note.line for note in _converted(text).notes] == [1, 2, 6, 7, 9]


@pytest.mark.parametrize(
    "text",
    [
        "User-agent: *\n" + "Disallow: /" + "*a" * 200_000,
        "User-agent: *\nDisallow: /" + "*a" * 100 + "\n" + "Disallow: /a\n" * 40_000,
        "User-agent: x\n" * 60_000 + "Disallow: /\n",
        "".join(f"User-agent: bot{n}\nDisallow: /{n}\n" for n in range(20_000)),
        "\x00\xff:" * 200_000,
        'User-agent: GPTBot\nDisallow: /{a: b}\nDisallow: /"\\x\nDisallow: /#x\n',
    ],
    ids=["stars", "lines", "agents", "groups", "bytes", "yaml"],
)
def test_a_hostile_file_is_done_with_soon(text: str) -> None:
    before = time.process_time()
    made = _converted(text)
    took_s = time.process_time() - before

    assert took_s < 20
    assert made.preset.count("\n") < 40_000
