"""What a round was fed: scores, or who gave what to whom, read from a table."""

from __future__ import annotations

import re
from collections.abc import Generator, Iterable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from typing import TypeAlias

from gateway.fund.rules.ballots import Ballots, ballots_of
from gateway.kernel.errors import InvalidValue

# A decimal number with an exponent that cannot fill the memory.
DECIMAL = re.compile(r"\+?\d{1,80}(?:\.\d{0,80})?(?:[eE][+-]?\d{1,2})?", re.ASCII)
WHOLE = re.compile(r"\d{1,80}", re.ASCII)

Row: TypeAlias = tuple[int, Mapping[str, str]]

SCORED = ("recipient", "score")
GIVEN = ("recipient", "contributor", "amount")


@dataclass(frozen=True, slots=True)
class Scores:
    """A round that was fed with scores.

    Attributes:
        scores: Recipient to score, 0 or more.
        own: Recipient to whole units, paid on top of the share.
        published: Recipient to what was published, also of those without a score.
    """

    scores: Mapping[str, Fraction]
    own: Mapping[str, int] = field(default_factory=dict)
    published: Mapping[str, int] = field(default_factory=dict)


def decimal(text: str) -> Fraction:
    """A number of 0 or more such as `0.05`, `12` or `3.2e-07`, exactly.

    Raises:
        InvalidValue: it is none.
    """
    if not DECIMAL.fullmatch(text):
        detail = f"{text[:40]!r} is no number such as 12, 0.05 or 3.2e-07"
        raise InvalidValue(detail)
    return Fraction(text)


def units(text: str) -> int:
    """Whole units, 0 or more.

    Raises:
        InvalidValue: it is no whole number.
    """
    if not WHOLE.fullmatch(text):
        detail = f"{text[:40]!r} is no whole number of units such as 1200"
        raise InvalidValue(detail)
    return int(text)


def round_of(columns: Sequence[str], rows: Iterable[Row]) -> Scores | Ballots:
    """Read a table: `recipient,score[,own][,published]`, or one row for each gift.

    Args:
        columns: Their names.
        rows: Line number, and column to text.

    Raises:
        InvalidValue: a column is missing or a row cannot be read; it names the line.
    """
    if set(GIVEN) <= set(columns):
        return ballots_of(_gift(row) for row in rows)
    if set(SCORED) <= set(columns):
        return _scores(rows)
    detail = (
        f"line 1: the columns are {', '.join(columns) or 'missing'}; a round needs "
        f"{','.join(GIVEN)} or {','.join(SCORED)}[,own]"
    )
    raise InvalidValue(detail)


def _gift(row: Row) -> tuple[str, str, int]:
    line, cells = row
    recipient, contributor, amount = (cells.get(name, "") for name in GIVEN)
    with _naming(line):
        if not recipient or not contributor:
            raise InvalidValue("a gift names its recipient and its contributor")
        return recipient, contributor, units(amount)


def _scores(rows: Iterable[Row]) -> Scores:
    scores: dict[str, Fraction] = {}
    own: dict[str, int] = {}
    published: dict[str, int] = {}
    seen: set[str] = set()
    for line, cells in rows:
        with _naming(line):
            recipient = cells.get("recipient", "")
            if not recipient or recipient in seen:
                detail = f"recipient {recipient!r} is empty or stands twice"
                raise InvalidValue(detail)
            seen.add(recipient)
            if score := cells.get("score", ""):
                scores[recipient] = decimal(score)
            for name, kept in (("own", own), ("published", published)):
                if amount := cells.get(name, ""):
                    kept[recipient] = units(amount)
    return Scores(scores, own, published)


@contextmanager
def _naming(line: int) -> Generator[None]:
    """Say in which line a fault stands."""
    try:
        yield
    except InvalidValue as fault:
        detail = f"line {line}: {fault.detail}"
        raise InvalidValue(detail) from fault
