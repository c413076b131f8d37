"""An earlier copy as an answer: the rung `delayed`, with its age (RFC 9111 §4.2.4)."""

from __future__ import annotations

from dataclasses import replace

from gateway.identity.principal import ANONYMOUS
from gateway.licensing.decision import Allow, Answered, Ruling
from gateway.metering.relief.copies import Given
from gateway.proxy.route import FULL
from gateway.proxy.visit import Visit
from gateway.web.answer import Answer, HeaderPairs
from gateway.web.structured_fields import cache_status, decision_field

OK, NOT_MODIFIED = 200, 304
DELAYED = "delayed"
COPIED = (
    "Many ask for pages like this one just now. This is an earlier copy; its Age says "
    "how old it is."
)


def is_anybody(visit: Visit) -> bool:
    """Is nobody known behind it, and does it get what anybody would?"""
    decision = visit.decision
    return (
        visit.identified is ANONYMOUS
        and isinstance(decision, Allow)
        and decision.rung == FULL
        and not decision.spends_standing
    )


def delayed(decision: Answered) -> Answered:
    """The decision, where an earlier copy is given: the rung `delayed`."""
    ruling = replace(decision.ruling, reason=COPIED)
    return replace(decision, ruling=ruling, rung=DELAYED)


def answer_of(given: Given, ruling: Ruling, ours: HeaderPairs) -> Answer:
    """The answer.

    Args:
        given: The copy.
        ruling: Why it is given.
        ours: Fields that are added to what the archive says.
    """
    said = decision_field(decision="allow", rule=ruling.rule, reason=ruling.reason)
    fields = (
        *given.headers,
        ("Age", str(given.age_s)),
        ("Cache-Status", cache_status(ttl_s=given.ttl_s)),
        ("Copyfair-Decision", said),
        *ours,
    )
    return Answer(NOT_MODIFIED if given.is_known else OK, fields, given.body)
