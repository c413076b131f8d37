"""What each kind of row says: field by field, with the shape of its value.

Public: add a kind, never rename or change one; a reader refuses what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

Shape = Callable[[Any], bool]
Fields = Mapping[str, Shape]

SHA256 = re.compile(r"[0-9a-f]{64}")
DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
CURRENCY = re.compile(r"[A-Z]{3}")

ENTRY = "entry"
WATERFALL = "waterfall"
WATERFALL_BY_PAYER = "waterfall-by-payer"
ALLOCATION = "allocation"
INVOICE = "invoice"
CREDIT_NOTE = "credit-note"
RUN = "run"
USAGE = "usage"
TARIFF = "tariff"
POLICY = "policy"


def _text(value: Any) -> bool:
    return isinstance(value, str)


def _whole(value: Any) -> bool:
    return type(value) is int


def _count(value: Any) -> bool:
    return type(value) is int and value >= 0


def _count_or_none(value: Any) -> bool:
    return value is None or _count(value)


def _matching(pattern: re.Pattern[str]) -> Shape:
    return lambda value: isinstance(value, str) and bool(pattern.fullmatch(value))


def _amounts(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, list)
        and len(each) == 2
        and isinstance(each[0], str)
        and type(each[1]) is int
        for each in value
    )


_digest, _day, _currency = map(_matching, (SHA256, DAY, CURRENCY))

_document: Fields = {
    "number": _text,
    "currency": _currency,
    "net_minor": _count,
    "tax_minor": _count,
    "commitment": _text,  # to the document's digest, under its party's salt
}
_waterfall: Fields = {
    "net_minor": _count,
    "operator_bp": _count,
    "reserve_bp": _count,
    "labour_bp": _count,
    "solidarity_bp": _count,
    "unpaid_bp": _count,
    "reserve_room_minor": _count_or_none,
}
KINDS: Mapping[str, Fields] = {
    ENTRY: {
        "happening": _text,
        "ref": _text,
        "currency": _currency,
        "postings": _amounts,
        "reverses": _text,
    },
    WATERFALL: _waterfall,
    WATERFALL_BY_PAYER: {
        **_waterfall,
        "payer": _text,  # commitment to the beneficial owner, as payer and no more
        "number": _count,
        "month": _count,
        "paid_minor": _count,
        "income_minor": _count,
        "payers": _count,
        "endowed_minor": _count,
        "limit_bp": _count,
    },
    ALLOCATION: {
        "run": _text,
        "source": _text,
        "currency": _currency,
        "amount_minor": _count,
        "rule": _text,
        "weights": _amounts,
        "shares": _amounts,
    },
    INVOICE: _document,
    CREDIT_NOTE: {**_document, "invoice": _text},
    RUN: {
        "start_us": _whole,
        "end_us": _whole,
        "number": _count,
        "outcome": _text,
        "events": _count,
        "usage_sha256": _digest,
    },
    USAGE: {
        "agreement": _text,
        "day": _day,
        "after_place": _count,
        "up_to_place": _count,
        "events": _count,
        "bytes": _count,
        "billable_bytes": _count,
        "billable_requests": _count,
        "sha256": _digest,
    },
    TARIFF: {"tariff": _text, "version": _count, "terms": _text, "sha256": _digest},
    POLICY: {"version": _text},
}
