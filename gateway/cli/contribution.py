"""copyfair contribution: what people gave, and what maintainers found."""

from __future__ import annotations

from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.claim_need import need_options, standing, weighed_by
from gateway.cli.contribution_export import export
from gateway.cli.contribution_harm import harm
from gateway.cli.contribution_import import import_
from gateway.cli.contribution_oversight import appeal, sample, samples
from gateway.cli.correction import (
    accept_correction,
    corrections,
    decline_correction,
    decline_corrections,
    forget_correction,
)
from gateway.cli.days import day_us
from gateway.cli.names import names_of
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.kernel.money import Money
from gateway.reciprocity.contribution import COVERED, NOBODY, Kind, kind_of
from gateway.reciprocity.hours import hundredths, spelled_hours
from gateway.reciprocity.review import State, Verdict
from gateway.reciprocity.valueflows import ACTIONS
from gateway.services.contributions import ClaimView
from gateway.services.oversight import Stays
from gateway.settings import Settings

KINDS = (*(kind.value for kind in Kind), *COVERED)


@click.group()
def contribution() -> None:
    """What people gave, care work included."""


contribution.add_command(standing)
for command in (
    *(standing, sample, samples, appeal, harm, export, import_),
    *(corrections, accept_correction, decline_correction, decline_corrections),
    forget_correction,
):
    contribution.add_command(command)


@contribution.command()
@click.option("--party", "reference", required=True, help="Who did it: id or name.")
@click.option(
    "--kind",
    type=click.Choice(KINDS),
    metavar="KIND",
    required=True,
    help=f"What kind of work: {', '.join(KINDS)} (which is software).",
)
@click.option("--title", required=True, help="What was done, one line.")
@click.option("--evidence", required=True, help="Where it can be seen.")
@click.option("--hours", default="", help="Such as 3 or 1.25.")
@need_options
@click.option("--paid-by", default=NOBODY, show_default=True, help="Who paid for it.")
@click.option("--done-on", default="", help="The day it was done, as 2026-11-03.")
@config_option
@json_option
def claim(settings: Settings, *, reference: str, as_json: bool, **told: str) -> None:
    """Log work. It is recognised at once and vests after 30 days or by review.

    \b
    Example:  copyfair contribution claim --party Amina --kind corrections \\
                --title "Corrected 120 names" --hours 12 \\
                --evidence https://archive.example/log/120
    """
    hours = hundredths(told["hours"]) if told["hours"] else None
    with opened(settings) as outside, outside.together() as house:
        party = house.parties.show(reference)
        weighed = weighed_by(
            house,
            need_id=told["need_id"],
            quantity=told["quantity"],
            hundredths=hours,
        )
        made = house.contributions.claim(
            party.id,
            kind_of(told["kind"]),
            title=told["title"],
            evidence=told["evidence"],
            weight_hundredths=(
                weighed if isinstance(weighed, int) else weighed.weight_hundredths
            ),
            paid_by=told["paid_by"],
            done_us=day_us(told["done_on"]) if told["done_on"] else None,
        )
        if not isinstance(weighed, int):
            house.need_desk.answer(made.id, weighed)
        view = next(
            each
            for each in house.contributions.list(party.id)
            if each.claim.id == made.id
        )
    _show(view, as_json=as_json)


@contribution.command()
@click.argument("claim_id", metavar="CLAIM")
@click.argument("verdict", type=click.Choice([one.value for one in Verdict]))
@click.option("--by", "reviewer", required=True, help="The maintainer: id or name.")
@click.option("--reason", default="", help="Needed to reverse.")
@config_option
@json_option
def review(
    settings: Settings, *, claim_id: str, verdict: str, as_json: bool, **told: str
) -> None:
    """Accept a claim, or reverse it; nobody reviews their own.

    Nobody accepts more than five claims of the same party in 90 days. Of a reversed
    claim it hears the appeal, and whoever reversed it does not.

    \b
    Exit status: 0 kept · 1 not your turn, or nobody appealed · 2 must not be
    Example:     copyfair contribution review ctb_01k9… reverse --by Ines \\
                   --reason "The page does not show it."
    """
    with opened(settings) as house:
        view = house.contributions.review(
            claim_id,
            Verdict(verdict),
            reviewer_id=house.parties.show(told["reviewer"]).id,
            reason=told["reason"],
        )
        is_reversed = view.state is State.REVERSED
        stays = house.oversight.stays(claim_id) if is_reversed else ()
    _show(view, stays, as_json=as_json)


@contribution.command("list")
@click.option("--party", "reference", default="", help="Only this party's.")
@config_option
@json_option
def list_(settings: Settings, *, reference: str, as_json: bool) -> None:
    """List claims and where they stand."""
    with opened(settings) as house:
        party_id = house.parties.show(reference).id if reference else ""
        views = house.contributions.list(party_id)
        names = names_of(house)
    if as_json:
        emit("contributions", {"claims": [_document(view) for view in views]})
        return
    is_told = any(view.claim.paid_by != NOBODY for view in views)
    paid = ("paid by",) if is_told or settings.invoicing.seller != "none" else ()
    table(
        ("claim", "who", "what", "hours", *paid, "state"),
        [
            (
                view.claim.id,
                names.get(view.claim.party_id, view.claim.party_id),
                view.claim.title,
                spelled_hours(view.claim.weight_hundredths),
                *(view.claim.paid_by for _ in paid),
                view.state.value,
            )
            for view in views
        ],
    )


def _document(view: ClaimView) -> dict[str, Any]:
    one = view.claim
    return {
        "claim_id": one.id,
        "party_id": one.party_id,
        "kind": one.kind.value,
        "title": one.title,
        "evidence": one.evidence,
        "weight_hundredths": one.weight_hundredths,
        "paid_by": one.paid_by,
        "action": ACTIONS[one.kind].value,
        "claimed_at": iso(one.claimed_us),
        "done_at": None if one.done_us is None else iso(one.done_us),
        "origin": one.origin,
        "state": view.state.value,
    }


def _show(view: ClaimView, stays: tuple[Stays, ...] = (), *, as_json: bool) -> None:
    if as_json:
        listed = [
            {
                "what": each.what,
                "ref": each.ref,
                "amount_minor": each.amount_minor,
                "currency": each.currency,
            }
            for each in stays
        ]
        emit("contribution", {**_document(view), "stays": listed})
        return
    hours = spelled_hours(view.claim.weight_hundredths)
    console().print(
        f"{view.claim.id}  {view.claim.title}: {hours} h, {view.state.value}",
        markup=False,
    )
    for each in stays:
        worth = "" if each.amount_minor is None else _worth(each.amount_minor, each)
        console().print(f"  stays booked: {each.what} {each.ref}{worth}", markup=False)


def _worth(minor: int, each: Stays) -> str:
    return f", {Money(minor, each.currency)}"
