"""What a round says, as a row: all it was made from, and what it came to."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from gateway.fund.ports import Books
from gateway.fund.rounds.division import Division, figures
from gateway.fund.rounds.equation import equation
from gateway.fund.rounds.inputs import Inputs
from gateway.fund.rounds.round import Round, Run
from gateway.transparency.round_kinds import ROUND, ROUND_OPENED
from gateway.transparency.rows import Row

Called = Callable[[str], str]
"""From a party's id to the commitment that stands for it."""


def round_rows(books: Books, called: Called) -> Iterator[Row]:
    """A row for each round as it was opened, and for each of its runs."""
    opened = {each.name: each for each in books.rounds.all()}
    for each in opened.values():
        yield opened_row(each, called)
    for run in books.rounds.runs():
        yield round_row(opened[run.round], run, called)


def opened_row(opened: Round, called: Called) -> Row:
    """What everybody knew when a round was opened."""
    body = {
        "currency": opened.currency,
        "pool_minor": opened.pool_minor,
        "rule": opened.terms.rule,
        "terms": [list(each) for each in opened.terms.told()],
        "purse": opened.purse,
        "vote": opened.vote_id,
        "options": list(opened.options),
        "clusters": [[cluster, called(who)] for cluster, who in opened.clusters],
    }
    return Row(ROUND_OPENED, opened.name, opened.opened_us, body)


def round_row(opened: Round, run: Run, called: Called) -> Row:
    """One run of a round, with its value equation."""
    body = {
        "round": run.round,
        "number": run.number,
        "currency": opened.currency,
        **run.inputs.told(called),
        "vote": run.vote_id,
        "weights_by": run.weights_by,
        "again_by": run.again_by,
        **outcome_told(run.inputs, run.division(), called),
    }
    return Row(ROUND, run.key, run.at_us, body)


def outcome_told(inputs: Inputs, made: Division, called: Called) -> dict[str, Any]:
    """What follows from a round's inputs, as a row says it."""
    words = equation(inputs.terms, inputs.purse)
    return {
        "inputs_sha256": inputs.digest,
        "equation_en": words.en,
        "equation_fr": words.fr,
        "outcome": made.outcome.value,
        "parts": [list(each) for each in made.parts],
        "shares": [
            [called(inputs.people[number].id), minor] for number, minor in made.shares
        ],
        "to_reserve_minor": made.to_reserve,
        "kept_minor": made.kept,
        "gate": made.gate.verdict.value,
        "recipients": made.gate.recipients,
        "figures": [list(each) for each in figures(made.gate)],
    }
