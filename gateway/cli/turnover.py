"""copyfair agreement declare, declarations: turnovers that royalties are taken of."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import click

from gateway.billing.span_charge import Declaration
from gateway.bootstrap import opened
from gateway.cli.names import names_of
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.money import Money, money
from gateway.kernel.period import parse_period
from gateway.services.declarations import Declared
from gateway.services.span_charges import Undeclared
from gateway.settings import Settings


@click.command()
@click.argument("agreement_id", metavar="AGREEMENT")
@click.argument("turnover")
@click.option("--for", "span", required=True, help="A year (2026) or month (2026-11).")
@click.option("--evidence", required=True, help="What it rests on: a signed letter.")
@click.option(
    "--on",
    "declared_on",
    required=True,
    type=click.DateTime(["%Y-%m-%d"]),
    help="The date of the evidence.",
)
@click.option("--by", "declared_by", required=True, help="Who says so.")
@config_option
@json_option
def declare(
    settings: Settings,
    *,
    agreement_id: str,
    turnover: str,
    span: str,
    declared_on: datetime,
    as_json: bool,
    **told: str,
) -> None:
    """Enter a declared turnover; the next `invoice run` charges what it changes.

    The same again changes nothing. Another figure for the same span corrects the
    former, which stays readable.

    \b
    Example:  copyfair agreement declare agr_01k9… "1200000.00 EUR" --for 2026
                --evidence "signed letter" --on 2027-02-03 --by "A. Treasurer"
    """
    said = Declared(
        money(turnover),
        parse_period(span),
        evidence=told["evidence"],
        on=declared_on.date(),
        by=told["declared_by"],
    )
    with opened(settings) as house:
        made = house.declarations.declare(agreement_id, said)
    if as_json:
        emit("declaration", declaration_document(made))
        return
    amount = Money(made.turnover_minor, made.currency)
    console().print(f"{made.id}  {amount} declared for {made.span}", markup=False)


@click.command()
@config_option
@json_option
def declarations(settings: Settings, *, as_json: bool) -> None:
    """List declared turnovers, and those that should be declared and are not."""
    with opened(settings) as house:
        report = house.declarations.report()
        names = names_of(house)
        holders = {one.id: one.party_id for one in house.agreements.list()}
    if as_json:
        document = {
            "declarations": [declaration_document(one) for one in report.declared],
            "undeclared": [undeclared_document(one) for one in report.undeclared],
        }
        emit("declarations", document)
        return
    rows = [
        (
            one.agreement_id,
            names.get(holders.get(one.agreement_id, ""), "?"),
            str(one.span),
            f"{Money(one.turnover_minor, one.currency)}",
            f"{one.evidence}, {one.declared_on}, {one.declared_by}",
        )
        for one in report.declared
    ]
    rows += [
        (
            one.agreement_id,
            names.get(one.party_id, one.party_id),
            str(one.span),
            "not declared",
            "",
        )
        for one in report.undeclared
    ]
    table(("agreement", "party", "span", "turnover", "evidence"), rows)


def declaration_document(one: Declaration) -> dict[str, Any]:
    """A declaration, as JSON."""
    return {
        "declaration_id": one.id,
        "agreement_id": one.agreement_id,
        "span": str(one.span),
        "turnover_minor": one.turnover_minor,
        "currency": one.currency,
        "evidence": one.evidence,
        "declared_on": one.declared_on,
        "declared_by": one.declared_by,
    }


def undeclared_document(one: Undeclared) -> dict[str, Any]:
    """A turnover that is missing, as JSON."""
    return {
        "agreement_id": one.agreement_id,
        "party_id": one.party_id,
        "span": str(one.span),
    }
