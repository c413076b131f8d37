"""robots.txt: the upstream's, with our lines, and not one permission changed.

The upstream's groups and lines stay byte for byte. We add `License:` once, above
every group, where RSL 1.0 calls it global; and `Content-Signal:` and
`Content-Usage:` to each group, because a crawler that finds its own group reads no
other. All three are unknown fields to whoever does not know them, and RFC 9309
§2.2.4 says that those must not interfere.

What stands behind us decides what we add to (RFC 9309 §2.3.1):

- 2xx: its text, merged.
- 3xx: passed on; the rules live elsewhere, and crawlers follow.
- 4xx: "no restrictions", so ours alone, which restricts nothing either.
- 5xx or no answer: to a crawler that would mean "everything disallowed", for a
  whole site, because one file was late. We answer with the last good copy, or
  with ours alone for a minute. Reading is free, also during an outage; nothing we
  add can allow what the archive forbids, for pages it cannot serve anyway.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from gateway.terms.robots_lines import BOM, groups_of, line_ending, lines_of

ROBOTS_BYTES_MAX = 500 * 1024
"""What every crawler reads at least (RFC 9309 §2.5); we never grow beyond it."""
EVERYBODY = b"*"
UTF16_MARKS = (b"\xff\xfe", b"\xfe\xff")
"""A file in another encoding than RFC 9309 asks for is left alone."""


@dataclass(frozen=True, slots=True)
class RobotsLines:
    """What we add.

    Attributes:
        everywhere: Lines above every group, without endings.
        in_groups: Lines inside each group, without endings.
    """

    everywhere: tuple[str, ...] = ()
    in_groups: tuple[str, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.everywhere or self.in_groups)


def own_robots(ours: RobotsLines) -> bytes:
    """The file where the upstream has none: our lines, and everything allowed."""
    return merged(b"", ours)


def merged(theirs: bytes, ours: RobotsLines) -> bytes:
    """The upstream's file with our lines.

    Args:
        theirs: The upstream's bytes; with a byte-order mark or not, with any
            line endings. Beyond 500 KiB, whole lines are dropped from the end.
        ours: What to add.

    Returns:
        At most 500 KiB. Where our lines would push the upstream's rules over that
        edge, they are left out: rules go before labels.
    """
    theirs = _within_limit(theirs)
    if not ours or theirs.startswith(UTF16_MARKS):
        return theirs
    mark = BOM if theirs.startswith(BOM) else b""
    end = line_ending(theirs)
    lines = lines_of(theirs.removeprefix(BOM))
    if lines and not lines[-1].endswith((b"\r", b"\n")):
        lines[-1] += end
    groups = list(groups_of(lines))
    in_groups = _written(ours.in_groups, end)
    for group in reversed(groups):
        # Right before a rule an unknown field cannot part a group in any parser.
        lines[group.first_rule_line : group.first_rule_line] = in_groups
    parts = [mark, *_written(ours.everywhere, end), *lines]
    has_group_for_all = any(EVERYBODY in group.agents for group in groups)
    if in_groups and not has_group_for_all:
        # A rule without a path forbids nothing, and outweighs nothing either.
        gap = end if lines and lines[-1].strip() else b""
        parts += [gap, b"User-agent: *", end, *in_groups, b"Disallow:", end]
    whole = b"".join(parts)
    return whole if len(whole) <= ROBOTS_BYTES_MAX else theirs


def _written(lines: Sequence[str], end: bytes) -> list[bytes]:
    return [line.encode("utf-8") + end for line in lines]


def _within_limit(body: bytes) -> bytes:
    if len(body) <= ROBOTS_BYTES_MAX:
        return body
    cut = body[:ROBOTS_BYTES_MAX]
    edge = max(cut.rfind(b"\n"), cut.rfind(b"\r"))
    return cut[: edge + 1]
