"""A live round as people and scripts are told of it."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Any

from gateway.cli.screen import prose, table
from gateway.fund.rounds.division import Outcome, figures
from gateway.fund.rounds.equation import equation
from gateway.fund.rounds.round import Given, Run
from gateway.kernel.clock import iso
from gateway.kernel.money import Money
from gateway.services.round_run import RoundRun
from gateway.services.rounds import RoundView, credits_text

DECIMALS = 6
SAID = {
    Outcome.PAID: "it passes the concentration gate and is paid",
    Outcome.EQUAL_SPLIT: "fewer than five recipients, or a year: it is split equally",
    Outcome.FAILED: "it fails the concentration gate: nothing is paid",
}

Names = Mapping[str, str]
"""From a party's id to its name."""


def round_document(view: RoundView) -> dict[str, Any]:
    """A round, its voices and its runs."""
    opened = view.round
    return {
        "round": opened.name,
        "state": view.state.value,
        "currency": opened.currency,
        "pool_minor": view.pool_minor,
        "rule": opened.terms.rule,
        "terms": dict(opened.terms.told()),
        "voice": opened.purse,
        "vote_id": opened.vote_id or None,
        "options": list(opened.options),
        "opened_at": iso(opened.opened_us),
        "equation": _words(view.runs[-1]) if view.runs else _to_be(view),
        "voices": [voice_document(each) for each in view.voices],
        "runs": [run_document(each) for each in view.runs],
    }


def voice_document(given: Given) -> dict[str, Any]:
    """Voice that was given."""
    return {
        "party_id": given.giver_id,
        "option": given.option,
        "to": given.taker_id,
        "credits_hundredths": given.hundredths,
        "since": iso(given.at_us),
    }


def run_document(run: Run) -> dict[str, Any]:
    """What a round came to, and from what."""
    made = run.division()
    return {
        "number": run.number,
        "at": iso(run.at_us),
        "outcome": run.outcome.value,
        "pool_minor": run.inputs.pool,
        "weights": dict(run.inputs.weights),
        "weights_by": run.weights_by or None,
        "again_by": run.again_by or None,
        "parts": dict(made.parts),
        "paid": dict(run.shares()),
        "to_reserve": made.to_reserve,
        "kept": made.kept,
        "gate": made.gate.verdict.value,
        "recipients": made.gate.recipients,
        "figures": dict(figures(made.gate)),
        "equation": _words(run),
        "inputs_sha256": run.inputs.digest,
    }


def show_round(view: RoundView, names: Names) -> None:
    """A round for people."""
    opened = view.round
    amount = Money(view.pool_minor, opened.currency)
    prose(f"round {opened.name}: {view.state.value}, {amount}, {opened.terms.rule}")
    if opened.vote_id:
        prose(f"weighed by vote {opened.vote_id}")
    if view.voices:
        table(
            ("from", "option", "to", "credits"),
            [
                (
                    names.get(each.giver_id, each.giver_id),
                    each.option,
                    names.get(each.taker_id, each.taker_id),
                    credits_text(each.hundredths),
                )
                for each in view.voices
            ],
        )
    for run in view.runs:
        show_run(run, opened.currency, names)
    if not view.runs:
        prose(_to_be(view)["en"])


def show_outcome(made: RoundRun, names: Names) -> None:
    """What running a round came to, for people."""
    show_run(made.run, made.round.currency, names)
    for one in made.allocations:
        prose(f"{one.amount} from {one.source}")


def show_run(run: Run, currency: str, names: Names) -> None:
    """One run, for people."""
    made = run.division()
    prose(f"run {run.number} of {iso(run.at_us)[:10]}: {SAID[run.outcome]}")
    table(
        ("to", "amount"),
        [
            (names.get(who, who), Money(minor, currency))
            for who, minor in sorted(
                run.shares().items(), key=lambda item: (-item[1], item[0])
            )
        ],
    )
    told = {name: float(Fraction(text)) for name, text in figures(made.gate)}
    prose(
        f"to the reserve {Money(made.to_reserve, currency)} · stays in the pool"
        f" {Money(made.kept, currency)}\n"
        f"Gini {told['gini']:.{DECIMALS}f} · normalised HHI"
        f" {told['normalised_hhi']:.{DECIMALS}f}"
        f" (limit {told['normalised_hhi_max']:.{DECIMALS}f}) · largest share"
        f" {told['top_share']:.{DECIMALS}f}"
        f" (limit {told['top_share_max']:.{DECIMALS}f})\n"
        f"{_words(run)['en']}"
    )


def _words(run: Run) -> dict[str, str]:
    said = equation(run.inputs.terms, run.inputs.purse)
    return {"en": said.en, "fr": said.fr}


def _to_be(view: RoundView) -> dict[str, str]:
    said = equation(view.round.terms, view.round.purse)
    return {"en": said.en, "fr": said.fr}
