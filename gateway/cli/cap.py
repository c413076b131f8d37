"""copyfair agreement cap, copyfair key cap: what a customer allows itself."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.cli.amounts import quantity, spelled_bytes
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.money import Money, money
from gateway.licensing.agreement import Agreement
from gateway.metering.cap_terms import CapTerms, Counted, Per, Strength
from gateway.services.cap_desk import cap_document
from gateway.settings import Settings

KINDS = click.Choice([each.value for each in Counted])
PERIODS = click.Choice([each.value for each in Per])
per_option = click.option(
    "--per",
    type=PERIODS,
    default=Per.MONTH.value,
    show_default=True,
    help="Calendar day or month in UTC, or the agreement's life.",
)
soft_option = click.option(
    "--soft", is_flag=True, help="Only tell; do not stop what goes above."
)
amount_option = click.option(
    "--amount",
    required=True,
    help="How much: `1000`, `300 GiB`, `50.00 EUR`.",
)
counted_argument = click.argument("counted", type=KINDS, metavar="COUNTED")
agreement_option = click.option(
    "--agreement",
    "agreement_id",
    default="",
    help="Under which agreement; needed when the party has several.",
)


@click.group("cap")
def agreement_cap() -> None:
    """Caps of an agreement: set, list, lift.

    A hard cap answers 429 to what would pass it; a soft one tells by mail and
    webhook. Both tell at 50, 80 and 100 %. A running gateway follows within a second.
    """


@agreement_cap.command("set")
@click.argument("agreement_id", metavar="AGREEMENT")
@counted_argument
@amount_option
@per_option
@soft_option
@config_option
@json_option
def agreement_set(
    settings: Settings, *, agreement_id: str, as_json: bool, **told: Any
) -> None:
    """Cap requests, bytes or money of an AGREEMENT.

    \b
    Examples:
      copyfair agreement cap set agr_01k9… requests --amount 5000 --per day
      copyfair agreement cap set agr_01k9… bytes --amount "2 GiB" --soft
    """
    with opened(settings) as house:
        agreement = house.agreements.show(agreement_id)
        house.caps.set(_terms(agreement, told))
        _show(house, agreement, as_json=as_json)


@agreement_cap.command("list")
@click.argument("agreement_id", metavar="AGREEMENT")
@config_option
@json_option
def agreement_list(settings: Settings, *, agreement_id: str, as_json: bool) -> None:
    """List the caps of an AGREEMENT and its keys, and how much of each is used."""
    with opened(settings) as house:
        _show(house, house.agreements.show(agreement_id), as_json=as_json)


@agreement_cap.command("lift")
@click.argument("agreement_id", metavar="AGREEMENT")
@counted_argument
@per_option
@soft_option
@config_option
@json_option
def agreement_lift(
    settings: Settings, *, agreement_id: str, as_json: bool, **told: Any
) -> None:
    """Take a cap of an AGREEMENT away."""
    with opened(settings) as house:
        agreement = house.agreements.show(agreement_id)
        house.caps.lift(_terms(agreement, told))
        _show(house, agreement, as_json=as_json)


@click.group("cap")
def key_cap() -> None:
    """Caps of one key under an agreement: set, list, lift."""


@key_cap.command("set")
@click.argument("key_id", metavar="KEY_ID")
@counted_argument
@amount_option
@per_option
@soft_option
@agreement_option
@config_option
@json_option
def key_set(
    settings: Settings, *, key_id: str, agreement_id: str, as_json: bool, **told: Any
) -> None:
    """Cap requests, bytes or money that are taken with one key.

    \b
    Example:  copyfair key cap set key_01k9… requests --amount 1000 --per day
    """
    with opened(settings) as house:
        agreement = _agreement_of(house, key_id, agreement_id)
        house.caps.set(_terms(agreement, told, key_id=key_id))
        _show(house, agreement, as_json=as_json, key_id=key_id)


@key_cap.command("list")
@click.argument("key_id", metavar="KEY_ID")
@agreement_option
@config_option
@json_option
def key_list(
    settings: Settings, *, key_id: str, agreement_id: str, as_json: bool
) -> None:
    """List the caps of a key, and how much of each is used."""
    with opened(settings) as house:
        agreement = _agreement_of(house, key_id, agreement_id)
        _show(house, agreement, as_json=as_json, key_id=key_id)


@key_cap.command("lift")
@click.argument("key_id", metavar="KEY_ID")
@counted_argument
@per_option
@soft_option
@agreement_option
@config_option
@json_option
def key_lift(
    settings: Settings, *, key_id: str, agreement_id: str, as_json: bool, **told: Any
) -> None:
    """Take a cap of a key away."""
    with opened(settings) as house:
        agreement = _agreement_of(house, key_id, agreement_id)
        house.caps.lift(_terms(agreement, told, key_id=key_id))
        _show(house, agreement, as_json=as_json, key_id=key_id)


def _agreement_of(house: House, key_id: str, agreement_id: str) -> Agreement:
    """The agreement that is named, or the only one in force of the key's party."""
    if agreement_id:
        return house.agreements.show(agreement_id)
    party_id = house.keys.show(key_id).party_id
    now_us = house.clock.now_us()
    found = [
        each for each in house.agreements.list(party_id) if each.is_in_force(now_us)
    ]
    if not found:
        detail = f"the party of {key_id} has no agreement in force"
        raise Conflict(detail)
    if len(found) > 1:
        known = ", ".join(each.id for each in found)
        detail = f"say with --agreement which is meant: {known}"
        raise InvalidValue(detail)
    return found[0]


def _terms(
    agreement: Agreement, told: Mapping[str, Any], *, key_id: str = ""
) -> CapTerms:
    counted = Counted(told["counted"])
    return CapTerms(
        agreement_id=agreement.id,
        counted=counted,
        per=Per(told["per"]),
        amount=_amount(told["amount"], counted, agreement) if "amount" in told else 0,
        strength=Strength.SOFT if told["soft"] else Strength.HARD,
        key_id=key_id,
    )


def _amount(text: str, counted: Counted, agreement: Agreement) -> int:
    if counted is not Counted.MONEY:
        return quantity(text)
    told = money(text)
    if told.currency != agreement.currency:
        detail = f"agreement {agreement.id} is in {agreement.currency}"
        raise InvalidValue(detail)
    return told.minor


def _show(
    house: House, agreement: Agreement, *, as_json: bool, key_id: str | None = None
) -> None:
    caps = house.caps.taken(agreement.id, key_id=key_id)
    if as_json:
        rows = [cap_document(each, agreement) for each in caps]
        emit("caps", {"agreement_id": agreement.id, "caps": rows})
        return
    if not caps:
        console().print(f"{agreement.id} has no caps", markup=False)
        return
    table(
        ("cap", "of key", "amount", "at it", "used", "until"),
        [
            (
                each.terms.name,
                each.terms.key_id or "all",
                _spelled(each.terms.amount, each.terms.counted, agreement),
                "stops" if each.terms.is_hard else "tells",
                f"{each.percent} %",
                "ends" if each.terms.per is Per.LIFE else iso(each.period.end_us)[:10],
            )
            for each in caps
        ],
    )


def _spelled(amount: int, counted: Counted, agreement: Agreement) -> str:
    match counted:
        case Counted.REQUESTS:
            return str(amount)
        case Counted.BYTES:
            return spelled_bytes(amount)
        case Counted.MONEY:
            return str(Money(amount, agreement.currency))
