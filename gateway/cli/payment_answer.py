"""copyfair payment answer: what a bank took back, where nothing answered for it."""

from __future__ import annotations

import click

from gateway.bootstrap import opened
from gateway.cli.entry import EXIT_NO
from gateway.cli.movements import complained, movement_document, show
from gateway.cli.screen import emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.errors import InvalidValue
from gateway.settings import Settings


@click.command()
@click.argument("movement")
@click.option(
    "--is", "payment", default="", metavar="PAYMENT", help="It takes this payment back."
)
@click.option(
    "--outside", is_flag=True, help="What it takes back never was in these books."
)
@click.option("--reason", default="", help="With --outside: why, one sentence.")
@config_option
@json_option
def answer(
    settings: Settings,
    *,
    movement: str,
    payment: str,
    outside: bool,
    reason: str,
    as_json: bool,
) -> int:
    """Say what MOVEMENT took back, where the bank does not say it plainly enough.

    With --is, the payment that had brought it is undone as far as that goes: the
    invoices it paid are open again, and what it paid ahead is taken back. With
    --outside nothing is booked, and it is named no more; should its payment be imported
    after all, that is undone.

    \b
    Exit status: 0 answered · 1 a part of it is still unanswered
    Example:     copyfair payment answer mov_01k9… --is mov_01k8…
                 copyfair payment answer mov_01k9… --outside \\
                   --reason "The deposit of the hall, never booked here."
    """
    if outside == bool(payment) or bool(reason) != outside:
        raise InvalidValue("say --is PAYMENT, or --outside with a --reason")
    with opened(settings) as house:
        desk = house.bank_answers
        if outside:
            taken = desk.lay_outside(movement, reason=reason)
        else:
            taken = desk.is_payment(movement, payment)
    status = EXIT_NO if complained([taken]) else 0
    if as_json:
        emit("payment-answered", movement_document(taken))
    else:
        show([taken])
    return status
