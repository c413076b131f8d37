"""Rows: under which words a request is added up."""

from __future__ import annotations

from gateway.classification.facts import Facts
from gateway.kernel.evidence import Level
from gateway.licensing.decision import (
    Decision,
    Meter,
    Offer,
    Throttle,
    word,
)
from gateway.services.simulation.tally import MALFORMED, UNNAMED, Row


def row_of(facts: Facts, decision: Decision) -> Row:
    """Where requests of such clients with such an answer are added."""
    row = _row(facts, word(decision), decision.ruling.rule)
    if isinstance(decision, Throttle):
        return row._replace(budget=decision.budget)
    if isinstance(decision, Meter | Offer):
        return row._replace(tariff=decision.tariff)
    return row


def malformed_row(facts: Facts) -> Row:
    """Where requests are added that have no one reading."""
    return _row(facts, MALFORMED, MALFORMED)


def _row(facts: Facts, decision: str, rule: str) -> Row:
    named = "client.operator" in facts
    is_denied = named and facts["client.operator"].contradicted
    level = facts.level("client.operator" if named else "client.kind")
    if facts.level("client.kind") >= Level.VERIFIED:
        level = max(level, facts.level("client.kind"))
    operator = facts.word("client.operator") if named else UNNAMED
    kind = facts.word("client.kind")
    return Row(kind, operator, level.word, decision, rule, is_denied=is_denied)
