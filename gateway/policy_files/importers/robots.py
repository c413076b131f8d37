"""robots.txt as a preset: what it disallows is denied, and what it asks is kept to.

A preset is narrower than nobody: whatever the file disallows to a crawler that gives
its name, or to every crawler, its rules deny. What crawlers may do is left to the pack,
as is everybody who is no crawler: robots.txt does not speak to readers (RFC 9309 §1).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from gateway.classification.known_agents import KnownAgents
from gateway.licensing.globs import path_matches
from gateway.policy_files.importers.conversion import (
    Conversion,
    Names,
    Note,
    listed,
    quoted,
)
from gateway.policy_files.importers.robots_lines import (
    RULES_MAX,
    RobotsGroup,
    RobotsLine,
    product_token,
    robots_groups,
)
from gateway.policy_files.importers.robots_patterns import (
    Target,
    Unsayable,
    allowed,
    disallowed,
)
from gateway.policy_files.importers.robots_signals import SpokenTo, signals_of

CRAWLERS = (
    "ai-crawler",
    "search-crawler",
    "archive-crawler",
    "academic-crawler",
    "seo",
)
"""Whom `User-agent: *` speaks to."""
CANONICAL_NOT = re.compile(r"//|/\.\.?(?:/|$)|[?#%;\\]")
"""In paths that a request may not have, or not in this spelling."""
EVERYBODY = "*"
DELAY_S_MAX = 86_400
HOUR_S = 3_600
BURST = 6
WIDER = "wider than written: order and end of a query are not looked at"


@dataclass(slots=True)
class _Group:
    """What is said to one agent, all of its groups together.

    Attributes:
        name: As rule ids and reasons call it.
        when: Conditions that mean whoever is spoken to, as YAML.
        case: The same as a case supposes it.
        lines: In order.
    """

    name: str
    when: str
    case: str
    lines: list[RobotsLine] = field(default_factory=list)


@dataclass(slots=True)
class _Parts:
    """What is being made."""

    name: str
    rules: list[str] = field(default_factory=list)
    cases: list[str] = field(default_factory=list)
    budgets: dict[str, str] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Place:
    """Where one line leads: a rule, and whom and what it is about."""

    rule: str
    group: _Group
    line: RobotsLine
    target: Target


def robots_preset(text: str, name: str, known: KnownAgents) -> Conversion:
    """Convert a robots.txt.

    Args:
        text: Its content.
        name: The preset's name.
        known: The catalogue in which names of crawlers are looked up.
    """
    parts = _Parts(name)
    groups, others = robots_groups(text)
    parts.notes += [
        Note(line.number, f'"{line.name}" is no field that asks for anything here')
        for line in others
    ]
    names = Names(known, "/robots.txt")
    for group in _merged(groups, names, parts.notes):
        _denials(group, parts)
        spoken_to = SpokenTo(group.name, group.when)
        parts.rules += signals_of(group.lines, spoken_to, parts.notes)
        _delays(group, parts)
    notes = tuple(sorted(set(parts.notes)))
    return Conversion(_written(parts), names.made, notes, is_of_kind=bool(groups))


def _merged(
    groups: Iterable[RobotsGroup], names: Names, notes: list[Note]
) -> list[_Group]:
    """One group an agent, that of everybody last and for nobody who is named."""
    found: dict[str, _Group] = {}
    everybody: list[RobotsLine] = []
    count = 0
    for group in groups:
        for spoken in group.agents:
            lines = group.lines[: max(0, RULES_MAX - count)]
            if len(lines) < len(group.lines):
                notes.append(Note(spoken.number, f"more than {RULES_MAX} rules"))
            count += len(lines)
            token = product_token(spoken.value)
            if token == EVERYBODY:
                everybody += lines
                continue
            agent = names.agent(token) if token else None
            if agent is None:
                detail = (
                    f"{quoted(spoken.value[:60])} names no crawler that we can know"
                )
                notes.append(Note(spoken.number, detail))
                continue
            ours, kind = agent
            case = f"client: {{agent: {ours}, kind: {kind}}}"
            when = f"client.agent: {ours}"
            found.setdefault(ours, _Group(ours, when, case)).lines += lines
    if everybody:
        besides = f", client.agent: {{not: {listed(found)}}}" if found else ""
        when = f"client.kind: {listed(CRAWLERS)}{besides}"
        found[EVERYBODY] = _Group("crawlers", when, f"client: {CRAWLERS[0]}", everybody)
    return list(found.values())


def _denials(group: _Group, parts: _Parts) -> None:
    """Rules for Allow and Disallow, the longest path first as RFC 9309 §2.2.2 asks."""
    lines = [each for each in group.lines if each.name in {"allow", "disallow"}]
    lines = [each for each in lines if each.value]
    lines.sort(key=lambda each: (-len(each.value.encode()), each.name, each.number))
    # What is allowed where nothing shorter is disallowed is the pack's to answer.
    while lines and lines[-1].name == "allow":
        lines.pop()
    seen: set[tuple[str, str]] = set()
    before: list[str] = []
    for line in lines:
        if (line.name, line.value) in seen:
            continue
        seen.add((line.name, line.value))
        try:
            targets = _targets(line, parts.notes)
        except Unsayable as error:
            detail = f"{line.name} {line.value[:60]}: {error}"
            parts.notes.append(Note(line.number, detail))
            continue
        for number, target in enumerate(targets):
            suffix = f"-{number + 1}" if number else ""
            rule = f"{group.name}-line-{line.number}{suffix}"
            place = _Place(rule, group, line, target)
            parts.rules.append(_rule(place))
            if target.query:
                continue
            path = target.path.replace("*", "")
            if not any(path_matches(one, path) for one in before if path):
                parts.cases += _cases(place)
            before.append(target.path)


def _targets(line: RobotsLine, notes: list[Note]) -> list[Target]:
    if line.name == "allow":
        return allowed(line.value)
    targets, is_wider = disallowed(line.value)
    if is_wider:
        notes.append(Note(line.number, f"disallow {line.value[:60]} is {WIDER}"))
    return targets


def _rule(place: _Place) -> str:
    group, line, target = place.group, place.line, place.target
    query = f", query: {quoted(target.query)}" if target.query else ""
    where = f"path: {quoted(target.path)}{query}"
    asked = "asks for this" if line.name == "disallow" else "makes an exception here"
    answer = "deny" if line.name == "disallow" else "allow"
    own = ["budget: crawlers", "lane: automation"] if answer == "allow" else []
    unless = ", agreement.in_force: no" if answer == "deny" else ""
    return "\n".join(
        (
            f"  - id: {place.rule}",
            f"    when: {{{group.when}{unless}, {where}}}",
            f"    then: {answer}",
            f"    because: The robots.txt of this site {asked} (line {line.number}).",
            "    class: automation",
            *(f"    {each}" for each in own),
        )
    )


def _cases(place: _Place) -> Iterator[str]:
    """What is denied, and beside it somebody who reads the same page."""
    group, line, target = place.group, place.line, place.target
    path = target.path.replace("*", "")
    is_plain = path.startswith("/") and not CANONICAL_NOT.search(path)
    if line.name != "disallow" or not is_plain:
        return
    if not path_matches(target.path, path):
        return
    yield from (
        f"  - given: {quoted(f'{group.name}, which line {line.number} sends away')}",
        f"    when: {{{group.case}, path: {quoted(path)}}}",
        f"    then: {{deny: {place.rule}}}",
        f"  - given: {quoted(f'somebody who reads what line {line.number} names')}",
        f"    when: {{client: browser, path: {quoted(path)}}}",
        "    then: {allow: people-read-freely}",
    )


def _delays(group: _Group, parts: _Parts) -> None:
    """A budget of one page each so many seconds, for the last delay that is named."""
    delays = [line for line in group.lines if line.name == "crawl-delay"]
    parts.notes += [
        Note(line.number, "a later crawl-delay counts") for line in delays[:-1]
    ]
    if not delays:
        return
    line = delays[-1]
    try:
        seconds = float(line.value)
    except ValueError:
        seconds = math.nan
    if not 0 < seconds <= DELAY_S_MAX:
        detail = f"crawl-delay {line.value[:20]} is no number of seconds up to a day"
        parts.notes.append(Note(line.number, detail))
        return
    name = f"{group.name}-crawl-delay"
    cost = max(1, int(HOUR_S / seconds))
    span_s = max(HOUR_S, math.ceil(seconds))
    burst = min(cost, BURST)
    parts.budgets[name] = f"{{cost: {cost}, per: {span_s} s, burst: {burst}}}"
    detail = f"crawl-delay {line.value}: {cost} pages in {span_s} s, {burst} at once"
    parts.notes.append(Note(line.number, f"{detail}; dear pages count more"))
    because = f"The robots.txt of this site asks for a pause (line {line.number})."
    parts.rules.append(
        "\n".join(
            (
                f"  - id: {name}",
                f"    when: {{{group.when}}}",
                "    then: allow",
                f"    because: {because}",
                "    class: automation",
                f"    budget: {name}",
                "    lane: automation",
            )
        )
    )


def _written(parts: _Parts) -> str:
    lines = [
        "# Written by `copyfair policy import robots`; it is yours to change.",
        "# From `licence_mode: offer` on its rules deny, though nobody who has an",
        "# agreement; below it nobody is refused, and only budgets act.",
        "",
        f"preset: {parts.name}",
        "title: What the robots.txt of this site asks of crawlers.",
    ]
    if parts.budgets:
        told = (f"  {one}: {budget}" for one, budget in parts.budgets.items())
        lines += ["budgets:", *told]
    for key, entries in (("rules", parts.rules), ("cases", parts.cases)):
        if entries:
            lines += ["", f"{key}:", *entries]
    return "\n".join(lines) + "\n"
