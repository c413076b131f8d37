"""copyfair invoice in-kind: an accepted contribution makes a draft smaller."""

from __future__ import annotations

import click

from gateway.bootstrap import opened
from gateway.cli.screen import console, emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.money import Money, money
from gateway.settings import Settings


@click.command("in-kind")
@click.argument("draft", metavar="DRAFT")
@click.option("--claim", "claim_id", required=True, help="The contribution: ctb_…")
@click.option("--amount", required=True, help='By how much, net: "12.00 EUR".')
@click.option("--by", required=True, help="Who decides it.")
@config_option
@json_option
def in_kind(
    settings: Settings,
    *,
    draft: str,
    claim_id: str,
    amount: str,
    by: str,
    as_json: bool,
) -> None:
    """Reduce DRAFT by an accepted contribution of its buyer, as a line of its own.

    The work must be vested and paid by somebody (unpaid work is paid from the labour
    reserve). It counts at `invoicing.in_kind_hour`, each hour once, and as far as the
    tariff lets use be settled by contribution.
    """
    with opened(settings) as house:
        made = house.in_kind.reduce(draft, claim_id, money(amount), by=by)
    line = made.lines[-1]
    if as_json:
        document = {
            "invoice_id": made.id,
            "line": line.position,
            "claim_id": claim_id,
            "reduced_minor": -line.net_minor,
            "net_minor": made.net_minor,
            "tax_minor": made.tax_minor,
            "gross_minor": made.gross_minor,
            "currency": made.currency,
        }
        emit("invoice-in-kind", document)
        return
    left = Money(made.net_minor, made.currency)
    console().print(f"{made.id} line {line.position}: net {left}", markup=False)
