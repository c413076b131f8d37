"""Rounds in files: our own table, and what others published about theirs."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path
from typing import Any, TypeVar

from gateway.fund.round_file import Row, Scores, decimal, round_of, units
from gateway.fund.rules.ballots import Ballots
from gateway.fund.rules.clusters import Clusters
from gateway.kernel.errors import InvalidValue

T = TypeVar("T")

FILE_BYTES_MAX = 64 * 1024 * 1024
CENTS = 100


@dataclass(frozen=True, slots=True)
class Imported:
    """Somebody's round in our table, and what it was run under.

    Attributes:
        columns: Of the table.
        rows: Cells, in the order of the file.
        terms: What its publisher says: pool, rounding, minimum, cap_share; as text.
        unit: What one unit is.
    """

    columns: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    terms: Mapping[str, str]
    unit: str


def read_round(path: Path) -> Scores | Ballots:
    """A round in our table.

    Raises:
        InvalidValue: something in it cannot be read; it names file and line.
    """
    return _told(path, lambda: round_of(_columns(path), _rows(path)))


def read_clusters(path: Path) -> Clusters:
    """Who belongs to which cluster: rows of `contributor,cluster`.

    Raises:
        InvalidValue: a column or a name is missing.
    """

    def read() -> Clusters:
        clusters: dict[str, set[str]] = {}
        for line, cells in _rows(path):
            who, cluster = cells.get("contributor", ""), cells.get("cluster", "")
            if not who or not cluster:
                detail = f"line {line}: clusters are rows of contributor,cluster"
                raise InvalidValue(detail)
            clusters.setdefault(cluster, set()).add(who)
        return {name: frozenset(who) for name, who in clusters.items()}

    return _told(path, read)


def clrfund(path: Path, meta: Path | None) -> Imported:
    """A finalised round of clr.fund: Σ√ votes, spent voice credits, paid in wei."""

    def read() -> Imported:
        told = _meta(path, meta, prefix="clrfund")
        factor = units(str(told["voice_credit_factor"]))
        rows = [
            (
                cells["recipient_index"],
                cells["votes_sum_sqrt"],
                str(units(cells["spent_voice_credits"]) * factor),
                cells["allocated_wei"],
            )
            for _, cells in _rows(path)
        ]
        terms = {"pool": str(told["pool"]), "rounding": "floor"}
        columns = ("recipient", "score", "own", "published")
        return Imported(columns, tuple(rows), terms, "wei")

    return _told(path, read)


def optimism(path: Path, meta: Path | None) -> Imported:
    """A month of Optimism's Retro Funding: weighted scores and published rewards."""

    def read() -> Imported:
        told = _meta(path, meta, prefix="op-retrofunding")
        rows = [
            (
                cells["project_id"],
                cells["weighted_score"],
                str(_cents(cells["published_reward"] or "0")),
            )
            for _, cells in _rows(path)
        ]
        terms = {
            "pool": str(_cents(str(told["budget"]))),
            "minimum": str(_cents(str(told["min_amount_per_project"]))),
            "cap_share": str(told["max_share_per_project"]),
        }
        columns = ("recipient", "score", "published")
        return Imported(columns, tuple(rows), terms, "0.01 OP")

    return _told(path, read)


SOURCES: dict[str, Callable[[Path, Path | None], Imported]] = {
    "clrfund": clrfund,
    "optimism": optimism,
}


def _cents(text: str) -> int:
    """Hundredths, half up."""
    return int(decimal(text) * CENTS + Fraction(1, 2))


def _meta(path: Path, meta: Path | None, *, prefix: str) -> dict[str, Any]:
    """What a round was run under: the file beside it, under the round's name."""
    beside = meta or path.with_name(f"{prefix}-meta.json")
    name = path.stem.removeprefix(f"{prefix}-")
    if not beside.is_file():
        detail = f"{beside} is missing: it says pool and limits; name it with --meta"
        raise InvalidValue(detail)
    rounds = json.loads(_text(beside))
    if not isinstance(rounds, dict) or not isinstance(rounds.get(name), dict):
        detail = f"{beside} tells nothing of {name!r}"
        raise InvalidValue(detail)
    found: dict[str, Any] = rounds[name]
    return found


def _columns(path: Path) -> list[str]:
    return next(csv.reader(_text(path).splitlines()), [])


def _rows(path: Path) -> Iterator[Row]:
    reader = csv.DictReader(_text(path).splitlines(), restval="")
    for cells in reader:
        if None in cells:
            detail = f"line {reader.line_num}: it has more cells than the first line"
            raise InvalidValue(detail)
        yield reader.line_num, {name: cell.strip() for name, cell in cells.items()}


def _text(path: Path) -> str:
    if path.stat().st_size > FILE_BYTES_MAX:
        raise InvalidValue("it is larger than 64 MiB")
    return path.read_text(encoding="utf-8-sig")


def _told(path: Path, read: Callable[[], T]) -> T:
    try:
        return read()
    except InvalidValue as fault:
        detail = f"{path}: {fault.detail}"
        raise InvalidValue(detail) from fault
    except KeyError as missing:
        detail = f"{path}: there is no {missing.args[0]!r}; is it this kind of round?"
        raise InvalidValue(detail) from missing
    except (UnicodeDecodeError, ValueError, csv.Error) as fault:
        detail = f"{path}: it cannot be read: {fault}"
        raise InvalidValue(detail) from fault
