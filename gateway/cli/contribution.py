"""copyfair contribution: what people gave, and what maintainers found."""

from __future__ import annotations

import re
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.claim_need import need_options, standing, weighed_by
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.kernel.errors import InvalidValue
from gateway.reciprocity.contribution import HUNDREDTHS_PER_HOUR, NOBODY, Kind
from gateway.reciprocity.review import Verdict
from gateway.services.contributions import ClaimView
from gateway.settings import Settings


@click.group()
def contribution() -> None:
    """What people gave, care work included."""


contribution.add_command(standing)


@contribution.command()
@click.option("--party", "reference", required=True, help="Who did it: id or name.")
@click.option(
    "--kind",
    type=click.Choice([kind.value for kind in Kind]),
    required=True,
    help="What kind of work.",
)
@click.option("--title", required=True, help="What was done, one line.")
@click.option("--evidence", required=True, help="Where it can be seen.")
@click.option("--hours", default="", help="Such as 3 or 1.25.")
@need_options
@click.option("--paid-by", default=NOBODY, show_default=True, help="Who paid for it.")
@config_option
@json_option
def claim(settings: Settings, *, reference: str, as_json: bool, **told: str) -> None:
    """Log work. It is recognised at once and vests after 30 days or by review."""
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
            Kind(told["kind"]),
            title=told["title"],
            evidence=told["evidence"],
            weight_hundredths=(
                weighed if isinstance(weighed, int) else weighed.weight_hundredths
            ),
            paid_by=told["paid_by"],
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
    """Accept a claim, or reverse it; nobody reviews their own."""
    with opened(settings) as house:
        view = house.contributions.review(
            claim_id,
            Verdict(verdict),
            reviewer_id=house.parties.show(told["reviewer"]).id,
            reason=told["reason"],
        )
    _show(view, as_json=as_json)


@contribution.command("list")
@click.option("--party", "reference", default="", help="Only this party's.")
@config_option
@json_option
def list_(settings: Settings, *, reference: str, as_json: bool) -> None:
    """List claims and where they stand."""
    with opened(settings) as house:
        party_id = house.parties.show(reference).id if reference else ""
        views = house.contributions.list(party_id)
        names = {one.id: one.name for one in house.parties.list()}
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


def hundredths(text: str) -> int:
    """`1.25` hours as hundredths.

    Raises:
        InvalidValue: no number of hours.
    """
    match = re.fullmatch(r"([0-9]{1,4})(?:\.([0-9]{1,2}))?", text)
    if not match:
        detail = f"--hours takes a number such as 1.25, not {text!r}"
        raise InvalidValue(detail)
    return int(match[1]) * HUNDREDTHS_PER_HOUR + int((match[2] or "").ljust(2, "0"))


def spelled_hours(count: int) -> str:
    """Hundredths of an hour as people read them."""
    return f"{count // HUNDREDTHS_PER_HOUR}.{count % HUNDREDTHS_PER_HOUR:02d}"


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
        "claimed_at": iso(one.claimed_us),
        "state": view.state.value,
    }


def _show(view: ClaimView, *, as_json: bool) -> None:
    if as_json:
        emit("contribution", _document(view))
    else:
        hours = spelled_hours(view.claim.weight_hundredths)
        console().print(
            f"{view.claim.id}  {view.claim.title}: {hours} h, {view.state.value}",
            markup=False,
        )
