"""copyfair invoice trace: from a line back to what it charges for."""

from __future__ import annotations

import json
from typing import Any

import click

from gateway.billing.invoice import Invoice
from gateway.bootstrap import opened
from gateway.cli.screen import complain
from gateway.cli.setup import config_option
from gateway.cli.turnover import declaration_document
from gateway.fund.ports import Books
from gateway.kernel.clock import iso
from gateway.services.tracing import (
    Basis,
    Pool,
    TracedEvent,
    basis_of,
    events_behind,
    line_of,
    pool_of,
    pooled_units,
)
from gateway.settings import Settings


@click.command()
@click.argument("number", metavar="INVOICE")
@click.option("--line", "position", type=int, default=0, help="Only what is behind it.")
@config_option
def trace(settings: Settings, *, number: str, position: int) -> None:
    """Write what is behind INVOICE to standard output, one JSON document per line.

    Brackets divide a pool: what was taken of one collection in one month under one
    version of a tariff. A line leads to all events of its pool, whose units are those
    of the pool's lines together; without --line every event of the invoice is
    written, with the reason where it counts nothing. A minimum or a royalty leads to
    what it was worked out from.

    \b
    Example:  copyfair invoice trace INV-2026-0001 --line 2
    """
    with opened(settings) as house:
        invoice = house.invoices.show(number).invoice
        with house.books.reading() as books:
            line = line_of(invoice, position) if position else None
            basis = basis_of(books, invoice, line) if line else None
            pool = pool_of(line) if line else None
            if basis is not None:
                _say(_basis(basis))
                return
            if line is not None and pool is None:
                complain(f"line {position} charges for no use: {line.text}")
                return
            units = _events(books, invoice, pool)
    if pool is not None:
        charged = pooled_units(invoice, pool)
        complain(f"{units} units behind {charged} on the lines of this pool")


def _events(books: Books, invoice: Invoice, pool: Pool | None) -> int:
    units = 0
    for event in events_behind(books, invoice, pool):
        _say(_event(event))
        units += event.units
    return units


def _say(document: dict[str, Any]) -> None:
    click.echo(json.dumps(document, ensure_ascii=False))


def _event(event: TracedEvent) -> dict[str, Any]:
    return {
        "id": event.id,
        "occurred_at": iso(event.occurred_us),
        "collection": event.collection,
        "status": event.status,
        "body_bytes": event.body_bytes,
        "units": event.units,
        "excluded": event.excluded.value if event.excluded else None,
    }


def _basis(basis: Basis) -> dict[str, Any]:
    charge = basis.charge
    return {
        "charged_for": charge.charged_for.value,
        "span": str(charge.span),
        "currency": charge.currency,
        "basis_minor": charge.basis_minor,
        "due_minor": charge.due_minor,
        "net_minor": charge.net_minor,
        "declarations": [declaration_document(one) for one in basis.declarations],
    }
