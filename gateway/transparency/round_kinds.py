"""What each kind of row about rounds says, field by field.

Public: add a kind, never rename or change one; a reader refuses what it does not know.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from gateway.transparency.shapes import (
    Fields,
    amounts,
    count,
    count_or_none,
    matching,
    text,
    texts,
)

ROUND = "round"
ROUND_OPENED = "round-opened"

CURRENCY = matching(re.compile(r"[A-Z]{3}"))
DIGEST = matching(re.compile(r"[0-9a-f]{64}"))


def listed(*shapes: Callable[[Any], bool]) -> Callable[[Any], bool]:
    """The shape of a list of lists, each of which has these in this order."""
    return lambda value: (
        isinstance(value, list)
        and all(
            isinstance(each, list)
            and len(each) == len(shapes)
            and all(is_shape(part) for is_shape, part in zip(shapes, each, strict=True))
            for each in value
        )
    )


_pairs = listed(text, text)
FED: Fields = {
    "pool_minor": count,
    "rule": text,
    "terms": _pairs,  # name and exact value, `1/5`
    "purse": text,  # `credits`, or `equal`
    "weights": amounts,  # option and weight, as the vote had it
    "people": listed(text, count, count, count),  # commitment, owner, credit, may take
    "voices": listed(
        text, count, count, count, count
    ),  # option, by, to, how much, days
    "before": listed(count, count),  # owner, and what earlier rounds gave
    "clusters": listed(text, count),
}
"""Everything a division is made from; credit and voice in hundredths."""

ROUNDS: Mapping[str, Fields] = {
    ROUND_OPENED: {
        "currency": CURRENCY,
        "pool_minor": count_or_none,  # null: all there is when it closes
        "rule": text,
        "terms": _pairs,
        "purse": text,
        "vote": text,
        "options": texts,
        "clusters": _pairs,  # cluster, and the commitment to a party
    },
    ROUND: {
        "round": text,
        "number": count,
        "currency": CURRENCY,
        **FED,
        "vote": text,
        "weights_by": text,
        "again_by": text,
        "inputs_sha256": DIGEST,
        "equation_en": text,
        "equation_fr": text,
        "outcome": text,
        "parts": amounts,
        "shares": amounts,
        "to_reserve_minor": count,
        "kept_minor": count,
        "gate": text,
        "recipients": count,
        "figures": _pairs,
    },
}
ORDER = (ROUND_OPENED, ROUND)
