"""Tables that a steward writes: claims, and who an author is.

UTF-8 with a heading; every fault is found in one go and told with its line, and a table
with a fault is refused whole.
"""

from __future__ import annotations

import csv
import hashlib
import io
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TypeVar

from gateway.kernel.clock import to_us
from gateway.kernel.errors import GatewayError, InvalidValue, NotFound
from gateway.reciprocity.contribution import (
    HUNDREDTHS_PER_HOUR,
    NOBODY,
    WEIGHT_MAX,
    Kind,
    kind_of,
)
from gateway.reciprocity.found_work import FoundWork, Placed, one_line
from gateway.reciprocity.hours import hundredths

FILE_BYTES_MAX = 16 * 1024 * 1024
CLAIM_COLUMNS = ("party", "kind", "title", "evidence", "hours")
MORE_COLUMNS = ("done_on", "paid_by", "id")
AUTHOR_COLUMNS = ("author", "party")
DIGEST_CHARS = 32
T = TypeVar("T")

PartyNamed = Callable[[str], str]
"""From a party's id or name to its id.

Raises:
    NotFound: there is none.
"""


class Faulty(InvalidValue):
    """A table that is not taken in.

    Attributes:
        faults: Each with its file and line.
    """

    def __init__(self, faults: list[str]) -> None:
        count = f"{len(faults)} fault{'s' if len(faults) > 1 else ''}"
        super().__init__("\n".join([*faults, f"{count}. Nothing was kept."]))
        self.faults = tuple(faults)


def read_claims(path: Path, party_named: PartyNamed, *, now_us: int) -> list[Placed]:
    """Read a table of claims.

    Columns: `party,kind,title,evidence,hours`, and where wanted `done_on,paid_by,id`.
    A row without an id is named by what it says, so the same table again adds nothing.

    Args:
        path: The file.
        party_named: Finds a party.
        now_us: What is not dated was done now; nothing was done later.

    Raises:
        Faulty: with every fault at once.
        NotFound: there is no such file.
    """
    placed: list[Placed] = []
    faults: list[str] = []
    seen: Counter[str] = Counter()
    for line, row in _rows(path, CLAIM_COLUMNS, MORE_COLUMNS, faults=faults):
        said: list[str] = []
        name = _named(row)
        seen[name] += 1
        if seen[name] > 1 and row.get("id"):
            said.append(f"id {row['id']!r} stands there twice")
        origin = name if seen[name] == 1 else f"{name}.{seen[name]}"
        found = _placed(row, origin, said, party_named=party_named, now_us=now_us)
        faults += [f"{path}:{line}  {each}" for each in said]
        placed += [found] if found else []
    if faults:
        raise Faulty(faults)
    return placed


def read_authors(path: Path, party_named: PartyNamed) -> Mapping[str, str]:
    """Read a table `author,party`: whom an e-mail address or a user name stands for.

    Raises:
        Faulty: with every fault at once.
        NotFound: there is no such file.
    """
    told: dict[str, str] = {}
    faults: list[str] = []
    for line, row in _rows(path, AUTHOR_COLUMNS, (), faults=faults):
        author = row["author"]
        if not author:
            faults.append(f"{path}:{line}  no author is named")
        elif author in told:
            faults.append(f"{path}:{line}  {author!r} stands there twice")
        try:
            told[author] = party_named(row["party"])
        except GatewayError as fault:
            faults.append(f"{path}:{line}  {fault.detail}")
    if faults:
        raise Faulty(faults)
    return told


def _placed(
    row: Mapping[str, str],
    origin: str,
    said: list[str],
    *,
    party_named: PartyNamed,
    now_us: int,
) -> Placed | None:
    """The claim of a row; None where *said* gained what is wrong with it."""
    before = len(said)
    party_id = _tried(lambda: party_named(row["party"]), said)
    kind = _tried(lambda: kind_of(row["kind"]), said)
    weight = _tried(lambda: _weight(row["hours"]), said)
    done_us = _tried(lambda: _done_us(row.get("done_on", ""), now_us), said)
    said += [f"no {name} is given" for name in ("title", "evidence") if not row[name]]
    if len(said) > before or None in {party_id, kind, weight, done_us}:
        return None
    work = FoundWork(
        origin=origin,
        author=row["party"],
        title=one_line(row["title"], "untitled"),
        evidence=row["evidence"],
        done_us=done_us or 0,
        weight_hundredths=weight or 0,
    )
    return Placed(work, party_id or "", kind or Kind.OTHER, row["paid_by"] or NOBODY)


def _tried(asked: Callable[[], T], said: list[str]) -> T | None:
    try:
        return asked()
    except GatewayError as fault:
        said.append(fault.detail)
        return None


def _weight(hours: str) -> int:
    weight = hundredths(hours)
    if not 1 <= weight <= WEIGHT_MAX:
        detail = f"a claim weighs 0.01 to {WEIGHT_MAX // HUNDREDTHS_PER_HOUR} hours"
        raise InvalidValue(detail)
    return weight


def _done_us(day: str, now_us: int) -> int:
    if not day:
        return now_us
    try:
        on = date.fromisoformat(day)
        at_us = to_us(datetime(on.year, on.month, on.day, tzinfo=UTC))
    except ValueError:
        detail = f"{day!r} is no day such as 2026-11-03"
        raise InvalidValue(detail) from None
    if at_us > now_us:
        detail = f"{day} is still to come"
        raise InvalidValue(detail)
    return at_us


def _named(row: Mapping[str, str]) -> str:
    """What names a row for good: its id, or a digest of what it says."""
    if row.get("id"):
        return f"csv:{row['id']}"
    names = (*CLAIM_COLUMNS, "done_on", "paid_by")
    words = "\x00".join(row.get(name, "") for name in names)
    return f"csv:{hashlib.sha256(words.encode()).hexdigest()[:DIGEST_CHARS]}"


def _rows(
    path: Path, needed: Sequence[str], allowed: Sequence[str], *, faults: list[str]
) -> Iterator[tuple[int, dict[str, str]]]:
    """Each row with the line it begins on; every column is there, if empty.

    What is wrong with a line as such is added to *faults*.

    Raises:
        Faulty: it has not the columns, or cannot be read as a table.
        NotFound: there is no such file.
    """
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            detail = f"{path}:1  it is larger than {FILE_BYTES_MAX // 2**20} MiB"
            raise Faulty([detail])
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError:
        detail = f"{path} is not there"
        raise NotFound(detail) from None
    except UnicodeDecodeError:
        raise Faulty([f"{path}:1  it is not written in UTF-8"]) from None
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        heading = [each.strip() for each in next(reader, [])]
        _assert_columns(path, heading, needed=needed, allowed=allowed)
        line = reader.line_num + 1
        for cells in reader:
            if cells and len(cells) != len(heading):
                many = f"{len(cells)} cells under {len(heading)} headings"
                faults.append(f"{path}:{line}  {many}")
            elif cells:
                told = dict(zip(heading, map(str.strip, cells), strict=True))
                yield line, {**dict.fromkeys((*needed, *allowed), ""), **told}
            line = reader.line_num + 1
    except csv.Error as fault:
        faults.append(f"{path}:{line}  {fault}")


def _assert_columns(
    path: Path, heading: Sequence[str], *, needed: Sequence[str], allowed: Sequence[str]
) -> None:
    missing = [name for name in needed if name not in heading]
    other = [name for name in heading if name not in {*needed, *allowed}]
    twice = [name for name, count in Counter(heading).items() if count > 1]
    said = [
        *(f"column {name!r} is missing" for name in missing),
        *(f"column {name!r} is not known" for name in other),
        *(f"column {name!r} stands there twice" for name in twice),
    ]
    if said:
        raise Faulty([f"{path}:1  {each}" for each in said])
