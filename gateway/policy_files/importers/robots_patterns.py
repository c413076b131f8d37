"""A path of robots.txt as patterns of ours.

RFC 9309 compares path and query as one text, from its beginning, `*` for anything and
`$` for the end. Ours compare the path, and parameters of the query one by one. Where
the two differ, a Disallow becomes wider and an Allow narrower, never the other way.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from urllib.parse import unquote_plus

from gateway.licensing.globs import PATTERN_CHARS_MAX
from gateway.policy_files.importers.conversion import UNSAYABLE

ESCAPES = re.compile(r"(?:%[0-9A-Fa-f]{2})+")
OPAQUE = frozenset(b"/?#%\\;")
SEPARATORS = re.compile(r"[&/*]")


@dataclass(frozen=True, slots=True)
class Target:
    """One pattern of ours.

    Attributes:
        path: A path glob.
        query: A query glob, or empty for any.
    """

    path: str
    query: str = ""


class Unsayable(ValueError):
    """A path that no pattern of ours can stand for; says why."""


def disallowed(written: str) -> tuple[list[Target], bool]:
    """Patterns that match wherever the path does, and whether they match more.

    Raises:
        Unsayable: there are none.
    """
    _check(written)
    is_whole = written.endswith("$")
    text = written[:-1] if is_whole else written
    path, mark, query = text.partition("?")
    if mark:
        where, wanted = _glob(path), _parameter(query, is_whole=is_whole)
        targets = [Target(where, wanted)]
        if "*" in path and wanted != "**":
            # The star may swallow the question mark, and another stands further on.
            hidden = _parameter(f"*?{query}", is_whole=is_whole)
            targets.append(Target(where, hidden))
        return targets, wanted != "**"
    targets = [Target(_glob(path if is_whole else f"{path}*"))]
    pieces = text.split("*")
    # A star may reach into the query: what follows it is looked for there, too.
    for number in range(1, len(pieces)):
        rest = "*".join(["", *pieces[number:]])
        if rest.strip("*"):
            before = _glob("*".join(pieces[:number]) + "*")
            targets.append(Target(before, _parameter(rest, is_whole=is_whole)))
    return _checked(targets), is_whole or len(targets) > 1


def allowed(written: str) -> list[Target]:
    """A pattern that matches nowhere but where the path does.

    Raises:
        Unsayable: there is none.
    """
    _check(written)
    if "?" in written or written.endswith("$") or "%2A" in written.upper():
        raise Unsayable("an exception that depends on the query stays disallowed")
    # `/a/**` would be `/a` too, which the line does not speak of.
    more = "*" if written.rstrip("*").endswith("/") else ""
    return _checked([Target(_glob(f"{written}*") + more)])


def _check(written: str) -> None:
    if not written.startswith(("/", "*")):
        raise Unsayable("a path begins with a slash")
    if UNSAYABLE.search(written):
        raise Unsayable("it holds characters that no address has")
    if len(written) > PATTERN_CHARS_MAX // 2:
        raise Unsayable(f"it is longer than {PATTERN_CHARS_MAX // 2} characters")


def _checked(targets: list[Target]) -> list[Target]:
    if len(targets) > 8:
        raise Unsayable("it has more than seven stars")
    return targets


def _glob(text: str) -> str:
    """Stars as ours, escapes as policies see them."""
    plain = ESCAPES.sub(_decoded, text)
    if UNSAYABLE.search(plain):
        raise Unsayable("it holds characters that no address has")
    return re.sub(r"\*+", "**", plain) or "**"


def _decoded(found: re.Match[str]) -> str:
    escaped = bytes.fromhex(found[0].replace("%", ""))
    try:
        text = escaped.decode()
    except UnicodeDecodeError:
        return found[0].upper()
    return "".join(
        f"%{ord(one):02X}" if ord(one) in OPAQUE or ord(one) < 0x20 else one
        for one in text
    )


def _parameter(query: str, *, is_whole: bool) -> str:
    """A pattern that some parameter fits wherever the query does."""
    pieces = [unquote_plus(one) for one in SEPARATORS.split(query)]
    if any(set(one) & set("&/*") for one in pieces):
        pieces = [re.split(r"[&/*]", one)[0] for one in pieces]
    longest = max(range(len(pieces)), key=lambda one: len(pieces[one]))
    text = pieces[longest]
    if not text or UNSAYABLE.search(text):
        return "**"
    # Only where nothing was cut off does the parameter begin or end so.
    begins = longest == 0 and not query.startswith("*")
    ends = is_whole and longest == len(pieces) - 1
    # After a slash the same parameter goes on.
    begins = begins and "/" not in query
    return f"{'' if begins else '**'}{text}{'' if ends else '**'}"
