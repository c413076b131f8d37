"""The gateway's own admission and relief, without a socket, on the world's clock."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import partial
from typing import NamedTuple

from bench.ladder.world import Archive, Pages, World
from gateway.kernel.clock import NS_PER_S
from gateway.kernel.request import Headers, Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Redirect, Throttle
from gateway.metering.lane import Moves, Seat
from gateway.metering.relief.turn import Claim, Turn
from gateway.services.admission import Admission
from gateway.services.pressure import Pressure
from gateway.services.relief import Relief

KEY = b"the ladder is the same each time"
HOST = "archive.example"
OK, AGAIN, LED_ON = 200, 429, 303
SAYS = (("Cache-Control", "public, max-age=60"), ("Content-Type", "text/html"))
"""What the archive says of its pages where copies are allowed."""
PAGE = b"p" * 20_000
PART_COST = 0


class Heard(NamedTuple):
    """What a client was told.

    Attributes:
        status: 200, 303 or 429.
        waited_s: From asking to the answer.
        button: The page that a button gives a ticket for; empty for no button.
        retry_after_s: When to come back, where refused.
        turn: Whose button it is.
        leads_to: The plainer page; empty where it leads nowhere.
    """

    status: int
    waited_s: float
    button: str = ""
    retry_after_s: int = 0
    turn: Turn | None = None
    leads_to: str = ""


Hear = Callable[[Heard], None]


@dataclass(slots=True)
class Asking:
    """One request under way."""

    asked: Request
    kind: str
    began_ns: int
    hear: Hear
    collection: Collection | None = None
    turn: Turn | None = None


class House:
    """A gateway before an archive.

    Attributes:
        served: Expensive pages that reached the archive, by who asked.
        offered: And how many were asked for.
        copies: How often an earlier copy was given.
    """

    def __init__(
        self, world: World, archive: Archive, pages: Pages, *, admission: Admission
    ) -> None:
        self.world, self.archive, self.pages = world, archive, pages
        self.relief = Relief(KEY)
        self.admission = replace(
            admission, clock=world, pressure=Pressure(world), relief=self.relief
        )
        self.served: dict[str, int] = {}
        self.offered: dict[str, int] = {}
        self.copies = 0
        self._waiting: dict[str, Asking] = {}
        self._number = 0

    def ask(
        self,
        who: str,
        target: str,
        kind: str,
        *,
        client_ip: str,
        headers: Headers,
        hear: Hear,
        ticket: str = "",
    ) -> None:
        """Ask for a page; *hear* is told what comes of it."""
        self._number += 1
        path, _, query = target.partition("?")
        asked = Request(
            f"{who}-{self._number}", "GET", "https", HOST, HOST, target, path, query,
            headers, client_ip, self.world.now_us(), ticket,
        )  # fmt: skip
        asking = Asking(asked, kind, self.world.now_ns, hear)
        if kind == "dear":
            self.offered[who] = self.offered.get(who, 0) + 1
        judged = self.admission.at_once(asked, now_ns=self.world.now_ns)
        if judged is None:
            raise ValueError("the ladder's requests are all judged at once")
        asking.collection, left = judged[0], judged[4]
        if isinstance(left, Turn):
            asking.turn = left
            self._to_lane(asking, left)
        elif isinstance(left, Throttle):
            hear(Heard(AGAIN, 0.0, left.ticket_for, left.retry_after_s))
        else:
            self._to_archive(asking)

    def press(self, heard: Heard, *, client_ip: str) -> str | None:
        """Press the button; a ticket, or None for later."""
        if heard.turn is None:
            return None
        asked = Request(
            "press", "POST", "https", HOST, HOST, "/", "/", client_ip=client_ip
        )
        url = f"https://{HOST}{heard.button}"
        return self.relief.give_ticket(
            asked, heard.turn.claim.lane, url, now_ns=self.world.now_ns
        )

    def _to_lane(self, asking: Asking, turn: Turn) -> None:
        claim, now_ns = turn.claim, self.world.now_ns
        self._waiting[claim.id] = asking
        seat, moves = self.relief.enter(claim, now_ns=now_ns)
        if seat is Seat.INSIDE:
            self._called(claim)
        elif seat is Seat.WAITING and self._copied(asking, turn, is_last=False):
            del self._waiting[claim.id]
            self._moved(self.relief.leave(claim, now_ns=now_ns))
        elif seat is Seat.WAITING:
            self.world.after(
                claim.patience_ns / NS_PER_S, partial(self._gives_up, claim)
            )
        else:
            self._away(claim)
        self._moved(moves)

    def _copied(self, asking: Asking, turn: Turn, *, is_last: bool) -> bool:
        """Give an earlier copy, if there is one."""
        if asking.collection is None:
            return False
        now_ns = self.world.now_ns
        copy = self.relief.instead.copy_for(
            asking.asked, turn, asking.collection, is_last=is_last, now_ns=now_ns
        )
        if copy is None:
            return False
        self.relief.took_copy(asking.asked, now_ns=now_ns)
        self.copies += 1
        asking.hear(Heard(OK, (now_ns - asking.began_ns) / NS_PER_S))
        return True

    def _moved(self, moves: Moves) -> None:
        for claim in moves.called:
            self._called(claim)
        for claim in moves.displaced:
            self._away(claim)

    def _called(self, claim: Claim) -> None:
        asking = self._waiting.pop(claim.id, None)
        if asking is not None:
            self._to_archive(asking)

    def _gives_up(self, claim: Claim) -> None:
        if claim.id in self._waiting:
            self._moved(self.relief.leave(claim, now_ns=self.world.now_ns))
            self._away(claim)

    def _away(self, claim: Claim) -> None:
        asking = self._waiting.pop(claim.id, None)
        if asking is None or asking.turn is None or asking.collection is None:
            return
        if self._copied(asking, asking.turn, is_last=True):
            return
        said = self.relief.away(
            asking.asked,
            asking.turn,
            asking.collection,
            now_ns=self.world.now_ns,
        )
        waited_s = (self.world.now_ns - asking.began_ns) / NS_PER_S
        if isinstance(said, Redirect):
            asking.hear(Heard(LED_ON, waited_s, leads_to=said.location))
            return
        heard = Heard(AGAIN, waited_s, said.ticket_for, said.retry_after_s, asking.turn)
        asking.hear(heard)

    def _to_archive(self, asking: Asking) -> None:
        if asking.kind == "dear":
            who = asking.asked.id.partition("-")[0]
            self.served[who] = self.served.get(who, 0) + 1
        self.admission.pressure.enter("archive")
        began_ns, work_ns = self.world.now_ns, self.pages.work_ns(asking.kind)
        if asking.kind == "part":
            # As everywhere, a front server gives these out, and no worker.
            self.world.after(work_ns / NS_PER_S, partial(self._over, asking, began_ns))
        else:
            self.archive.ask(work_ns, partial(self._over, asking, began_ns))

    def _over(self, asking: Asking, began_ns: int) -> None:
        now_ns, relief = self.world.now_ns, self.relief
        took_ns = now_ns - began_ns
        self.admission.pressure.answered("archive", took_ns)
        self.admission.pressure.leave("archive")
        if asking.turn is not None:
            relief.headed(asking.turn.claim, now_ns=now_ns)
            self._keep(asking, asking.turn)
            self._moved(relief.leave(asking.turn.claim, now_ns=now_ns))
        if asking.collection is not None and asking.collection.protect is None:
            relief.answered(
                asking.asked,
                asking.collection,
                cost=PART_COST if asking.kind == "part" else 1,
                status=OK,
                first_byte_ns=took_ns,
                now_ns=now_ns,
            )
        asking.hear(Heard(OK, (now_ns - asking.began_ns) / NS_PER_S))

    def _keep(self, asking: Asking, turn: Turn) -> None:
        """Keep a page as the gateway does while it passes."""
        asked, instead = asking.asked, self.relief.instead
        if asking.collection is not None and instead.may_keep(
            asked, turn, asking.collection, status=OK, headers=SAYS
        ):
            instead.keep(asked, SAYS, PAGE, now_ns=self.world.now_ns)
