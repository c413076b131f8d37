"""Where a request would stand before an expensive page; asking changes nothing."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.classification.behaviour import Behaviour
from gateway.kernel.clock import NS_PER_S
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.costs import page_kind_of
from gateway.licensing.decision import Allow, Decision, Meter, Offer
from gateway.licensing.vocabulary import LANES
from gateway.metering.relief.crowds import Manner, family_of
from gateway.metering.relief.gestures import is_from_elsewhere, is_from_here
from gateway.metering.relief.networks import nets_of
from gateway.metering.relief.page_shape import shape_of
from gateway.metering.relief.turn import PATIENCE_NS, Rank
from gateway.services.lane_names import lane_name_of
from gateway.services.relief import PAID_PLACE, Relief


@dataclass(frozen=True, slots=True)
class Standing:
    """A request before a lane.

    Attributes:
        collection: Whose lane.
        room: `statutory` for those who have a lane of their own; else empty.
        page_class: The kind of page.
        rank: Who goes first, as `Rank` says it.
        places: How many such pages are made at once now.
        inside: How many of these are taken.
        waiting: How many wait.
        patience_s: How long this one would.
    """

    collection: str
    room: str
    page_class: str
    rank: str
    places: int
    inside: int
    waiting: int
    patience_s: int


def standing_of(
    relief: Relief,
    asked: Request,
    collection: Collection,
    *,
    decision: Decision,
    whose: str = "",
    now_ns: int,
) -> Standing | None:
    """Where it would stand; None where no lane is before the page.

    Who is made an offer stands there as well, where the gateway makes none.
    """
    if not isinstance(decision, Allow | Meter | Offer) or not decision.lane:
        return None
    kind = page_kind_of(collection, asked.path, asked.query)
    if not relief.class_of(asked, collection, kind.cost):
        return None
    name = lane_name_of(collection, decision.lane)
    lane = relief.seen_lane(name)
    rank = _rank_of(relief, asked, decision.lane, whose=whose, now_ns=now_ns)
    return Standing(
        name.collection,
        name.room,
        kind.page_class,
        rank.word,
        lane.pace.slots,
        lane.inside,
        lane.waiting,
        PATIENCE_NS[rank] // NS_PER_S,
    )


def _rank_of(
    relief: Relief, asked: Request, lane: str, *, whose: str, now_ns: int
) -> Rank:
    place = LANES.get(lane, 0)
    if place:
        return Rank.PAID if place == PAID_PLACE else Rank.AUTOMATION
    address, network, _ = map(relief.pseudonym_of, nets_of(asked.client_ip))
    if relief.history.has(address, now_ns=now_ns):
        is_forbidden = relief.is_forbidden(asked, lane, whose)
        return Rank.FRESH if is_forbidden else Rank.HISTORY
    ticket = asked.ticket
    if ticket and relief.tickets.holds(ticket, asked.url, network, now_ns=now_ns):
        return Rank.TICKET
    return Rank.FRESH


def observed(
    relief: Relief,
    asked: Request,
    collection: Collection,
    *,
    breaks_robots: bool = False,
    now_ns: int,
) -> Behaviour:
    """What relief remembers of whoever asks; of a crowd nothing about one address."""
    address = relief.pseudonym_of(nets_of(asked.client_ip)[0])
    history = relief.history
    has_history = history.has(address, now_ns=now_ns)
    manner = Manner(
        collection.id,
        shape_of(asked.path, asked.query),
        from_here=is_from_here(asked),
        is_fresh=not has_history,
        family=family_of(asked.user_agent),
        from_elsewhere=is_from_elsewhere(asked),
    )
    is_of_crowd, trips = relief.crowds.seen(manner, now_ns=now_ns)
    return Behaviour(
        has_history=has_history,
        read_robots=history.knows_robots(address, now_ns=now_ns),
        breaks_robots=breaks_robots,
        is_of_crowd=is_of_crowd,
        crowd_trips=trips,
    )
