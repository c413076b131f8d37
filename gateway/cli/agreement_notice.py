"""copyfair agreement takers, announce: who takes very much, told 30 days ahead."""

from __future__ import annotations

from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.giving import large_takers_of
from gateway.cli.names import names_of
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.services.large_takers import Taker, effective_us
from gateway.settings import Settings


@click.command()
@config_option
@json_option
def takers(settings: Settings, *, as_json: bool) -> None:
    """List who took how much of the metered bytes of the last 12 months.

    By beneficial owner. Above 20 % among ten takers or more counts as very large, and
    has an effect 30 days after `copyfair agreement announce`.
    """
    with opened(settings) as house:
        found = large_takers_of(house).list()
        names = names_of(house)
    if as_json:
        emit("takers", {"takers": [_document(one) for one in found]})
        return
    table(
        ("owner", "who", "share", "among", "very large", "told"),
        [
            (
                one.owner_id,
                names.get(one.owner_id, one.owner_id),
                f"{one.share.permille // 10}.{one.share.permille % 10} %",
                str(one.share.takers),
                "yes" if one.is_very_large else "no",
                "no" if one.notice_days is None else f"{one.notice_days} days ago",
            )
            for one in found
        ],
    )


@click.command()
@click.option("--party", "reference", required=True, help="A party of the owner.")
@click.option("--by", required=True, help="Who announces it.")
@click.option("--lift", is_flag=True, help="Take the announcement back.")
@config_option
@json_option
def announce(
    settings: Settings, *, reference: str, by: str, lift: bool, as_json: bool
) -> None:
    """Tell a very large taker that the top bracket prices everything from 30 days on.

    A letter and the party's webhooks are put in the outbox with the dated record.
    """
    with opened(settings) as house, house.together() as within:
        party = within.parties.show(reference)
        desk = large_takers_of(within)
        notice = desk.lift(party, by=by) if lift else desk.announce(party, by=by)
    effective = None if notice.is_lifted else iso(effective_us(notice))
    if as_json:
        told = {
            "notice_id": notice.id,
            "owner_id": notice.owner_id,
            "share_permille": notice.permille,
            "takers": notice.takers,
            "told_at": iso(notice.told_us),
            "effective_at": effective,
            "is_lifted": notice.is_lifted,
        }
        emit("taker-notice", told)
        return
    what = "taken back" if effective is None else f"in effect from {effective[:10]} on"
    console().print(f"{notice.id}  {party.name}: {what}", markup=False)


def _document(one: Taker) -> dict[str, Any]:
    return {
        "owner_id": one.owner_id,
        "share_permille": one.share.permille,
        "takers": one.share.takers,
        "is_very_large": one.is_very_large,
        "notice_days": one.notice_days,
    }
