"""One robots.txt, cut into lines and groups without losing a byte.

We read only as much as is needed to add lines where they are harmless: which
lines name user agents, and where the first rule of each group stands. As in RFC
9309 §2.2 and in Google's parser, only `allow` and `disallow` end a run of user
agents; anything else, known or not, changes nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

BOM = b"\xef\xbb\xbf"
_LINE = re.compile(rb"[^\r\n]*(?:\r\n|\n|\r|\Z)")
_FIELD = re.compile(rb"^[ \t]*([A-Za-z-]+(?:[ \t]agent)?)[ \t]*:?[ \t]*([^#\r\n]*)")
_AGENT = frozenset((b"user-agent", b"useragent", b"user agent"))
_RULE = frozenset(
    b"allow disallow dissallow dissalow disalow diasllow disallaw".split()
)
"""With the misspellings of `disallow` that Google's parser accepts."""


@dataclass(frozen=True, slots=True)
class Group:
    """A run of user agents and the rules behind it.

    Attributes:
        agents: Product tokens in lower case, in order.
        first_rule_line: The number of its first rule's line, from 0; the number of
            lines where it has none.
    """

    agents: tuple[bytes, ...]
    first_rule_line: int


def lines_of(body: bytes) -> list[bytes]:
    """The lines with their endings; joined they are *body* again."""
    return [line for line in _LINE.findall(body) if line]


def line_ending(body: bytes) -> bytes:
    """How the file ends its lines; for one without any, as Unix does."""
    found = re.search(rb"\r\n|\n|\r", body)
    return found.group() if found else b"\n"


def field_of(line: bytes) -> tuple[bytes, bytes]:
    """Name (lower-case) and value of a line; empty when it is none."""
    found = _FIELD.match(line)
    return (found[1].lower(), found[2].strip()) if found else (b"", b"")


def groups_of(lines: list[bytes]) -> Iterator[Group]:
    """The groups of a file, in order."""
    agents: list[bytes] = []
    for number, line in enumerate(lines):
        name, value = field_of(line)
        if name in _AGENT:
            agents.append(value.lower())
        elif name in _RULE and agents:
            yield Group(tuple(agents), number)
            agents = []
    if agents:
        yield Group(tuple(agents), len(lines))
