"""copyfair invoice: from usage to a number that never changes, and to payment."""

from __future__ import annotations

from collections import Counter
from typing import Any

import click

from gateway.billing.carrying import Carried
from gateway.billing.invoice import Invoice, InvoiceLine
from gateway.bootstrap import opened
from gateway.cli.dispute import dispute
from gateway.cli.entry import EXIT_NO
from gateway.cli.in_kind import in_kind
from gateway.cli.papers import pdf, verify, xml
from gateway.cli.remind import remind
from gateway.cli.screen import complain, console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.cli.trace import trace
from gateway.cli.turnover import undeclared_document
from gateway.kernel.clock import iso
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import Money, money
from gateway.kernel.period import parse_period
from gateway.services.invoices import InvoiceView
from gateway.settings import Settings


@click.group()
def invoice() -> None:
    """Invoices: run, show, credit, dispute, remind, pay; documents and their proof."""


for command in (pdf, xml, verify, trace, dispute, remind, in_kind):
    invoice.add_command(command)


@invoice.command()
@click.option("--period", required=True, help="A month (2026-11) or a year (2026).")
@click.option("--drafts-only", is_flag=True, help="Leave finalising to a steward.")
@config_option
@json_option
def run(settings: Settings, *, period: str, drafts_only: bool, as_json: bool) -> int:
    """Turn the usage of a period into invoices; again, and nothing changes.

    Usage that arrives after the run of a period that is over goes on the next
    invoice. Without a seller, or below `licence_mode: invoice`, it makes statements.
    What is less than `invoicing.carry_below` is carried to the next invoice.
    A draft whose documents would be wrong stays a draft, and what is wrong is said.

    \b
    Exit status: 0 fine · 1 a draft is held back
    """
    span = parse_period(period)
    with opened(settings) as house:
        report = house.billing_run.run(span, drafts_only=drafts_only)
    for name, why in report.held.items():
        complain(f"{name} stays a draft: {why}")
    for missing in report.undeclared:
        complain(
            f"{missing.agreement_id} has declared no turnover for {missing.span}, so no"
            " royalty is charged: copyfair agreement declare"
        )
    status = EXIT_NO if report.held else 0
    if as_json:
        document = {
            "period": str(report.period),
            "rated": report.rated,
            "excluded": dict(report.excluded),
            "unratable": dict(report.unratable),
            "invoices": [_document(one) for one in report.invoices],
            "held": dict(report.held),
            "carried": [_carried(one) for one in report.carried],
            "undeclared": [undeclared_document(one) for one in report.undeclared],
        }
        emit("invoice-run", document)
        return status
    table(
        ("invoice", "buyer", "net", "gross", "status"),
        [
            (
                one.number or one.id,
                one.buyer.name,
                Money(one.net_minor, one.currency),
                one.gross,
                one.status.value,
            )
            for one in report.invoices
        ],
    )
    for one in report.carried:
        net = Money(one.net_minor, one.currency)
        text = f"{net} of {one.agreement_id} is carried to the next invoice"
        console().print(text, markup=False)
    left_out = sum(report.excluded.values())
    console().print(
        f"{report.rated} events rated, {left_out} count nothing, "
        f"{sum(report.unratable.values())} could not be rated",
        markup=False,
    )
    return status


@invoice.command("list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """List invoices with what is still open."""
    with opened(settings) as house:
        views = house.invoices.list()
    if as_json:
        emit("invoices", {"invoices": [_view(one) for one in views]})
        return
    table(
        ("invoice", "buyer", "period", "gross", "open", "status"),
        [
            (
                view.invoice.number or view.invoice.id,
                view.invoice.buyer.name,
                str(view.invoice.period),
                view.invoice.gross,
                Money(view.open_minor, view.invoice.currency),
                view.paid_state.value if view.paid_state else view.invoice.status.value,
            )
            for view in views
        ],
    )


@invoice.command()
@click.argument("number", metavar="INVOICE")
@config_option
@json_option
def show(settings: Settings, *, number: str, as_json: bool) -> None:
    """Show an invoice by its number or id."""
    with opened(settings) as house:
        view = house.invoices.show(number)
    _one(view, as_json=as_json)


@invoice.command()
@click.argument("number", metavar="INVOICE")
@config_option
@json_option
def finalise(settings: Settings, *, number: str, as_json: bool) -> None:
    """Give a draft its number, for good."""
    with opened(settings) as house:
        made = house.invoices.finalise(number)
        view = house.invoices.show(made.id)
    _one(view, as_json=as_json)


@invoice.command()
@click.argument("number", metavar="INVOICE")
@config_option
@json_option
def void(settings: Settings, *, number: str, as_json: bool) -> None:
    """Throw a draft away; a finalised invoice is corrected by credit."""
    with opened(settings) as house:
        made = house.invoices.void(number)
        view = house.invoices.show(made.id)
    _one(view, as_json=as_json)


@invoice.command()
@click.argument("number", metavar="INVOICE")
@click.option("--reason", required=True, help="One sentence for the buyer.")
@click.option(
    "--line",
    "lines",
    type=(click.IntRange(min=1), str),
    multiple=True,
    metavar="LINE AMOUNT",
    help="So much net of this line; may be repeated. Without: all that is left.",
)
@click.option(
    "--reference", default="", help="Your name for it; again, it is the same note."
)
@config_option
@json_option
def credit(
    settings: Settings,
    *,
    number: str,
    reason: str,
    lines: tuple[tuple[int, str], ...],
    reference: str,
    as_json: bool,
) -> None:
    """Issue a credit note over everything that is left of an invoice, or parts of it.

    \b
    Example:  copyfair invoice credit INV-2026-0001 --line 2 "1.50 EUR" \\
                --reason "The files were damaged." --reference TICKET-12
    """
    parts = [(line, money(amount)) for line, amount in lines]
    with opened(settings) as house:
        currency = house.invoices.show(number).invoice.currency
        wanted = Counter[int]()
        for line, amount in parts:
            if amount.currency != currency:
                detail = f"invoice {number} is in {currency}"
                raise InvalidValue(detail)
            wanted[line] += amount.minor
        is_new = house.crediting.named(reference) is None
        note = house.invoices.credit(
            number, reason=reason, wanted=wanted or None, reference=reference
        )
    if as_json:
        document = {"number": note.number, "gross_minor": note.gross_minor}
        emit("credit-note", {**document, "invoice_id": note.invoice_id, "new": is_new})
    else:
        again = "" if is_new else " was issued before"
        console().print(f"credit note {note.number}{again}", markup=False)


@invoice.command()
@click.argument("number", metavar="INVOICE")
@click.argument("amount")
@click.option("--reference", required=True, help="The bank's name for the payment.")
@config_option
@json_option
def pay(
    settings: Settings, *, number: str, amount: str, reference: str, as_json: bool
) -> None:
    """Record that money arrived; income and waterfall follow in the same step.

    \b
    Example:  copyfair invoice pay INV-2026-0001 "12.34 EUR" --reference 4711
    """
    with opened(settings) as house:
        recorded = house.payments.record(money(amount), [number], reference=reference)
        view = house.invoices.show(number)
    if as_json:
        document = {
            "payment_id": recorded.payment.id,
            "new": recorded.is_new,
            "amount_minor": recorded.payment.amount_minor,
            "currency": recorded.payment.currency,
            "open_minor": view.open_minor,
        }
        emit("payment", document)
        return
    word = "recorded" if recorded.is_new else "was recorded before"
    left = Money(view.open_minor, recorded.payment.currency)
    console().print(f"{recorded.payment.id} {word}; open {left}", markup=False)


def _print(one: Invoice) -> None:
    console().print(f"{one.number or one.id}  {one.buyer.name}", markup=False)
    table(
        ("line", "what", "quantity", "net"),
        [
            (
                line.position,
                line.text,
                f"{line.quantity} {line.unit}",
                Money(line.net_minor, one.currency),
            )
            for line in one.lines
        ],
    )
    console().print(
        f"net {Money(one.net_minor, one.currency)}  "
        f"VAT {Money(one.tax_minor, one.currency)}  gross {one.gross}",
        markup=False,
    )
    if one.tax_reason:
        console().print(one.tax_reason, markup=False)


def _line(line: InvoiceLine) -> dict[str, Any]:
    return {
        "position": line.position,
        "kind": line.kind.value,
        "text": line.text,
        "collection": line.collection,
        "tariff": line.tariff,
        "tariff_version": line.tariff_version,
        "bracket": line.bracket,
        "quantity": line.quantity,
        "unit": line.unit,
        "price_micros": line.price_micros,
        "base_quantity": line.base_quantity,
        "net_minor": line.net_minor,
        "vat_category": line.category,
        "vat_bp": line.rate_bp,
    }


def _document(one: Invoice) -> dict[str, Any]:
    return {
        "id": one.id,
        "number": one.number,
        "status": one.status.value,
        "agreement_id": one.agreement_id,
        "buyer": {"party_id": one.buyer.party_id, "name": one.buyer.name},
        "period": str(one.period),
        "currency": one.currency,
        "lines": [_line(line) for line in one.lines],
        "net_minor": one.net_minor,
        "tax_minor": one.tax_minor,
        "gross_minor": one.gross_minor,
        "issued_at": None if one.issued_us is None else iso(one.issued_us),
        "due_at": None if one.due_us is None else iso(one.due_us),
    }


def _carried(one: Carried) -> dict[str, Any]:
    return {
        "run_id": one.run_id,
        "agreement_id": one.agreement_id,
        "net_minor": one.net_minor,
        "currency": one.currency,
    }


def _view(view: InvoiceView) -> dict[str, Any]:
    state = view.paid_state.value if view.paid_state else None
    return {
        **_document(view.invoice),
        "open_minor": view.open_minor,
        "disputed_minor": view.arrears.disputed_minor if view.arrears else 0,
        "overdue_minor": view.arrears.overdue_minor if view.arrears else 0,
        "paid_state": state,
    }


def _one(view: InvoiceView, *, as_json: bool) -> None:
    if as_json:
        emit("invoice", _view(view))
        return
    _print(view.invoice)
    state = view.paid_state.value if view.paid_state else view.invoice.status.value
    left = Money(view.open_minor, view.invoice.currency)
    console().print(f"{state}; open {left}", markup=False)
