"""copyfair contribution harm: what organisations cost the commons."""

from __future__ import annotations

from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.names import names_of
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.reciprocity.harm import UNIT_OF, Harmed, HarmKind, Outcome
from gateway.settings import Settings
from gateway.telemetry.legible import legible

UNITS = ", ".join(f"{kind.value} in {unit}" for kind, unit in UNIT_OF.items())


@click.group()
def harm() -> None:
    """What organisations cost the commons: add, appeal, rule, list."""


@harm.command()
@click.option("--party", "reference", required=True, help="Which organisation.")
@click.option(
    "--kind", type=click.Choice([each.value for each in HarmKind]), required=True
)
@click.option("--units", type=click.IntRange(min=1), required=True, help=f"{UNITS}.")
@click.option("--evidence", required=True, help="Where it can be seen.")
@click.option("--by", "steward", required=True, help="The steward: id or name.")
@config_option
@json_option
def add(
    settings: Settings, *, reference: str, units: int, as_json: bool, **told: str
) -> None:
    """Enter harm; never about a person, nor about who may be one.

    It stands beside credits and is subtracted from nothing.

    \b
    Example:  copyfair contribution harm add --party Mapworks --kind load \\
                --units 12000 --evidence "report of 2026-11-03" --by Ines
    """
    with opened(settings) as house:
        made = house.harms.enter(
            house.parties.show(reference).id,
            HarmKind(told["kind"]),
            units,
            evidence=told["evidence"],
            by=house.parties.show(told["steward"]).id,
        )
    _show(made, as_json=as_json)


@harm.command("appeal")
@click.argument("harm_id", metavar="HARM")
@click.option("--by", "who", required=True, help="The organisation: id or name.")
@click.option("--reason", required=True, help="Why it is wrong.")
@config_option
@json_option
def appeal_(
    settings: Settings, *, harm_id: str, who: str, reason: str, as_json: bool
) -> None:
    """Appeal HARM; somebody else than who entered it hears it."""
    with opened(settings) as house:
        party_id = house.parties.show(who).id
        made = house.harms.appeal(harm_id, by=party_id, reason=reason)
    _show(made, as_json=as_json)


@harm.command()
@click.argument("harm_id", metavar="HARM")
@click.argument("outcome", type=click.Choice([each.value for each in Outcome]))
@click.option("--by", "judge", required=True, help="Who hears it: id or name.")
@click.option("--reason", required=True, help="One sentence.")
@config_option
@json_option
def rule(
    settings: Settings,
    *,
    harm_id: str,
    outcome: str,
    judge: str,
    reason: str,
    as_json: bool,
) -> None:
    """Hear the appeal against HARM: it is upheld, or withdrawn."""
    with opened(settings) as house:
        by = house.parties.show(judge).id
        made = house.harms.rule(harm_id, Outcome(outcome), by=by, reason=reason)
    _show(made, as_json=as_json)


@harm.command("list")
@click.option("--party", "reference", default="", help="Only this organisation's.")
@config_option
@json_option
def list_(settings: Settings, *, reference: str, as_json: bool) -> None:
    """List harm entries and where they stand."""
    with opened(settings) as house:
        party_id = house.parties.show(reference).id if reference else ""
        found = house.harms.list(party_id)
        names = names_of(house)
    if as_json:
        emit("harms", {"harms": [_document(each) for each in found]})
        return
    table(
        ("harm", "who", "kind", "units", "evidence", "state"),
        [
            (
                each.harm.id,
                names.get(each.harm.party_id, each.harm.party_id),
                each.harm.kind.value,
                f"{each.harm.units} {UNIT_OF[each.harm.kind]}",
                legible(each.harm.evidence),
                each.state,
            )
            for each in found
        ],
    )


def _document(each: Harmed) -> dict[str, Any]:
    one, appeal, ruling = each.harm, each.appeal, each.ruling
    return {
        "harm_id": one.id,
        "party_id": one.party_id,
        "kind": one.kind.value,
        "units": one.units,
        "unit": UNIT_OF[one.kind],
        "evidence": one.evidence,
        "entered_by": one.by,
        "entered_at": iso(one.harmed_us),
        "appeal": appeal.reason if appeal else None,
        "ruling": ruling.reason if ruling else None,
        "state": each.state,
    }


def _show(made: Harmed, *, as_json: bool) -> None:
    if as_json:
        emit("harm", _document(made))
        return
    one = made.harm
    about = f"{one.kind.value}, {one.units} {UNIT_OF[one.kind]}, {made.state}"
    console().print(f"{one.id}  {about}", markup=False)
