"""copyfair invoice in-kind: an accepted contribution settles a part of a draft."""

from __future__ import annotations

from typing import Any

import click

from gateway.billing.barter import Barter, Supply, Supplying
from gateway.billing.invoice import Invoice
from gateway.bootstrap import opened
from gateway.cli.screen import console, emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.money import Money, money
from gateway.services.in_kind import SettledInKind
from gateway.settings import Settings
from gateway.settings.section import percent


@click.command("in-kind")
@click.argument("draft", metavar="DRAFT")
@click.option("--claim", "claim_id", required=True, help="The contribution: ctb_…")
@click.option("--amount", required=True, help='By how much, net: "12.00 EUR".')
@click.option("--by", required=True, help="Who decides it.")
@click.option(
    "--supplier",
    type=click.Choice([one.value for one in Supplying]),
    help="Barter: how the contributor stands towards VAT; taxable if not said.",
)
@click.option("--vat", default="", help='Barter: VAT on the contribution: "7 %".')
@click.option("--reason", default="", help="Barter: why no VAT is charged on it.")
@click.option(
    "--counter-invoice",
    default="",
    help="Barter: number of the contributor's invoice; self-billed if not said.",
)
@config_option
@json_option
def in_kind(
    settings: Settings,
    *,
    draft: str,
    claim_id: str,
    amount: str,
    by: str,
    supplier: str | None,
    vat: str,
    reason: str,
    counter_invoice: str,
    as_json: bool,
) -> None:
    """Settle a part of DRAFT by an accepted contribution of its buyer.

    The price is reduced, by a line of its own. Under a barter agreement it is not: the
    invoice keeps its full net and VAT, the contribution is a supply with a VAT of its
    own, and both gross amounts are set off.

    The work must answer a published need, be vested and paid by somebody (unpaid work
    is paid from the labour reserve). It counts at the ratified table of equivalence, or
    at `invoicing.in_kind_hour` where no table was ever written; each hour once, and as
    far as the tariff lets use be settled by contribution.
    """
    told = None
    if supplier or vat or reason or counter_invoice:
        told = Supply(
            supplying=Supplying(supplier or Supplying.TAXABLE),
            rate_bp=percent(vat) if vat else None,
            reason=reason,
            number=counter_invoice,
        )
    with opened(settings) as house:
        made = house.in_kind.settle(draft, claim_id, money(amount), by=by, told=told)
    if as_json and made.barter:
        emit("invoice-barter", {"claim_id": claim_id, **_set_off(made, made.barter)})
    elif as_json:
        emit("invoice-in-kind", {"claim_id": claim_id, **_reduced(made.draft)})
    else:
        console().print(_told(made), markup=False)


def _reduced(draft: Invoice) -> dict[str, Any]:
    line = draft.lines[-1]
    reduced = {"line": line.position, "reduced_minor": -line.net_minor}
    return {**reduced, **_totals(draft)}


def _set_off(made: SettledInKind, barter: Barter) -> dict[str, Any]:
    return {
        "set_off": barter.position,
        "counter_invoice": barter.number or None,
        "supply_net_minor": barter.net_minor,
        "supply_tax_minor": barter.tax_minor,
        "supply_category": barter.taxed.category,
        "supply_rate_bp": barter.taxed.rate_bp,
        "owed_tax_minor": barter.owed_tax_minor,
        "set_off_minor": barter.gross_minor,
        **_totals(made.draft),
    }


def _totals(draft: Invoice) -> dict[str, Any]:
    return {
        "invoice_id": draft.id,
        "net_minor": draft.net_minor,
        "tax_minor": draft.tax_minor,
        "gross_minor": draft.gross_minor,
        "currency": draft.currency,
    }


def _told(made: SettledInKind) -> str:
    draft, barter = made.draft, made.barter
    if barter is None:
        left = Money(draft.net_minor, draft.currency)
        return f"{draft.id} line {draft.lines[-1].position}: net {left}"
    gross = Money(barter.gross_minor, draft.currency)
    tax = Money(barter.tax_minor, draft.currency)
    return f"{draft.id}: {gross} set off, of it VAT {tax}; {draft.gross} invoiced"
