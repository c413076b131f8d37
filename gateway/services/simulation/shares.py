"""Shares: aggregates that an archive may hand to others, and several of them as one.

No address, no path, no time of day. A row that fewer than `REQUESTS_MIN` requests share
is added to a remainder, so that nobody can be singled out by it; that keeps totals
exact. The period is given in whole days.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any

from gateway.kernel.errors import InvalidValue
from gateway.services.simulation.heaviest import Sums, add, no_sums
from gateway.services.simulation.tally import HURT, UNNAMED, Tally

SCHEMA = "copyfair/share/1"
REQUESTS_MIN = 20
FEW = "few"
NAMES = ("kind", "operator", "level", "decision", "rule")
SUMS = ("requests", "bytes", "cost", "busy_us")
COUNTS = ("lines", "parsed", "skipped")
ROWS_MAX = 100_000
BYTES_MAX = 64 * 1024 * 1024
FIGURE_MAX = 10**24
WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:/-]{0,199}", re.ASCII)
PRICES = ("agreed_minor", "verified_minor", "claimed_minor")
ALONE = ("archives", *COUNTS, "period", "hurt", "list_price")

Key = tuple[str, ...]
Rows = dict[Key, Sums]


def share_of(tally: Tally, told: Mapping[str, Any]) -> str:
    """The aggregates of one archive, as JSON text."""
    rows: Rows = {}
    for row, sums in tally.rows.items():
        # Who only borrows a name is not passed on under it.
        operator = UNNAMED if row.is_denied else row.operator
        key = (row.kind, operator, row.level, row.decision, row.rule)
        add(rows.setdefault(key, no_sums()), sums)
    document = {
        "archives": 1,
        **{name: told[name] for name in COUNTS},
        "period": _days(told["period"]),
        "hurt": {who: _blurred(number) for who, number in told["hurt"].items()},
        "list_price": told["list_price"],
        "rows": _listed(_without_few(rows)),
    }
    return json.dumps({"schema": SCHEMA, **document}, ensure_ascii=False, indent=1)


def merged(documents: Iterable[Mapping[str, Any]]) -> dict[str, Any]:
    """The aggregates of several archives; the order does not matter.

    Raises:
        InvalidValue: they are in different currencies, or none are given.
    """
    whole: dict[str, Any] = {}
    rows: Rows = {}
    for document in documents:
        for line in document["rows"]:
            key = tuple(str(line[name]) for name in NAMES)
            add(rows.setdefault(key, no_sums()), [line[name] for name in SUMS])
        whole = _together(whole, document) if whole else _alone(document)
    if not whole:
        raise InvalidValue("give the files that `copyfair simulate --share` wrote")
    return {**whole, "rows": _listed(rows)}


def read_share(raw: bytes, place: str) -> dict[str, Any]:
    """What a file of aggregates holds.

    Raises:
        InvalidValue: it is none; what others send is believed in nothing.
    """
    try:
        document = json.loads(raw if len(raw) <= BYTES_MAX else b"")
        _assert_share(document)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        detail = f"{place} holds no aggregates of `copyfair simulate --share`: {error}"
        raise InvalidValue(detail) from None
    return {name: document[name] for name in (*ALONE, "rows")}


def _assert_share(document: Any) -> None:
    if document["schema"] != SCHEMA:
        raise ValueError("its schema is another one")
    if len(document["rows"]) > ROWS_MAX:
        raise ValueError("too many rows")
    price = document["list_price"]
    counted = [document[name] for name in (*COUNTS, "archives")]
    counted += [document["hurt"][who] for who in HURT]
    counted += [price[name] for name in PRICES]
    told = [price["currency"]]
    told += [document["period"][name] for name in ("from", "to")]
    if any(each is not None and not _is_word(each) for each in told):
        raise ValueError("a day or a currency is no short text")
    for row in document["rows"]:
        counted += [row[name] for name in SUMS]
        if not all(_is_word(row[name]) for name in NAMES):
            raise ValueError("a name is no short text")
    if any(
        type(number) is not int or not 0 <= number < FIGURE_MAX for number in counted
    ):
        raise ValueError("a figure is no whole number from 0 on")


def _is_word(text: object) -> bool:
    """May it stand on a terminal as it is?"""
    return isinstance(text, str) and WORD.fullmatch(text) is not None


def _alone(document: Mapping[str, Any]) -> dict[str, Any]:
    return {name: document[name] for name in ALONE}


def _together(one: Mapping[str, Any], other: Mapping[str, Any]) -> dict[str, Any]:
    price, more = one["list_price"], other["list_price"]
    currencies = {each["currency"] for each in (price, more)} - {None}
    if len(currencies) > 1:
        detail = f"{price['currency']} and {more['currency']} cannot be added up"
        raise InvalidValue(detail)
    began = [each["period"]["from"] for each in (one, other) if each["period"]["from"]]
    ended = [each["period"]["to"] for each in (one, other) if each["period"]["to"]]
    return {
        **{name: one[name] + other[name] for name in ("archives", *COUNTS)},
        "period": {
            "from": min(began, default=None),
            "to": max(ended, default=None),
        },
        "hurt": {who: one["hurt"][who] + other["hurt"][who] for who in HURT},
        "list_price": {
            **{name: price[name] + more[name] for name in PRICES},
            "currency": next(iter(currencies), None),
        },
    }


def _without_few(rows: Rows) -> Rows:
    """Rows of few requests as one; were it still few, the next smallest goes along."""
    kept: Rows = {}
    few = no_sums()
    for key, sums in sorted(rows.items(), key=lambda item: (item[1][0], item[0])):
        if sums[0] < REQUESTS_MIN or 0 < few[0] < REQUESTS_MIN:
            add(few, sums)
        else:
            kept[key] = sums
    if few[0]:
        kept[(FEW,) * len(NAMES)] = few
    return kept


def _blurred(number: int) -> int:
    """Few people are nobody in particular: as many as the smallest row has."""
    return number if number == 0 or number >= REQUESTS_MIN else REQUESTS_MIN


def _listed(rows: Rows) -> list[dict[str, Any]]:
    ranked = sorted(rows.items(), key=lambda item: (-item[1][2], item[0]))
    return [
        dict(zip(NAMES, key, strict=True)) | dict(zip(SUMS, sums, strict=True))
        for key, sums in ranked
    ]


def _days(period: Mapping[str, str | None]) -> dict[str, str | None]:
    return {name: instant and instant[:10] for name, instant in period.items()}
