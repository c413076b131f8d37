"""Work found where it was done: in a repository's history, on a wiki, in a table.

How much a change weighs is a published rule with a limit to each change and to each
person's day; whoever thinks otherwise reviews the claim. Everything that is found has
a name of its own, so that it is claimed once.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.contribution import Kind

TITLE_CHARS_MAX = 200
DAY_HUNDREDTHS_MAX = 800  # nobody is credited more than eight hours for a day

COMMIT_HUNDREDTHS = 10  # six minutes for what no line shows
LINE_HUNDREDTHS = 1
COMMIT_HUNDREDTHS_MAX = 200

EDIT_HUNDREDTHS = 5
EDIT_BYTES_PER_HUNDREDTH = 40
EDIT_HUNDREDTHS_MAX = 100

BOT = re.compile(r"\[bot\]|(?:^|[-_.+ ])bots?(?:@|$)|bot$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class FoundWork:
    """One change by one person.

    Attributes:
        origin: Names the change: `git:<sha>`, `mediawiki:<wiki>/<revision>`.
        author: As it stands there: an e-mail address or a user name.
        title: What was done, one line.
        evidence: Where it can be seen.
        done_us: When.
        weight_hundredths: What it weighs by the rule.
    """

    origin: str
    author: str
    title: str
    evidence: str
    done_us: int
    weight_hundredths: int


@dataclass(frozen=True, slots=True)
class Placed:
    """Found work with the party that did it, and what it counts as.

    Attributes:
        work: What was found.
        party_id: Who did it.
        kind: What kind of work.
        paid_by: Who paid for it, or `none`.
    """

    work: FoundWork
    party_id: str
    kind: Kind
    paid_by: str

    @property
    def doing(self) -> tuple[str, int, str]:
        """Who did it, when, and what it was called: stays as it is under a rebase."""
        return self.party_id, self.work.done_us, self.work.title


def is_bot(author: str) -> bool:
    """Does an e-mail address or a user name say that it is a machine's?"""
    return bool(BOT.search(author))


def commit_hundredths(lines: int) -> int:
    """What a commit weighs: by lines added and removed, at most two hours."""
    return min(COMMIT_HUNDREDTHS + lines * LINE_HUNDREDTHS, COMMIT_HUNDREDTHS_MAX)


def edit_hundredths(byte_count: int) -> int:
    """What an edit weighs: by the bytes it added or removed, at most one hour."""
    changed = abs(byte_count) // EDIT_BYTES_PER_HUNDREDTH
    return min(EDIT_HUNDREDTHS + changed, EDIT_HUNDREDTHS_MAX)


def shared(hundredths: int, authors: Sequence[str]) -> Mapping[str, int]:
    """A change's weight, among all who made it together.

    Equal parts; what does not divide goes to those who are named first. Whoever gets
    nothing that way is left out.
    """
    each, over = divmod(hundredths, len(authors)) if authors else (0, 0)
    parts = {
        author: each + (place < over)
        for place, author in enumerate(dict.fromkeys(authors))
    }
    return {author: part for author, part in parts.items() if part}


def one_line(text: str, otherwise: str) -> str:
    """A title out of what strangers wrote: one line of printable signs, bounded."""
    plain = "".join(each if each.isprintable() else " " for each in text)
    return " ".join(plain.split())[:TITLE_CHARS_MAX] or otherwise


def each_once(placed: Iterable[Placed]) -> tuple[Placed, ...]:
    """The same work, without copies that go by another name.

    Of copies the one with the lowest name stays, so the order does not matter.
    """
    in_order = sorted(placed, key=lambda each: each.work.origin, reverse=True)
    return tuple({each.doing: each for each in in_order}.values())


def within_days(placed: Iterable[Placed]) -> tuple[Placed, ...]:
    """The same work, with nobody's day above the limit.

    Earlier changes of a day count first; what would go over it counts for what is
    left, and for nothing where nothing is left. What was claimed before takes part, so
    that the answer stays the same when more is found later in the day.
    """
    used: Counter[tuple[str, int]] = Counter()
    kept: list[Placed] = []
    in_order = sorted(placed, key=lambda each: (each.work.done_us, each.work.origin))
    for each in in_order:
        day = each.party_id, each.work.done_us // US_PER_DAY
        left = DAY_HUNDREDTHS_MAX - used[day]
        counts = min(left, each.work.weight_hundredths)
        if counts > 0:
            used[day] += counts
            work = replace(each.work, weight_hundredths=counts)
            kept.append(replace(each, work=work))
    return tuple(kept)


def assert_unlike(found: Iterable[FoundWork]) -> None:
    """Refuse what names two changes alike.

    Raises:
        InvalidValue: two changes of one person have the same name.
    """
    seen: set[tuple[str, str]] = set()
    for each in found:
        name = each.origin, each.author
        if name in seen:
            detail = f"{each.origin} stands there twice"
            raise InvalidValue(detail)
        seen.add(name)
