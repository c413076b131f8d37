"""robots.txt as RFC 9309 reads it: groups, and the lines that mean something."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

RULES_MAX = 2_000
FIELD = re.compile(r"[ \t]*([A-Za-z-]+)[ \t]*:[ \t]*([^#\r\n]*)")
LINE_END = re.compile(r"\r\n|\n|\r")
TOKEN = re.compile(r"[A-Za-z0-9_.-]+(?: [A-Za-z0-9_.-]+)*")
OUTSIDE_GROUPS = frozenset(("sitemap", "host", "license"))
RULES = frozenset(("allow", "disallow"))
IN_GROUPS = RULES | {"crawl-delay", "content-signal", "content-usage"}


@dataclass(frozen=True, slots=True)
class RobotsLine:
    """One line that means something.

    Attributes:
        number: Its place, from 1.
        name: `allow`, `disallow` …, in lower case.
        value: What stands behind the colon.
    """

    number: int
    name: str
    value: str


@dataclass(slots=True)
class RobotsGroup:
    """Who is spoken to, and what is said.

    Attributes:
        agents: Product tokens as written; `*` for everybody who is not named.
        lines: In order.
    """

    agents: list[RobotsLine] = field(default_factory=list)
    lines: list[RobotsLine] = field(default_factory=list)


def robots_lines(text: str) -> Iterator[RobotsLine]:
    """Every line that has a field name, with its number."""
    for number, line in enumerate(LINE_END.split(text), 1):
        found = FIELD.match(line)
        if found is not None:
            yield RobotsLine(number, found[1].lower(), found[2].strip())


def robots_groups(text: str) -> tuple[list[RobotsGroup], list[RobotsLine]]:
    """The groups of a file, and the lines that belong to none or that nobody knows."""
    groups: list[RobotsGroup] = []
    others: list[RobotsLine] = []
    is_open = False
    for line in robots_lines(text.removeprefix("\ufeff")):
        if line.name in {"user-agent", "useragent"}:
            if not is_open:
                groups.append(RobotsGroup())
            groups[-1].agents.append(line)
            is_open = True
        elif line.name in IN_GROUPS and groups:
            groups[-1].lines.append(line)
            # As in RFC 9309 §2.2 only rules end a run of user agents.
            is_open = is_open and line.name not in RULES
        elif line.name not in OUTSIDE_GROUPS:
            others.append(line)
    return groups, others


def product_token(value: str) -> str:
    """The product token of a user-agent line: `*`, or letters as crawlers name them."""
    if value.strip() == "*":
        return "*"
    found = TOKEN.match(value.split("/", 1)[0].strip())
    return found.group() if found else ""
