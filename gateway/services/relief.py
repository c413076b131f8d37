"""Relief: which pages are expensive now, and who goes first to them.

It holds what the rules of `metering/relief` work on, in memory and for minutes. It
does no waiting, reads no clock and needs no store: the proxy carries it out, a
simulation drives it with ticks of its own.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from gateway.kernel.clock import NS_PER_S
from gateway.kernel.lately import Lately
from gateway.kernel.once import Once, unshared
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.costs import PAGE_COST, page_kind_of
from gateway.licensing.decision import Answered, Redirect, Throttle
from gateway.licensing.vocabulary import LANES
from gateway.metering.judged import Accounts
from gateway.metering.lane import Lane, Moves, Seat
from gateway.metering.relief.crowds import CrowdBook, Manner, family_of
from gateway.metering.relief.dearness import Dearness
from gateway.metering.relief.gestures import (
    dates_its_copy,
    followed_as_text,
    is_from_elsewhere,
    is_from_here,
    names_its_copy,
)
from gateway.metering.relief.history import NOWHERE, Elsewhere, HistoryBook
from gateway.metering.relief.lane_counts import Came, LaneCounts
from gateway.metering.relief.networks import Pseudonyms, nets_of
from gateway.metering.relief.pace import SLOTS_MAX, Pace
from gateway.metering.relief.page_shape import shape_of
from gateway.metering.relief.rolling import Rolling
from gateway.metering.relief.tickets import Tickets
from gateway.metering.relief.turn import PATIENCE_NS, Claim, LaneName, Rank, Turn
from gateway.services.instead import Instead
from gateway.services.lane_names import lane_name_of
from gateway.services.paces import Paces

EXPENSIVE_FROM = 5
"""A page that costs as much as five ordinary ones has a lane before it."""
LANE = "lane"
STATUTORY_SLOTS = 4
LANES_MAX = 128
PAID_PLACE = 1
SHARES_WINDOW_S = 600
SHARES_MAX = 200_000
WEIGHT = 4
SAMPLED = 3
RETRY_MIN_S, RETRY_MAX_S = 3, 30
TRAP_PREFIX = "/_copyfair/trap/"
READS = frozenset(("GET", "HEAD"))
BOUND_BY_ROBOTS = frozenset(("readers", "search", "automation"))
"""Lanes of those whom no agreement, statute or membership lets in."""
OK, NOT_MODIFIED, FAULTY, FAILED = 200, 304, 400, 500
BUSY = (
    "Many ask for pages like this one just now, and the archive can make only so many "
    "at once. Other pages are not held up."
)


class Relief:
    """What relief remembers, and asks it.

    Attributes:
        dearness: Which pages were found to be expensive.
        history: Who reads here.
        tickets: Who pressed the button.
        crowds: Who comes in crowds.
        counts: What became of requests for expensive pages.
        instead: What is given instead of them.
        paces: How fast machines ask that say their names.
        forbids: Does robots.txt ask whoever calls itself so to leave that page?
    """

    def __init__(
        self,
        key: bytes,
        *,
        shared_by: int = 1,
        taken: Once = unshared,
        elsewhere: Elsewhere = NOWHERE,
    ) -> None:
        """Nothing is remembered yet.

        Args:
            key: Of tickets and pseudonyms.
            shared_by: So many processes share each lane, in equal parts.
            taken: Whether another process took a ticket back.
            elsewhere: What other processes learn of who comes here.
        """
        self._shared_by = shared_by
        self.dearness = Dearness()
        self.history = HistoryBook(elsewhere=elsewhere)
        self.tickets = Tickets(key, elsewhere=taken)
        self.crowds = CrowdBook(elsewhere=elsewhere.crowds)
        self.counts = LaneCounts()
        self.instead = Instead(self.counts, self.class_of)
        self.paces = Paces(key)
        self.forbids: Callable[[Request], bool] = lambda _asked: False
        self._shares = Rolling(window_s=SHARES_WINDOW_S, entries_max=SHARES_MAX)
        self._pages = Rolling(window_s=SHARES_WINDOW_S, entries_max=SHARES_MAX)
        self._pseudonyms = Pseudonyms(key)
        self._lanes: Lately[LaneName, Lane] = Lately(LANES_MAX)
        self._answers = 0

    def turn(
        self,
        asked: Request,
        collection: Collection,
        decision: Answered,
        *,
        cost: int,
        whose: str = "",
        now_ns: int,
    ) -> Answered | Turn:
        """The decision as it is, or a turn in the lane before an expensive page.

        Args:
            asked: The request.
            collection: Where the page belongs.
            decision: What was decided; it names a lane, or nobody waits.
            cost: Cost units of the page.
            whose: A party's id, an operator's name, or empty for a stranger.
            now_ns: Ticks now.
        """
        if not decision.lane or cost == 0:
            return decision
        if cost < EXPENSIVE_FROM and not self.dearness.knows_any(collection.id):
            return decision
        if not self.class_of(asked, collection, cost):
            return decision
        shape = shape_of(asked.path, asked.query)
        name = lane_name_of(collection, decision.lane)
        claim = self._claim(
            asked, decision, lane=name, shape=shape, whose=whose, now_ns=now_ns
        )
        kind = page_kind_of(collection, asked.path, asked.query)
        return Turn(decision, replace(claim, page_class=kind.page_class))

    def class_of(self, asked: Request, collection: Collection, cost: int) -> str:
        """The class of an expensive page; empty for a page that is none."""
        if cost >= EXPENSIVE_FROM:
            return f"cost {cost}"
        if cost != PAGE_COST or not self.dearness.knows_any(collection.id):
            return ""
        path = collection.matched(asked.path)
        if collection.costs and collection.prices.cost(path, asked.query) is not None:
            return ""  # its steward has said what it costs
        shape = shape_of(asked.path, asked.query)
        return self.dearness.is_dear(collection.id, shape)

    def _claim(
        self,
        asked: Request,
        decision: Answered,
        *,
        lane: LaneName,
        shape: str,
        whose: str,
        now_ns: int,
    ) -> Claim:
        said = nets_of(asked.client_ip)
        address, network, region = map(self._pseudonyms.of, said)
        is_known = self.history.has(address, now_ns=now_ns)
        place = LANES.get(decision.lane, 0)
        party = self._pseudonyms.of(whose) if whose else address
        manner = Manner(
            lane.collection,
            shape,
            from_here=is_from_here(asked),
            is_fresh=not is_known,
            family=family_of(asked.user_agent),
            from_elsewhere=is_from_elsewhere(asked),
        )
        units = self._shares.units
        burden: tuple[int, ...]
        is_forbidden = self.is_forbidden(asked, decision.lane, whose)
        if place > 0:
            rank = Rank.PAID if place == PAID_PLACE else Rank.AUTOMATION
            if is_forbidden:
                self.history.broke_robots(party, now_ns=now_ns)
            is_rude = not self.history.is_mannered(address, now_ns=now_ns)
            is_rude = is_rude or self.history.breaks_robots(party, now_ns=now_ns)
            had = units(party, now_ns=now_ns)
            if rank is Rank.AUTOMATION:
                # Neither ten names at one address gain, nor one name at ten.
                had = max(had, units(address, now_ns=now_ns))
            burden = (int(is_rude), had)
        elif is_known and not is_forbidden:
            rank = Rank.HISTORY
            had = units(address, now_ns=now_ns)
            read = self._pages.units(address, now_ns=now_ns)
            # Who reads much and searches little goes before who does nothing else.
            burden = ((had + 1) * WEIGHT // (read + 1), had)
        elif asked.ticket and self.tickets.take(
            asked.ticket, asked.url, network, now_ns=now_ns
        ):
            rank = Rank.TICKET
            burden = (units(network, now_ns=now_ns),)
        else:
            rank = Rank.FRESH
            crowd = self.crowds.came(manner, network, now_ns=now_ns)
            around = units(region, now_ns=now_ns)
            own = units(network, now_ns=now_ns)
            burden = (int(is_forbidden), crowd, around, own)
        shares = (address, network, region, *((party,) if whose else ()))
        return Claim(asked.id, lane, rank, burden, shares, manner, PATIENCE_NS[rank])

    def is_forbidden(self, asked: Request, lane: str, whose: str) -> bool:
        """Does a machine that says its name ask for what robots.txt keeps from it?

        Such a page comes after all others of its rank, and an operator's other pages
        with it; whoever gives no name has no robots.txt to keep to, least of all
        people.
        """
        return bool(whose) and lane in BOUND_BY_ROBOTS and self.forbids(asked)

    def pseudonym_of(self, text: str) -> bytes:
        """The digest of an address or network, under this set-up's key."""
        return self._pseudonyms.of(text)

    def lane_of(self, name: LaneName) -> Lane:
        """The lane of that name."""
        lane = self._lanes.get(name)
        if lane is None:
            lane = self._lanes.keep(name, self._begun(name))
        return lane

    def seen_lane(self, name: LaneName) -> Lane:
        """The lane as it is, or as it would begin; nothing is kept of asking."""
        return self._lanes.peek(name) or self._begun(name)

    def _begun(self, name: LaneName) -> Lane:
        most = STATUTORY_SLOTS if name.room else SLOTS_MAX
        return Lane(Pace(slots_max=most, shared_by=self._shared_by))

    def lanes(self) -> tuple[tuple[LaneName, Lane], ...]:
        """Every lane that somebody came to."""
        return self._lanes.items()

    def lane_places(self) -> int:
        """How many expensive pages may be made at once now, over all lanes."""
        return sum(lane.pace.slots for lane in self._lanes.values())

    def lane_waiting(self) -> int:
        """How many wait, over all lanes."""
        return sum(lane.waiting for lane in self._lanes.values())

    def enter(self, claim: Claim, *, now_ns: int) -> tuple[Seat, Moves]:
        """Come to the lane: inside at once, in line, or turned away."""
        seat, moves = self.lane_of(claim.lane).enter(claim, now_ns=now_ns)
        if seat is Seat.INSIDE:
            self.counts.add(claim, Came.SERVED)
            self._served(claim, now_ns)
        return seat, self._moved(moves, now_ns)

    def headed(self, claim: Claim, *, now_ns: int) -> None:
        """The head of its answer came."""
        self.lane_of(claim.lane).headed(claim, now_ns=now_ns)

    def leave(self, claim: Claim, *, now_ns: int) -> Moves:
        """It is over, or waits no longer."""
        moves = self.lane_of(claim.lane).leave(claim, now_ns=now_ns)
        return self._moved(moves, now_ns)

    def _moved(self, moves: Moves, now_ns: int) -> Moves:
        for claim in moves.called:
            self.counts.add(claim, Came.WAITED)
            self._served(claim, now_ns)
        return moves

    def _served(self, claim: Claim, now_ns: int) -> None:
        for share in claim.shares:
            self._shares.add(share, 1, now_ns=now_ns)
        if claim.rank is Rank.FRESH:
            self.crowds.had(claim.manner, 1, now_ns=now_ns)

    def away(
        self, asked: Request, turn: Turn, collection: Collection, *, now_ns: int
    ) -> Throttle | Redirect:
        """What whoever found no place is told: a plainer page, or when to come back.

        The button is for whoever reads; a crawler waits, or pays by another door.
        """
        claim, lane = turn.claim, self.lane_of(turn.claim.lane)
        ruling, reads = turn.decision.ruling, asked.method in READS
        led_on = self.instead.plainer_page(asked, turn, collection, now_ns=now_ns)
        if led_on is not None:
            return led_on
        self.counts.add(claim, Came.SHED)
        carries = max(1, lane.pace.carries_milli_per_s)
        wait_s = 1_000 * (lane.waiting + 1) // carries
        return Throttle(
            replace(ruling, reason=BUSY),
            LANE,
            retry_after_s=max(RETRY_MIN_S, min(RETRY_MAX_S, wait_s)),
            cheaper_door=collection.dump,
            ticket_for=asked.target if reads and claim.rank <= Rank.FRESH else "",
        )

    def give_ticket(
        self, asked: Request, lane: LaneName, url: str, *, now_ns: int
    ) -> str | None:
        """A ticket for a page in that lane, for whoever asks; None for later."""
        _, network, region = map(self._pseudonyms.of, nets_of(asked.client_ip))
        return self.tickets.give(
            url,
            lane="|".join(lane),
            networks=(network, region),
            milli_per_s=self.lane_of(lane).pace.carries_milli_per_s,
            now_ns=now_ns,
        )

    def answered(
        self,
        asked: Request,
        collection: Collection,
        *,
        cost: int,
        status: int,
        first_byte_ns: int,
        now_ns: int,
        held: Accounts | None = None,
    ) -> None:
        """The archive answered: history is made of that, and figures of pages.

        Args:
            asked: The request.
            collection: Where the page belongs.
            cost: Cost units of the page; 0 for a part of one.
            status: As the client got it.
            first_byte_ns: From asking the archive to its first byte.
            now_ns: Ticks now.
            held: What was found for this client, kept with its connection.
        """
        if status == OK:
            address = self._address(asked) if held is None else self._held(asked, held)
            if cost == 0:
                self.history.part(address, now_ns=now_ns)
            elif asked.method == "GET":
                is_followed = followed_as_text(asked)
                self.history.page(address, now_ns=now_ns, is_followed=is_followed)
                self._pages.add(address, 1, now_ns=now_ns)
            elif asked.method not in READS:
                self.instead.changed(asked)
        elif status == NOT_MODIFIED:
            self._revalidated(asked, now_ns)
            return
        elif status < FAULTY and asked.method not in READS:
            self.instead.changed(asked)
        if cost != PAGE_COST or status >= FAILED:
            return
        self._answers += 1
        # One in four is enough to know a page by; where it hurts, each one counts.
        if first_byte_ns >= NS_PER_S or not self._answers & SAMPLED:
            shape = shape_of(asked.path, asked.query)
            self.dearness.note(collection.id, shape, first_byte_ns, now_ns=now_ns)

    def took_copy(self, asked: Request, *, now_ns: int) -> None:
        """An earlier copy of a page was given; its parts make a history as usual."""
        if asked.method == "GET":
            self.history.page(self._address(asked), now_ns=now_ns)

    def _revalidated(self, asked: Request, now_ns: int) -> None:
        """Its copy holds: a tag is proof of one, a date only where a page was given."""
        if names_its_copy(asked):
            self.history.revalidated(self._address(asked), now_ns=now_ns)
        elif dates_its_copy(asked):
            self.history.part(self._address(asked), now_ns=now_ns)

    def read_robots(self, asked: Request, *, now_ns: int) -> None:
        """It was given robots.txt."""
        self.history.read_robots(self._address(asked), now_ns=now_ns)

    def tripped(self, asked: Request, *, now_ns: int) -> None:
        """Somebody followed a link that no reader sees; a crowd may answer for it."""
        address, network, _ = map(self._pseudonyms.of, nets_of(asked.client_ip))
        is_fresh = not self.history.has(address, now_ns=now_ns)
        family = family_of(asked.user_agent)
        manner = Manner("", "", from_here=False, is_fresh=is_fresh, family=family)
        self.crowds.tripped(manner, network, now_ns=now_ns)

    def _held(self, asked: Request, held: Accounts) -> bytes:
        """As `_address`, which is asked once for each connection."""
        if not held.pseudonym:
            held.pseudonym = self._address(asked)
        return held.pseudonym

    def _address(self, asked: Request) -> bytes:
        return self._pseudonyms.of(nets_of(asked.client_ip)[0])
