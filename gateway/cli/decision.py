"""copyfair decision: what members decided, with dates and counts."""

from __future__ import annotations

import click

from gateway.bootstrap import opened
from gateway.cli.screen import emit, json_option, spelled, table
from gateway.cli.setup import config_option
from gateway.services.vote_document import decision_document
from gateway.settings import Settings


@click.group()
def decision() -> None:
    """What members decided, one member, one vote."""


@decision.command("list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """List decisions, oldest first."""
    with opened(settings) as house:
        made = house.votes.decisions()
    documents = [decision_document(one) for one in made]
    if as_json:
        emit("decisions", {"decisions": documents})
        return
    table(
        ("decision", "on", "about", "subject", "yes", "no", "of", "outcome"),
        [
            (
                one["decision_id"],
                one["decided_at"][:10],
                one["about"],
                one["subject"],
                one["yes"],
                one["no"],
                one["entitled"],
                one["outcome"],
            )
            for one in documents
        ],
    )


@decision.command()
@click.argument("decision_id", metavar="DECISION")
@config_option
@json_option
def show(settings: Settings, *, decision_id: str, as_json: bool) -> None:
    """Show one decision."""
    with opened(settings) as house:
        document = decision_document(house.votes.decision(decision_id))
    if as_json:
        emit("decision", document)
        return
    weights = [f"{name} {each}" for name, each in document["weights"].items()]
    told = {**document, "weights": weights}
    table(("what", "value"), [(name, spelled(value)) for name, value in told.items()])
