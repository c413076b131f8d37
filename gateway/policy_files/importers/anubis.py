"""Anubis' bot policies as a preset: who is let through, and who is sent away.

Read from its documentation, https://anubis.techaro.lol/docs/admin/policies: rules are
asked in order, all that a rule names must match, ALLOW and DENY answer. A challenge is
no answer of ours: whom it would have met draws on a budget under pressure. A rule that
asks for anything we cannot is left out whole, because half of it would mean more.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from gateway.classification.known_agents import KnownAgents
from gateway.licensing.globs import PATTERN_CHARS_MAX, path_matches
from gateway.policy_files.faults import Faults
from gateway.policy_files.importers.conversion import (
    UNSAYABLE,
    Conversion,
    Names,
    Note,
    listed,
    quoted,
)
from gateway.policy_files.importers.plain_expressions import (
    ANYTHING,
    SEGMENT,
    NotPlain,
    Plain,
    alternatives,
)
from gateway.policy_files.reader import Listing, Mapping, Node, Text, read_noting
from gateway.policy_files.shapes import shown

ACTIONS = frozenset(("ALLOW", "DENY", "CHALLENGE", "BENCHMARK", "WEIGH"))
PAGE = "/an/ordinary/page"
KNOWN_KEYS = frozenset(
    ("name", "action", "user_agent_regex", "path_regex", "remote_addresses")
)
IGNORED_KEYS = frozenset(("challenge", "weight"))
CANNOT = {
    "headers_regex": "policies do not see single header fields",
    "expression": "policies have no expressions",
    "geoip": "policies do not know countries of addresses",
    "asns": "policies do not know whose network an address is of",
}
EVERYWHERE = re.compile(
    r"(?:mozilla|opera|chrome|safari|firefox|gecko|compatible|windows|linux|macintosh"
    r"|bot|crawl|crawler|spider|https?|applewebkit|khtml|version|mobile)[/ ]?",
    re.IGNORECASE,
)
"""Words that browsers and thousands of others share: they name nobody."""


class Unconvertible(ValueError):
    """A rule is left out; says why."""


@dataclass(slots=True)
class _Parts:
    """What is being made."""

    name: str
    names: Names
    is_page_answered: bool = False
    ids: set[str] = field(default_factory=set)
    answered: set[str] = field(default_factory=set)
    rules: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    notes: list[Note] = field(default_factory=list)


def anubis_preset(text: str, name: str, known: KnownAgents) -> Conversion:
    """Convert a bot policy, YAML or JSON, whole or one of its imports.

    Args:
        text: Its content.
        name: The preset's name.
        known: The catalogue in which names of crawlers are looked up.

    Raises:
        Faults: it is no YAML, or more than we want to read.
    """
    node, faults = read_noting("botPolicies", text)
    if node is None:
        raise Faults(faults)
    parts = _Parts(name, Names(known, "/botPolicies.yaml"))
    bots = list(_bots(node, parts.notes))
    for bot in bots:
        try:
            _convert(bot, parts)
        except (Unconvertible, NotPlain) as error:
            told = str(bot.get(Text("name"), "a rule"))[:60]
            parts.notes.append(Note(bot.mark.line, f'"{told}" is left out: {error}'))
    notes = tuple(sorted(set(parts.notes)))
    made = parts.names.made
    return Conversion(_written(parts), made, notes, is_of_kind=bool(bots))


def _bots(node: Node, notes: list[Note]) -> Iterator[Mapping]:
    bots = node
    if isinstance(node, Mapping):
        notes += [
            Note(key.mark.line, f'"{key[:60]}" has no counterpart')
            for key in node
            if key != "bots"
        ]
        bots = node.get(Text("bots"), Listing(node.mark))
    for bot in bots if isinstance(bots, Listing) else ():
        if isinstance(bot, Mapping):
            yield bot
        else:
            notes.append(Note(bot.mark.line, "this is no rule"))


def _convert(bot: Mapping, parts: _Parts) -> None:
    action = _action(bot)
    agents = _agents(bot, parts)
    paths = _paths(bot, is_exact=action == "ALLOW")
    level = _level(bot, action, has_agents=bool(agents))
    if not (agents or paths):
        raise Unconvertible("it would answer everybody")
    if action == "CHALLENGE":
        detail = "no challenge: who it would have met draws on the budget anonymous"
        parts.notes.append(Note(bot.mark.line, detail))
    rule = _rule_id(str(bot.get(Text("name"), "rule")), parts)
    conditions = [_of_agents(agents, level)] if agents else []
    conditions += ["agreement.in_force: no"] if action == "DENY" else []
    conditions += [f"path: {listed(paths)}"] if paths else []
    parts.rules.append(_rule(rule, action, conditions))
    if paths and not agents:
        parts.is_page_answered |= any(path_matches(one, PAGE) for one in paths)
    elif not (paths or level or parts.is_page_answered):
        answer = "deny" if action == "DENY" else "allow"
        parts.cases += _cases(rule, answer, agents=agents, parts=parts)


def _action(bot: Mapping) -> str:
    """What a rule answers, where every condition of it can be said."""
    for key in bot:
        if key == "import":
            told = shown(bot[key])
            raise Unconvertible(f"{told} is another file, and a preset of its own")
        if key in CANNOT:
            raise Unconvertible(CANNOT[key])
        if key not in KNOWN_KEYS | IGNORED_KEYS:
            raise Unconvertible(f'"{key[:40]}" is unknown')
    action = str(bot.get(Text("action"), "")).upper()
    if action not in ACTIONS:
        raise Unconvertible(f'"{action[:40]}" is no action')
    if action in {"WEIGH", "BENCHMARK"}:
        raise Unconvertible("weights are for challenges, and we have none")
    return action


def _of_agents(agents: list[tuple[str, str]], level: str) -> str:
    names = listed(one for one, _ in agents)
    told = f"{{in: {names}, level: {level}}}" if level else names
    return f"client.agent: {told}"


def _agents(bot: Mapping, parts: _Parts) -> list[tuple[str, str]]:
    """Id and kind of every agent that a user agent expression means."""
    expression = bot.get(Text("user_agent_regex"))
    if expression is None:
        return []
    if not isinstance(expression, Text):
        raise Unconvertible("its user_agent_regex is no text")
    found: dict[str, str] = {}
    line = expression.mark.line
    for plain in alternatives(expression):
        token = plain.text.strip(ANYTHING).lstrip("+(;, ").rstrip()
        if EVERYWHERE.fullmatch(token):
            detail = f"{quoted(token)} names nobody: browsers and many others say it"
            parts.notes.append(Note(line, detail))
            continue
        is_word = ANYTHING not in token and SEGMENT not in token
        agent = _by_name(token, bot, parts)
        if agent is None and is_word:
            agent = parts.names.agent(token)
        if agent is None:
            detail = (
                f"{quoted(token[:60])} is no word that a user agent can be known by"
            )
            parts.notes.append(Note(line, detail))
            continue
        found[agent[0]] = agent[1]
    if not found:
        raise Unconvertible("its user_agent_regex names nobody we could recognise")
    return list(found.items())


def _by_name(token: str, bot: Mapping, parts: _Parts) -> tuple[str, str] | None:
    """The agent that the rule is called after, where its expression is an address.

    Of a user agent the word that stands first counts, and addresses come last.
    """
    known = parts.names.known
    if "://" not in token or known.match(token) is not None:
        return None
    agent = known.match(str(bot.get(Text("name"), "")))
    if agent is None:
        return None
    detail = f"{quoted(token[:60])} is read as {agent.id}, by the rule's name"
    parts.notes.append(Note(bot.mark.line, detail))
    return agent.id, agent.kind


def _paths(bot: Mapping, *, is_exact: bool) -> list[str]:
    expression = bot.get(Text("path_regex"))
    if expression is None:
        return []
    if not isinstance(expression, Text):
        raise Unconvertible("its path_regex is no text")
    return [_glob(each, is_exact=is_exact) for each in alternatives(expression)]


def _glob(plain: Plain, *, is_exact: bool) -> str:
    if "*" in plain.text or UNSAYABLE.search(plain.text.strip("\0\1")):
        raise Unconvertible("its path_regex holds what no pattern of ours can")
    body = plain.text.replace(ANYTHING, "**").replace(SEGMENT, "*")
    start = body if plain.is_start else f"**{body}"
    made = start if plain.is_end else f"{start}**"
    made = re.sub(r"\*{3,}", "**", made)
    # `/a/**` would be `/a` too, which the expression does not speak of.
    if is_exact and made.endswith("/**") and "*" not in made[:-2]:
        made += "*"
    if not made.startswith(("/", "*")) or len(made) > PATTERN_CHARS_MAX:
        raise Unconvertible("its path_regex fits no path")
    return made


def _level(bot: Mapping, action: str, *, has_agents: bool) -> str:
    """What stands for a list of addresses: that the agent is proven."""
    if Text("remote_addresses") not in bot:
        return ""
    if action == "ALLOW" and has_agents:
        return "verified"
    raise Unconvertible("policies see no addresses, only what is proven by them")


def _rule_id(name: str, parts: _Parts) -> str:
    stem = re.sub(r"[^a-z0-9]+", "-", name.lower()).strip("-")[:50].strip("-")
    made = rule = f"{parts.name}-{stem or 'rule'}"
    number = 1
    while rule in parts.ids:
        number += 1
        rule = f"{made}-{number}"
    parts.ids.add(rule)
    return rule


def _rule(rule: str, action: str, conditions: list[str]) -> str:
    answers = {
        "ALLOW": ("allow", "lets this through", ["lane: readers"]),
        "DENY": ("deny", "sends this away", ["class: automation"]),
        "CHALLENGE": (
            "allow",
            "asks for patience here",
            ["budget: anonymous", "lane: automation"],
        ),
    }
    answer, because, options = answers[action]
    return "\n".join(
        (
            f"  - id: {rule}",
            f"    when: {{{', '.join(conditions)}}}",
            f"    then: {answer}",
            f"    because: The bot policy of this site {because}.",
            *(f"    {each}" for each in options),
        )
    )


def _cases(
    rule: str, answer: str, *, agents: list[tuple[str, str]], parts: _Parts
) -> Iterator[str]:
    agent, kind = agents[0]
    others = {one for one, _ in agents}
    is_first = agent not in parts.answered
    parts.answered |= others
    if not is_first:
        return
    when = f"{{client: {{agent: {agent}, kind: {kind}}}, path: {PAGE}}}"
    yield from (
        f"  - given: {quoted(f'{agent}, by its name')}",
        f"    when: {when}",
        f"    then: {{{answer}: {rule}}}",
    )


def _written(parts: _Parts) -> str:
    lines = [
        "# Written by `copyfair policy import anubis`; it is yours to change.",
        "# From `licence_mode: offer` on its rules deny, though nobody who has an",
        "# agreement; below it nobody is refused, and only budgets act.",
        "",
        f"preset: {parts.name}",
        "title: What the bot policy of this site says of clients that give a name.",
    ]
    if parts.rules:
        lines += ["", "rules:", *parts.rules]
    if parts.cases:
        lines += ["", "cases:", *parts.cases]
    if parts.cases and not parts.is_page_answered:
        lines += [
            "  - given: somebody who reads",
            f"    when: {{client: browser, path: {PAGE}}}",
            "    then: {allow: people-read-freely}",
        ]
    return "\n".join(lines) + "\n"
