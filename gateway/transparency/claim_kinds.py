"""What each kind of row about work says, field by field.

Public: add a kind, never rename or change one; a reader refuses what it does not know.
"""

from __future__ import annotations

from collections.abc import Mapping

from gateway.transparency.shapes import Fields, count, flag, text, whole_or_none

CLAIM = "claim"
REVIEW = "review"
APPEAL = "appeal"
HARM = "harm"
RULING = "ruling"

CLAIMS: Mapping[str, Fields] = {
    CLAIM: {
        "party": text,
        "work": text,
        "action": text,
        "weight_hundredths": count,
        "is_unpaid": flag,
        "done_us": whole_or_none,
        "commitment": text,  # to what was done, where it is seen and who paid
    },
    REVIEW: {
        "claim": text,
        "reviewer": text,
        "verdict": text,
        "commitment": text,  # to the reason
    },
    APPEAL: {"about": text, "party": text, "commitment": text},
    HARM: {
        "party": text,
        "harm": text,
        "units": count,
        "by": text,
        "commitment": text,  # to the evidence
    },
    RULING: {"harm": text, "outcome": text, "by": text, "commitment": text},
}
ORDER = (CLAIM, REVIEW, HARM, APPEAL, RULING)
"""The order in which one instant is told."""
