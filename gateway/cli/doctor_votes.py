"""What the doctor looks at among stewards and votes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress

from gateway.bootstrap import opened
from gateway.bootstrap.house import House, store_file
from gateway.cli.finding import Found
from gateway.fund.voting.decision import Kind
from gateway.kernel.clock import iso
from gateway.kernel.errors import GatewayError
from gateway.settings import Settings


def votes(settings: Settings) -> Iterator[Found]:
    """Deputies who stand in, votes that wait to be closed, policies nobody ratified."""
    place = store_file(settings)
    if place is not None and not place.exists():
        return
    with suppress(GatewayError), opened(settings) as house:
        yield from _stewards(house)
        yield from _waiting(house)
        missing = house.ratification.missing(Kind.RATIFY_POLICY, house.policies.version)
        if missing:
            yield Found("ratification", "note", missing)


def _stewards(house: House) -> Iterator[Found]:
    for seat in house.stewards.seats():
        office = seat.office
        if office.deputy_since_us is None:
            continue
        why = "the term is over" if office.is_over else "the steward did nothing"
        who = "any member may act" if office.is_open else "the deputy may act"
        said = f"{who} since {iso(office.deputy_since_us)[:10]}: {why};"
        said += " see `copyfair steward list`"
        yield Found(f"steward of {seat.collection}", "note", said)


def _waiting(house: House) -> Iterator[Found]:
    now_us = house.clock.now_us()
    for view in house.votes.list():
        if view.vote.closed_us is None and view.vote.closes_us <= now_us:
            said = f"its time is over; `copyfair vote close {view.vote.id}` counts it"
            yield Found("vote", "note", said)
