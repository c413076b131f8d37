"""copyfair agreement statement: what was paid ahead, and what became of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from gateway.billing.paper import LANGUAGES, PaperLine
from gateway.bootstrap import opened
from gateway.bootstrap.pressing import statement_pdf_of
from gateway.cli.screen import console, emit, json_option, say, table
from gateway.cli.setup import config_option
from gateway.fund.prepaid_statement import Move, MoveKind, PrepaidStatement
from gateway.kernel.clock import iso
from gateway.kernel.errors import NotFound
from gateway.kernel.money import Money
from gateway.kernel.period import parse_period
from gateway.settings import Settings

NO_STATEMENT = "there is no such statement here"


@click.command()
@click.argument("agreement_id", metavar="AGREEMENT")
@click.option("--period", required=True, help="A month (2026-11) or a year (2026).")
@click.option(
    "--pdf",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write it there as a PDF too.",
)
@click.option("--language", default="", type=click.Choice(["", *LANGUAGES]))
@config_option
@json_option
def statement(
    settings: Settings,
    *,
    agreement_id: str,
    period: str,
    pdf: Path | None,
    language: str,
    as_json: bool,
) -> None:
    """State a prepaid balance: opening, top-ups, use by line, closing.

    It draws no number: a top-up is a receipt, and use was invoiced under its own.

    \b
    Example:  copyfair agreement statement agr_01k9… --period 2026-11 --pdf nov.pdf
    """
    if settings.invoicing.seller == "none":
        raise NotFound(NO_STATEMENT)
    span = parse_period(period)
    with opened(settings) as house:
        desk = house.prepaid_statements
        made = desk.statement(agreement_id, span, language=language)
    if pdf:
        content = statement_pdf_of(settings, made)
        pdf.write_bytes(content)
        say(f"{pdf}: {len(content)} bytes")
    if as_json:
        emit("prepaid-statement", _document(made))
        return
    rows = [(iso(one.at_us)[:10], *_row(one, made.currency)) for one in made.moves]
    console().print(f"opening {Money(made.opening_minor, made.currency)}", markup=False)
    table(("date", "what", "reference", "amount", "balance"), rows)
    console().print(f"closing {Money(made.closing_minor, made.currency)}", markup=False)


def _row(one: Move, currency: str) -> tuple[str, str, Money, Money]:
    return (
        one.kind.value,
        one.reference,
        Money(one.amount_minor, currency),
        Money(one.balance_minor, currency),
    )


def _document(made: PrepaidStatement) -> dict[str, Any]:
    return {
        "agreement_id": made.agreement_id,
        "party": made.buyer.name,
        "period": str(made.period),
        "over": made.is_over,
        "currency": made.currency,
        "opening_minor": made.opening_minor,
        "topped_up_minor": made.total_minor(MoveKind.TOP_UP),
        "used_minor": -made.total_minor(MoveKind.USE),
        "closing_minor": made.closing_minor,
        "moves": [_move(one) for one in made.moves],
    }


def _move(one: Move) -> dict[str, Any]:
    lines = one.invoice.lines if one.invoice else ()
    return {
        "kind": one.kind.value,
        "at": iso(one.at_us),
        "amount_minor": one.amount_minor,
        "balance_minor": one.balance_minor,
        "reference": one.reference,
        "net_minor": one.invoice.net_minor if one.invoice else None,
        "tax_minor": one.invoice.tax_minor if one.invoice else None,
        "lines": [_line(line) for line in lines],
    }


def _line(line: PaperLine) -> dict[str, Any]:
    return {
        "text": line.text,
        "quantity": line.quantity,
        "unit": line.unit,
        "net_minor": line.net_minor,
        "period": str(line.span),
    }
