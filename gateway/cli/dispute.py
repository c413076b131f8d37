"""copyfair invoice dispute: what somebody says is wrong, and what became of it."""

from __future__ import annotations

from typing import Any

import click

from gateway.billing.dispute import Dispute
from gateway.bootstrap import opened
from gateway.cli.screen import console, counted, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.settings import Settings

by_option = click.option(
    "--by", required=True, help="Who says so: a name, or a party's id."
)


@click.group()
def dispute() -> None:
    """Disputes: open, uphold, reject, list."""


@dispute.command("open")
@click.argument("number", metavar="INVOICE")
@by_option
@click.option("--reason", required=True, help="One sentence.")
@click.option(
    "--line",
    "lines",
    type=click.IntRange(min=1),
    multiple=True,
    help="Only this line; may be repeated. Without: all that is charged.",
)
@config_option
@json_option
def open_(
    settings: Settings,
    *,
    number: str,
    by: str,
    reason: str,
    lines: tuple[int, ...],
    as_json: bool,
) -> None:
    """Dispute INVOICE: its lines stay owed, and are not asked for meanwhile.

    \b
    Example:  copyfair invoice dispute open INV-2026-0001 --line 2 --by Mapworks \\
                --reason "We were blocked that week."
    """
    with opened(settings) as house:
        made = house.disputes.open(number, by=by, reason=reason, positions=lines)
    _one(made, as_json=as_json)


@dispute.command()
@click.argument("dispute_id", metavar="DISPUTE")
@by_option
@click.option("--reason", required=True, help="One sentence; the note carries it.")
@config_option
@json_option
def uphold(
    settings: Settings, *, dispute_id: str, by: str, reason: str, as_json: bool
) -> None:
    """Agree: what DISPUTE is about is given back by a credit note."""
    with opened(settings) as house:
        note = house.disputes.uphold(dispute_id, by=by, reason=reason)
        made = house.disputes.show(dispute_id)
    if not as_json:
        console().print(f"credit note {note.number}", markup=False)
    _one(made, as_json=as_json)


@dispute.command()
@click.argument("dispute_id", metavar="DISPUTE")
@by_option
@click.option("--reason", required=True, help="One sentence for whoever disputed.")
@config_option
@json_option
def reject(
    settings: Settings, *, dispute_id: str, by: str, reason: str, as_json: bool
) -> None:
    """Disagree: the clock of DISPUTE's lines goes on where it stood."""
    with opened(settings) as house:
        made = house.disputes.reject(dispute_id, by=by, reason=reason)
    _one(made, as_json=as_json)


@dispute.command("list")
@click.argument("number", metavar="[INVOICE]", default="")
@click.option("--open", "only_open", is_flag=True, help="Only those to be decided.")
@config_option
@json_option
def list_(settings: Settings, *, number: str, only_open: bool, as_json: bool) -> None:
    """List disputes, of one invoice or of all."""
    with opened(settings) as house:
        found = [
            one for one in house.disputes.list(number) if one.is_open or not only_open
        ]
    if as_json:
        emit("invoice-disputes", {"disputes": [_document(one) for one in found]})
        return
    table(
        ("dispute", "invoice", "lines", "by", "because", "opened", "outcome"),
        [_row(one) for one in found],
    )
    console().print(counted(len(found), "dispute"), markup=False)


def _row(one: Dispute) -> tuple[str, ...]:
    return (
        one.id,
        one.invoice_id,
        ", ".join(map(str, one.positions)),
        one.by,
        one.reason,
        iso(one.opened_us)[:10],
        one.resolution.outcome.value if one.resolution else "open",
    )


def _document(one: Dispute) -> dict[str, Any]:
    end = one.resolution
    return {
        "dispute_id": one.id,
        "invoice_id": one.invoice_id,
        "lines": list(one.positions),
        "by": one.by,
        "reason": one.reason,
        "opened_at": iso(one.opened_us),
        "outcome": end.outcome.value if end else None,
        "resolved_by": end.by if end else None,
        "resolved_because": end.reason if end else None,
        "resolved_at": iso(end.at_us) if end else None,
        "credit_note_id": (end.note_id or None) if end else None,
    }


def _one(made: Dispute, *, as_json: bool) -> None:
    if as_json:
        emit("invoice-dispute", _document(made))
        return
    state = made.resolution.outcome.value if made.resolution else "open"
    lines = ", ".join(map(str, made.positions))
    console().print(f"{made.id} {state}; lines {lines}", markup=False)
