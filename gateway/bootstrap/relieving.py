"""Relief in a running gateway: it hears what became of requests, and gives tickets."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from gateway.bootstrap.observing import Observer
from gateway.classification.facts import Facts
from gateway.kernel.clock import Clock
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.costs import cost_of
from gateway.licensing.decision import Ruling, Throttle
from gateway.licensing.enforce import protects
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import Switches
from gateway.metering.judged import Accounts, Judged
from gateway.metering.relief.shown_ticket import with_ticket
from gateway.metering.relief.turn import LaneName
from gateway.proxy.ports import Outcome
from gateway.proxy.visit import PASSED_ON
from gateway.services.lane_names import EXPENSIVE
from gateway.services.relief import (
    BUSY,
    LANE,
    RETRY_MIN_S,
    TRAP_PREFIX,
    Relief,
)

ROBOTS = "/robots.txt"
OK = 200
RULE = "ticket"


@dataclass(frozen=True, slots=True)
class Remembering:
    """A `gateway.proxy.ports.Observer` that lets relief hear what the other hears.

    Attributes:
        observer: The other.
        relief: Remembers, for minutes.
        switches: Nothing is remembered where nobody is slowed.
        clock: When.
    """

    observer: Observer
    relief: Relief
    switches: Switches
    clock: Clock

    def __call__(self, outcome: Outcome) -> None:
        """Hear what became of a request."""
        self.observer(outcome)
        if outcome.decision is PASSED_ON:
            # A file of ours that the archive gave: no page, and read all the same.
            if outcome.status == OK:
                self._own(outcome.asked)
        elif outcome.first_byte_ns and outcome.collection is not None:
            self._answered(outcome)
        elif outcome.is_own:
            self._own(outcome.asked)
        collection, facts = outcome.collection, outcome.facts
        if collection is not None and facts is not None:
            self._paced(outcome.asked, collection, facts)

    def reads(
        self,
        asked: Request,
        judged: Judged,
        status: int,
        *,
        body_bytes: int,
        elapsed_ns: int,
        accounts: Accounts,
    ) -> bool:
        """Hear of a plain read; a `gateway.proxy.ports.Reads`."""
        is_all = self.observer.reads(
            asked,
            judged,
            status,
            body_bytes=body_bytes,
            elapsed_ns=elapsed_ns,
            accounts=accounts,
        )
        collection = judged[0]
        if is_all and collection is not None:
            self._remember(
                asked,
                collection,
                status=status,
                first_byte_ns=elapsed_ns,
                held=accounts,
            )
            self._paced(asked, collection, judged[3])
        return is_all

    def _paced(self, asked: Request, collection: Collection, facts: Facts) -> None:
        """Whoever says its name is watched, whether or not anybody is slowed."""
        if "client.agent" not in facts:
            return
        paces = self.relief.paces
        subject = paces.subject_of(facts, asked.client_ip)
        if subject and cost_of(collection, asked.path, asked.query):
            paces.came(subject, now_ns=self.clock.ticks_ns())

    def _answered(self, outcome: Outcome) -> None:
        if outcome.collection is not None:
            self._remember(
                outcome.asked,
                outcome.collection,
                status=outcome.status,
                first_byte_ns=outcome.first_byte_ns,
            )

    def _remember(
        self,
        asked: Request,
        collection: Collection,
        *,
        status: int,
        first_byte_ns: int,
        held: Accounts | None = None,
    ) -> None:
        if not protects(collection, self.switches):
            return
        self.relief.answered(
            asked,
            collection,
            cost=cost_of(collection, asked.path, asked.query),
            status=status,
            first_byte_ns=first_byte_ns,
            now_ns=self.clock.ticks_ns(),
            held=held,
        )

    def _own(self, asked: Request) -> None:
        if asked.path == ROBOTS:
            self.relief.read_robots(asked, now_ns=self.clock.ticks_ns())
        elif asked.path.startswith(TRAP_PREFIX):
            self.relief.tripped(asked, now_ns=self.clock.ticks_ns())


@dataclass(frozen=True, slots=True)
class TicketDesk:
    """Gives tickets; a `gateway.terms.ports.TicketDesk`."""

    relief: Relief
    policies: Callable[[], PolicySet]
    clock: Clock

    def ticket(self, asked: Request, target: str) -> str | Throttle:
        """The page's target with a ticket for it, or when to ask for one again."""
        path = target.partition("?")[0]
        collection = self.policies().collection_for(asked.host, path)
        name = "" if collection is None else collection.id
        made = self.relief.give_ticket(
            asked,
            LaneName(name, EXPENSIVE),
            f"{asked.scheme}://{asked.authority}{target}",
            now_ns=self.clock.ticks_ns(),
        )
        if made is not None:
            return with_ticket(target, made)
        ruling = Ruling(RULE, BUSY, collection=name)
        return Throttle(ruling, LANE, retry_after_s=RETRY_MIN_S * 3, ticket_for=target)
