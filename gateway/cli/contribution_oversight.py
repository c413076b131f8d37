"""copyfair contribution sample, samples, appeal: what follows a claim."""

from __future__ import annotations

from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.names import names_of
from gateway.cli.screen import console, counted, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.reciprocity.hours import spelled_hours
from gateway.reciprocity.sampling import COUNT_MAX, Draw
from gateway.services.oversight import SAMPLE_COUNT
from gateway.settings import Settings
from gateway.telemetry.legible import legible


@click.command()
@click.option("--reviewer", required=True, help="The maintainer: id or name.")
@click.option(
    "--seed", default="", help="A round, or this month; today in UTC if not said."
)
@click.option(
    "--count",
    type=click.IntRange(1, COUNT_MAX),
    default=SAMPLE_COUNT,
    show_default=True,
    help="How many claims.",
)
@config_option
@json_option
def sample(
    settings: Settings, *, reviewer: str, seed: str, count: int, as_json: bool
) -> None:
    """Draw claims to review: larger ones likelier, never one's own.

    The draw is kept: the same maintainer gets the same claims for the same seed. What
    the maintainer accepted enough of lately is left to others.

    \b
    Example:  copyfair contribution sample --reviewer Ines --seed 2026-11
    """
    with opened(settings) as house:
        draw = house.oversight.sample(
            house.parties.show(reviewer).id, seed=seed, count=count
        )
        views = {one.claim.id: one for one in house.contributions.list()}
    if as_json:
        emit("contribution-sample", _document(draw))
        return
    chosen = [views[each].claim for each in draw.claim_ids]
    table(
        ("claim", "what", "evidence", "hours"),
        [
            (
                one.id,
                legible(one.title),
                legible(one.evidence),
                spelled_hours(one.weight_hundredths),
            )
            for one in chosen
        ],
    )
    console().print(
        f"drawn for {draw.seed} from {counted(draw.of, 'claim')} that nobody reviewed",
        markup=False,
    )


@click.command()
@config_option
@json_option
def samples(settings: Settings, *, as_json: bool) -> None:
    """List who drew what for review, and when."""
    with opened(settings) as house:
        draws = house.books.draws.all()
        names = names_of(house)
    if as_json:
        emit("contribution-samples", {"samples": [_document(each) for each in draws]})
        return
    table(
        ("drawn", "seed", "by", "claims", "of"),
        [
            (
                iso(each.drawn_us)[:10],
                legible(each.seed),
                names.get(each.reviewer_id, each.reviewer_id),
                len(each.claim_ids),
                each.of,
            )
            for each in draws
        ],
    )


@click.command()
@click.argument("claim_id", metavar="CLAIM")
@click.option("--by", "who", required=True, help="The claimant: id or name.")
@click.option("--reason", required=True, help="Why the reversal is wrong.")
@config_option
@json_option
def appeal(
    settings: Settings, *, claim_id: str, who: str, reason: str, as_json: bool
) -> None:
    """Appeal the reversal of CLAIM; another maintainer hears it by a review.

    \b
    Example:  copyfair contribution appeal ctb_01k9… --by Amina \\
                --reason "The log moved to /log/2026/120."
    """
    with opened(settings) as house:
        party_id = house.parties.show(who).id
        made = house.oversight.appeal(claim_id, by=party_id, reason=reason)
    if as_json:
        emit(
            "contribution-appeal",
            {
                "appeal_id": made.id,
                "about": made.about,
                "party_id": made.party_id,
                "reason": made.reason,
                "appealed_at": iso(made.appealed_us),
            },
        )
        return
    console().print(
        f"{made.id}  {claim_id}: another maintainer hears it by"
        f" `copyfair contribution review {claim_id} …`",
        markup=False,
    )


def _document(draw: Draw) -> dict[str, Any]:
    return {
        "seed": draw.seed,
        "reviewer_id": draw.reviewer_id,
        "claim_ids": list(draw.claim_ids),
        "drawn_from": draw.of,
        "weight_hundredths": draw.weight_hundredths,
        "drawn_at": iso(draw.drawn_us),
    }
