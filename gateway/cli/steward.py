"""copyfair steward: who answers for a collection, for how long, and who stands in."""

from __future__ import annotations

from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.cli.names import names_of
from gateway.cli.screen import console, emit, json_option, spelled, table
from gateway.cli.setup import config_option
from gateway.fund.voting.office import TERM_US_MAX
from gateway.kernel.clock import US_PER_DAY, iso
from gateway.services.stewards import Seat
from gateway.settings import Settings

DAYS_MAX = TERM_US_MAX // US_PER_DAY


@click.group()
def steward() -> None:
    """Stewards' terms, deputies, and what happens when nobody stirs."""


@steward.command()
@click.argument("collection")
@click.argument("party")
@click.option("--deputy", required=True, help="Who stands in: id or name.")
@click.option(
    "--days",
    type=click.IntRange(1, DAYS_MAX),
    default=365,
    show_default=True,
    help="How long the term lasts.",
)
@click.option(
    "--decision",
    "decision_id",
    default="",
    help="By which decision; needed after the first term of a collection.",
)
@config_option
@json_option
def appoint(
    settings: Settings,
    *,
    collection: str,
    party: str,
    deputy: str,
    days: int,
    decision_id: str,
    as_json: bool,
) -> None:
    """Begin a steward's term now.

    Nobody has more than two terms in a row for one collection. A vote on whom to
    appoint is opened with `copyfair vote open "…" --appoint COLLECTION PARTY`.
    """
    with opened(settings) as house:
        house.stewards.begin(
            collection,
            house.parties.show(party).id,
            house.parties.show(deputy).id,
            days=days,
            decision_id=decision_id,
        )
        seats = [one for one in house.stewards.seats() if one.collection == collection]
        _tell(house, seats, as_json=as_json)


@steward.command("list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """List who may act for which collection now."""
    with opened(settings) as house:
        _tell(house, house.stewards.seats(), as_json=as_json)


@steward.command("check-in")
@click.argument("party")
@config_option
def check_in(settings: Settings, *, party: str) -> None:
    """Say that a steward or deputy is there; silence of 90 days wakes the deputy."""
    with opened(settings) as house:
        done = house.stewards.check_in(house.parties.show(party).id)
    console().print(f"{done.party_id} checked in", markup=False)


@steward.command()
@config_option
@json_option
def check(settings: Settings, *, as_json: bool) -> None:
    """Put on record which deputies have come into their powers; for a timer."""
    with opened(settings) as house:
        _tell(house, house.stewards.notice(), as_json=as_json)


def _tell(house: House, seats: Any, *, as_json: bool) -> None:
    documents = [_document(seat) for seat in seats]
    if as_json:
        emit("stewards", {"stewards": documents})
        return
    names = names_of(house)
    table(
        ("collection", "steward", "until", "last act", "deputy", "may act now"),
        [
            (
                one["collection"],
                names.get(one["steward_id"], one["steward_id"]),
                one["until"][:10],
                one["last_act_at"][:10],
                names.get(one["deputy_id"], one["deputy_id"]),
                _who(one, names),
            )
            for one in documents
        ],
    )


def _who(one: dict[str, Any], names: dict[str, str]) -> str:
    if one["open_to_members"]:
        return "any member"
    return spelled([names.get(each, each) for each in one["may_act"]])


def _document(seat: Seat) -> dict[str, Any]:
    office, term = seat.office, seat.office.term
    since = office.deputy_since_us
    return {
        "collection": seat.collection,
        "term_id": term.id,
        "steward_id": term.steward_id,
        "deputy_id": term.deputy_id,
        "from": iso(term.starts_us),
        "until": iso(term.ends_us),
        "decision_id": term.decision_id or None,
        "last_act_at": iso(office.last_act_us),
        "deputy_since": None if since is None else iso(since),
        "may_act": sorted(office.holders),
        "open_to_members": office.is_open,
    }
