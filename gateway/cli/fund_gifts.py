"""copyfair fund donate, gift, pass-on, gifts: money given for nothing in return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

import click

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.cli.names import names_of
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.fund.gift import Gift
from gateway.kernel.clock import iso
from gateway.kernel.money import money
from gateway.services.gifts import GiftView, Told
from gateway.settings import Settings
from gateway.telemetry.legible import legible

F = TypeVar("F", bound=Callable[..., Any])


def _about(command: F) -> F:
    """Options of both ways to give."""
    for option in (
        click.option("--memo", default="", help="What they wrote; it steers nothing."),
        click.option("--movement", default="", help="The bank's movement."),
        click.option("--from", "giver", default="", help="Who gave: id or name."),
        click.option("--reference", required=True, help="The bank's name for it."),
    ):
        command = option(command)
    return command


@click.command()
@click.argument("amount")
@_about
@config_option
@json_option
def donate(settings: Settings, *, amount: str, as_json: bool, **told: str) -> None:
    """Record a donation to the commons; it runs through the waterfall at once.

    No memo earmarks it. Where statements are taken in, name the movement.

    \b
    Example:  copyfair fund donate "50.00 EUR" --reference B-17 --movement mov_01k9…
    """
    with opened(settings) as house:
        made = house.gifts.donate(money(amount), _told(house, told))
    _one(GiftView(made), as_json=as_json)


@click.command()
@click.argument("amount")
@click.option("--to", "receiver", required=True, help="Whom it names: id or name.")
@_about
@config_option
@json_option
def gift(
    settings: Settings, *, amount: str, receiver: str, as_json: bool, **told: str
) -> None:
    """Record a gift to somebody by name: theirs whole, never matched, no vote.

    \b
    Example:  copyfair fund gift "50.00 EUR" --to Amina --reference B-18
    """
    with opened(settings) as house:
        to_party_id = house.parties.show(receiver).id
        about = _told(house, told)
        made = house.gifts.give(money(amount), about, to_party_id=to_party_id)
    _one(GiftView(made), as_json=as_json)


@click.command("pass-on")
@click.argument("name", metavar="GIFT")
@click.option("--reference", required=True, help="The bank's name for the transfer.")
@config_option
@json_option
def pass_on(settings: Settings, *, name: str, reference: str, as_json: bool) -> None:
    """Book that GIFT was sent to who was named: all of it.

    \b
    Example:  copyfair fund pass-on gif_01k9… --reference B-21
    """
    with opened(settings) as house:
        made = house.gifts.pass_on(name, reference=reference)
    _one(made, as_json=as_json)


@click.command()
@config_option
@json_option
def gifts(settings: Settings, *, as_json: bool) -> None:
    """List gifts and donations."""
    with opened(settings) as house:
        views = house.gifts.list()
        names = names_of(house)
    if as_json:
        emit("gifts", {"gifts": [_document(view) for view in views]})
        return
    table(
        ("gift", "received", "amount", "to", "passed on", "memo"),
        [
            (
                view.gift.id,
                iso(view.gift.received_us)[:10],
                view.gift.amount,
                names.get(view.gift.to_party_id, "the commons"),
                _passed(view),
                legible(view.gift.memo),
            )
            for view in views
        ],
    )


def _told(house: House, told: dict[str, str]) -> Told:
    giver = told["giver"]
    return Told(
        told["reference"],
        from_party_id=house.parties.show(giver).id if giver else "",
        memo=told["memo"],
        movement_id=told["movement"],
    )


def _passed(view: GiftView) -> str:
    if not view.gift.is_directed:
        return "–"
    return "yes" if view.is_passed_on else "no"


def _document(view: GiftView) -> dict[str, Any]:
    one = view.gift
    return {
        "gift_id": one.id,
        "to_party_id": one.to_party_id or None,
        "from_party_id": one.from_party_id or None,
        "amount_minor": one.amount.minor,
        "currency": one.amount.currency,
        "reference": one.reference,
        "memo": one.memo,
        "received_at": iso(one.received_us),
        "passed_on": view.is_passed_on,
    }


def _one(view: GiftView, *, as_json: bool) -> None:
    if as_json:
        emit("gift", _document(view))
        return
    one: Gift = view.gift
    to = one.to_party_id or "the commons"
    done = ", passed on" if view.is_passed_on else ""
    console().print(f"{one.id}  {one.amount} to {to}{done}", markup=False)
