"""What each kind of row about openness and very large takers says, field by field.

Public: add a kind, never rename or change one; a reader refuses what it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.transparency.shapes import Fields, count, text, whole

OPENNESS_PROOF = "openness-proof"
OPENNESS_REVIEW = "openness-review"
TAKER_NOTICE = "taker-notice"


def _pairs(value: Any) -> bool:
    return isinstance(value, list) and all(
        isinstance(each, list)
        and len(each) == 2
        and all(isinstance(part, str) for part in each)
        for each in value
    )


def _flag(value: Any) -> bool:
    return isinstance(value, bool)


OPENNESS: Mapping[str, Fields] = {
    OPENNESS_PROOF: {
        "agreement": text,
        "party": text,
        "model": text,
        "class": text,
        "evidence": _pairs,  # part, and its URL or the digest of its file
        "until_us": whole,
    },
    OPENNESS_REVIEW: {"proof": text, "by": text, "finding": text},
    TAKER_NOTICE: {
        "owner": text,
        "permille": count,
        "takers": count,
        "is_lifted": _flag,
    },
}
ORDER = (OPENNESS_PROOF, OPENNESS_REVIEW, TAKER_NOTICE)
"""In which rows of one instant are told."""
