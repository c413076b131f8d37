"""copyfair payment: what came in and went back, and which invoices it was for."""

from __future__ import annotations

import asyncio
from pathlib import Path

import click

from gateway.billing.bank import return_reference
from gateway.bootstrap import opened
from gateway.bootstrap.cards import card_desk_of, takes_cards
from gateway.bootstrap.house import House
from gateway.cli.entry import EXIT_NO
from gateway.cli.movements import (
    NAME_CHARS_MAX,
    complained,
    concerns_us,
    movement_document,
    show,
)
from gateway.cli.names import names_of
from gateway.cli.payment_answer import answer
from gateway.cli.payment_card import attempts, checkout, refresh
from gateway.cli.payment_refund import refund
from gateway.cli.screen import (
    aside,
    console,
    counted,
    emit,
    json_option,
    table,
)
from gateway.cli.setup import config_option
from gateway.fund.payout_order import OrderState
from gateway.kernel.clock import iso
from gateway.kernel.money import Money
from gateway.payments.camt import read_file
from gateway.services.customer_credit import credits_of
from gateway.services.overpaid import overpaid_by, overpaid_invoices
from gateway.services.receipts import open_of
from gateway.services.taken_in import TakenIn
from gateway.settings import Settings
from gateway.telemetry.legible import legible


@click.group()
def payment() -> None:
    """Money that came in: import, match, list, send back, take by card."""


for command in (answer, checkout, attempts, refresh, refund):
    payment.add_command(command)


@payment.command("import")
@click.argument(
    "files", nargs=-1, required=True, type=click.Path(path_type=Path), metavar="FILE…"
)
@config_option
@json_option
def import_(settings: Settings, *, files: tuple[Path, ...], as_json: bool) -> int:
    """Take in bank statements (camt.053); again, and nothing changes.

    What names an invoice, by its number or its RF reference, settles it; what names a
    prepaid agreement is paid ahead under it. The rest waits: see `copyfair payment list
    --waiting`. What the bank took back, and nothing here ever brought, is named.

    \b
    Exit status: 0 fine · 1 money was taken back that nothing in the books answers for
    Example:     copyfair payment import november.xml --config my-archive/gateway.yaml
    """
    statements = [one for path in files for one in read_file(path)]
    movements = [each for one in statements for each in one.movements]
    with opened(settings) as house:
        taken = house.bank_desk.take_in(movements)
        _end_settled_pages(house)
        ours = _paid_orders(house)
    status = EXIT_NO if complained(taken) else 0
    if as_json:
        emit(
            "payments-imported",
            {"movements": [movement_document(one) for one in taken]},
        )
        return status
    new = [one for one in taken if one.is_new]
    show([one for one in new if concerns_us(one)])
    out = [one for one in new if not concerns_us(one)]
    known, paid = len(taken) - len(new), sum(_named(one) in ours for one in out)
    other = len(out) - paid
    if paid:
        console().print(f"{counted(paid, 'payout')} to contributors", markup=False)
    console().print(
        f"{counted(len(new), 'new movement')}, {known} known before, {other} of the new"
        " ones went out for something else",
        markup=False,
    )
    return status


@payment.command("list")
@click.option("--waiting", is_flag=True, help="Only what nobody has a use for yet.")
@config_option
@json_option
def list_(settings: Settings, *, waiting: bool, as_json: bool) -> None:
    """List what came in and went back, and what it was for."""
    with opened(settings) as house:
        found = [one for one in house.bank_desk.all() if concerns_us(one)]
    chosen = [
        one for one in found if one.left_minor or one.unanswered_minor or not waiting
    ]
    if as_json:
        emit("payments", {"movements": [movement_document(one) for one in chosen]})
        return
    show(chosen)
    console().print(counted(len(chosen), "movement"), markup=False)


@payment.command()
@click.argument("movement")
@click.argument("invoices", nargs=-1, required=True, metavar="NUMBER…|AGREEMENT")
@config_option
@json_option
def match(
    settings: Settings, *, movement: str, invoices: tuple[str, ...], as_json: bool
) -> None:
    """Say which invoices MOVEMENT was for, or under which agreement it pays ahead.

    \b
    Example:  copyfair payment match mov_01k9… INV-2026-0001 INV-2026-0004
    """
    with opened(settings) as house:
        taken = house.bank_desk.match(movement, invoices)
    if as_json:
        emit("payment-matched", movement_document(taken))
        return
    show([taken])


@payment.command()
@click.argument("movement")
@config_option
@json_option
def payout(settings: Settings, *, movement: str, as_json: bool) -> None:
    """Say that MOVEMENT is what the card provider held for us and paid out now.

    \b
    Example:  copyfair payment payout mov_01k9…
    """
    with opened(settings) as house:
        taken = house.bank_desk.paid_out(movement)
    if as_json:
        emit("payment-payout", movement_document(taken))
        return
    show([taken])


@payment.command("credits")
@config_option
@json_option
def credits_(settings: Settings, *, as_json: bool) -> None:
    """List what customers paid too much: it settles their next invoices by itself.

    It is what is left of a movement, or what an invoice was paid beyond what a credit
    note left of it. Or send it back: see `copyfair payment return`.
    """
    with opened(settings) as house:
        found = [one for one in credits_of(house.books) if one.party_id]
        credited = [
            (one, Money(-open_of(house.books, one), one.currency))
            for one in overpaid_invoices(house.books)
        ]
        names = names_of(house)
    if as_json:
        listed = [
            {
                "party_id": one.party_id,
                "movement_id": one.movement.id,
                "amount_minor": one.left.minor,
                "currency": one.left.currency,
            }
            for one in found
        ] + [
            {
                "party_id": one.buyer.party_id,
                "invoice": one.number,
                "amount_minor": over.minor,
                "currency": over.currency,
            }
            for one, over in credited
        ]
        emit("customer-credits", {"credits": listed})
        return
    table(
        ("party", "movement or invoice", "since", "credit"),
        [
            (
                names.get(one.party_id, one.party_id),
                one.movement.id,
                iso(one.movement.booked_us)[:10],
                one.left,
            )
            for one in found
        ]
        + [
            (one.buyer.name, one.number, iso(one.issued_us or 0)[:10], over)
            for one, over in credited
        ],
    )


@payment.command("return")
@click.argument("movement")
@config_option
@json_option
def return_(settings: Settings, *, movement: str, as_json: bool) -> None:
    """Say how to send back what is left of MOVEMENT, or was credited after it paid.

    Nothing is booked until the bank reports that the money went: the statement with
    that reference closes it.
    """
    with opened(settings) as house:
        taken = house.bank_desk.show(movement)
        beyond = overpaid_by(house.books, taken.movement)
    source = taken.movement
    minor = taken.left_minor + sum(amount for _, amount in beyond)
    left = Money(minor, source.amount.currency)
    if as_json:
        document = {
            **movement_document(taken),
            "to_return_minor": minor,
            "end_to_end": return_reference(source.id),
        }
        emit("payment-return", document)
        return
    if not minor:
        console().print(f"nothing is left of {source.id}", markup=False)
        return
    to = legible(source.name, chars_max=NAME_CHARS_MAX) or "whoever sent it"
    console().print(
        f"Send {left} to {to}, {_masked(source.counterpart) or 'account unknown'},\n"
        f"with the end-to-end reference {return_reference(source.id)}",
        markup=False,
    )


def _paid_orders(house: House) -> frozenset[str]:
    """End-to-end ids of payouts that the bank reported."""
    orders = (one for made in house.payouts.files() for one in made.orders)
    return frozenset(one.end_to_end for one in orders if one.state is OrderState.PAID)


def _named(one: TakenIn) -> str:
    return one.movement.end_to_end


def _end_settled_pages(house: House) -> None:
    """Nobody pays by card what a transfer has settled."""
    if not takes_cards(house.settings) or not house.books.checkouts.live():
        return
    silent = asyncio.run(card_desk_of(house).refresh()).silent
    for attempt, why in silent.items():
        aside().print(f"{attempt} is not ended yet: {why}", markup=False)


def _masked(account: str) -> str:
    """The end of an account, which is enough to tell it."""
    return f"account …{account[-4:]}" if account else ""
