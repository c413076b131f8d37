"""copyfair payment checkout, attempts, refresh: payments by card."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from gateway.billing.checkout import Checkout, CheckoutState
from gateway.bootstrap import opened
from gateway.bootstrap.cards import card_desk_of
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.kernel.money import money
from gateway.settings import Settings

EXIT_NOT_REACHABLE = 69


@click.command()
@click.argument("target", metavar="NUMBER|AGREEMENT")
@click.argument("amount", required=False)
@config_option
@json_option
@click.pass_context
def checkout(
    context: click.Context,
    settings: Settings,
    *,
    target: str,
    amount: str | None,
    as_json: bool,
) -> None:
    """Make a page on which an invoice is paid by card, or an agreement topped up.

    The same again is the same page; one for another amount is ended first. Exit status
    69 where the provider did not answer: the page's fate is *unknown*, and `payment
    refresh` asks again under the same key.

    \b
    Example:
      copyfair payment checkout INV-2026-0001
      copyfair payment checkout agr_01k9… "50.00 EUR"
    """
    asked = money(amount) if amount else None
    with opened(settings) as house:
        made = asyncio.run(card_desk_of(house).checkout(target, asked))
    if as_json:
        emit("payment-checkout", _document(made))
    else:
        console().print(f"{made.target}  {made.amount}  {made.state}", markup=False)
        if made.url:
            console().print(made.url, markup=False, soft_wrap=True)
    if made.state is CheckoutState.UNKNOWN:
        context.exit(EXIT_NOT_REACHABLE)


@click.command()
@config_option
@json_option
def attempts(settings: Settings, *, as_json: bool) -> None:
    """List who was asked to pay by card, and how it went."""
    with opened(settings) as house:
        found = house.books.checkouts.all()
    _show(found, {}, as_json=as_json)


@click.command()
@config_option
@json_option
@click.pass_context
def refresh(context: click.Context, settings: Settings, *, as_json: bool) -> None:
    """Ask the provider again about every page on which somebody may still pay.

    What was paid there is booked, and a page is ended whose invoice was settled
    otherwise. Exit status 69 where the provider did not answer.
    """
    with opened(settings) as house:
        told = asyncio.run(card_desk_of(house).refresh())
    _show(told.checkouts, told.silent, as_json=as_json)
    if told.silent:
        context.exit(EXIT_NOT_REACHABLE)


def _show(found: tuple[Checkout, ...], silent: Any, *, as_json: bool) -> None:
    if as_json:
        listed = [{**_document(one), "silent": silent.get(one.id)} for one in found]
        emit("payment-attempts", {"attempts": listed})
        return
    table(
        ("attempt", "for", "amount", "state", "since", "why not known"),
        [
            (
                one.id,
                one.target,
                one.amount,
                one.state.value,
                iso(one.created_us)[:16],
                silent.get(one.id, ""),
            )
            for one in found
        ],
    )


def _document(one: Checkout) -> dict[str, Any]:
    return {
        "attempt_id": one.id,
        "target": one.target,
        "amount_minor": one.amount.minor,
        "currency": one.amount.currency,
        "state": one.state.value,
        "session": one.session or None,
        "url": one.url or None,
        "created_at": iso(one.created_us),
        "expires_at": iso(one.expires_us),
    }
