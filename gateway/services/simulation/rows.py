"""Rows: under which words a request is added up."""

from __future__ import annotations

from gateway.classification.facts import Facts
from gateway.kernel.evidence import Level
from gateway.licensing.decision import Decision, Throttle, word
from gateway.services.simulation.tally import MALFORMED, UNNAMED, Row


def row_of(facts: Facts, decision: Decision) -> Row:
    """Where requests of such clients with such an answer are added."""
    budget = decision.budget if isinstance(decision, Throttle) else ""
    return _row(facts, word(decision), decision.ruling.rule, budget=budget)


def malformed_row(facts: Facts) -> Row:
    """Where requests are added that have no one reading."""
    return _row(facts, MALFORMED, MALFORMED)


def _row(facts: Facts, decision: str, rule: str, *, budget: str = "") -> Row:
    named = "client.operator" in facts
    level = facts.level("client.operator" if named else "client.kind")
    if facts.level("client.kind") >= Level.VERIFIED:
        level = max(level, facts.level("client.kind"))
    operator = facts.word("client.operator") if named else UNNAMED
    kind = facts.word("client.kind")
    return Row(kind, operator, level.word, decision, rule, budget)
