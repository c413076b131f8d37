"""An account: one metered response, from the hold to the usage event.

Opened once the upstream's head is there, so that what is held is what is about to
pass; durable before the first body byte; closed exactly once, whatever happened.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Protocol

from gateway.classification.facts import Facts
from gateway.identity.principal import Identified, Principal
from gateway.kernel.clock import Clock
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Meter, Throttle
from gateway.metering.admit import CapReached, throttled_by_cap
from gateway.metering.cap import Hold
from gateway.metering.intent import Intent
from gateway.metering.meter import (
    HOLD_STEP_BYTES,
    first_hold,
    measure,
    object_digest,
)
from gateway.metering.quantity import NOTHING, Quantity
from gateway.metering.recording_ports import CapLedger, UsageRecorder
from gateway.metering.room import Granted, Room
from gateway.metering.usage_event import Ending, UsageEvent
from gateway.reciprocity.spending import account_of
from gateway.upstream.response import ResponseHead

NOTHING_HELD = Granted(0)


class Visited(Protocol):
    """What is known of a request; `gateway.proxy.visit.Visit` fills it."""

    asked: Request
    collection: Collection | None
    facts: Facts | None
    identified: Identified
    policy_version: str
    room: Room | None


def always(_: str) -> bool:
    """Every collection is invoiced."""
    return True


@dataclass(frozen=True, slots=True)
class Metering:
    """What opening an account takes.

    Attributes:
        recorder: Keeps intents and events.
        caps: Says what an agreement may still take; None for no caps.
        clock: When.
        node: Which gateway this is.
        boot_id: Which run of it.
        is_invoiced: Says whether usage of a collection may be owed now; what passes
            while it is not is recorded as a statement for good.
    """

    recorder: UsageRecorder
    caps: CapLedger | None
    clock: Clock
    node: str
    boot_id: str
    is_invoiced: Callable[[str], bool] = always

    async def open(
        self, visit: Visited, meter: Meter, head: ResponseHead
    ) -> Account | Throttle:
        """Hold what is about to pass, and write the intent down.

        Returns:
            The account; or why nothing may pass: a cap has no room.

        Raises:
            Unavailable: the intent cannot be stored, so nothing may pass.
        """
        account = Account(self, visit, meter, head)
        held = await self._held(account)
        if isinstance(held, CapReached):
            door = visit.collection.dump if visit.collection else ""
            return throttled_by_cap(meter, held, cheaper_door=door)
        visit.room = held.room
        await self.recorder.open(self._intent(account, held.micros))
        return account

    def begin(
        self,
        visit: Visited,
        meter: Meter,
        head: ResponseHead,
        *,
        heard: Callable[[Exception | None], None],
    ) -> Account | None:
        """As `open`, where nobody has to be asked for the hold.

        Args:
            visit: The request.
            meter: The decision.
            head: What the upstream answered; it says how long the body is.
            heard: Called once the intent is durable, or with why it is not.

        Returns:
            The account; None where nothing was begun.

        Raises:
            Unavailable: the intent cannot be stored, so nothing may pass.
        """
        account = Account(self, visit, meter, head)
        hold, micros = account.hold(), 0
        if self.caps is not None and hold.quantity != NOTHING:
            taken = self.caps.reserve_at_once(visit.asked.id, meter.agreement_id, hold)
            if taken is None:
                return None
            account.held_bytes = hold.quantity.body_bytes
            micros, visit.room = taken
        self.recorder.begin(self._intent(account, micros), heard)
        return account

    def _intent(self, account: Account, held_micros: int) -> Intent:
        return Intent(
            account.visit.asked.id,
            account.agreement_id,
            held_micros,
            self.clock.now_us(),
            self.node,
            self.boot_id,
        )

    async def _held(self, account: Account) -> Granted | CapReached:
        hold = account.hold()
        if self.caps is None or hold.quantity == NOTHING:
            return NOTHING_HELD
        request_id = account.visit.asked.id
        account.held_bytes = hold.quantity.body_bytes
        return await self.caps.reserve(request_id, account.meter.agreement_id, hold)


@dataclass(slots=True)
class Account:
    """One metered response.

    Attributes:
        metering: Whose account it is.
        visit: The request.
        meter: The decision.
        head: What the upstream answered.
        held_bytes: For how many body bytes money is set aside.
    """

    metering: Metering
    visit: Visited
    meter: Meter
    head: ResponseHead
    held_bytes: int = field(default=0)

    def hold(self) -> Hold:
        """What to set aside at first; nothing where standing pays."""
        if self.meter.spends_standing:
            return Hold(NOTHING)
        return Hold(
            first_hold(
                method=self.visit.asked.method,
                status=self.head.status,
                content_bytes=self.head.body_bytes,
            ),
            is_priced=not (self.meter.priced_at_zero or self._is_test),
            floor_bracket=self.meter.floor_bracket,
            key_id=self._principal.key_id if self._principal else "",
            collection=self.visit.collection.id if self.visit.collection else "",
        )

    async def covers(self, body_bytes: int) -> bool:
        """May a body pass up to so many bytes? Holds more, step by step.

        Raises:
            Unavailable: the caps cannot be asked.
        """
        caps = self.metering.caps
        if caps is None or self.held_bytes == 0:
            return True
        while self.held_bytes < body_bytes:
            step = Quantity(0, HOLD_STEP_BYTES)
            if isinstance(await caps.extend(self.visit.asked.id, step), CapReached):
                return False
            self.held_bytes += HOLD_STEP_BYTES
        return True

    def close(self, ending: Ending, body_bytes: int) -> None:
        """Record what passed; the one place where usage becomes an event.

        Args:
            ending: How the body ended.
            body_bytes: Body bytes that left us.
        """
        visit, meter = self.visit, self.meter
        asked = visit.asked
        measured = measure(
            ending,
            method=asked.method,
            status=self.head.status,
            body_bytes=body_bytes,
        )
        party = self._principal
        event = UsageEvent(
            id=asked.id,
            agreement_id=self.agreement_id,
            party_id=party.party.id if party else "",
            key_id=party.key_id if party else "",
            collection=meter.ruling.collection,
            tariff=meter.tariff,
            tariff_version=meter.tariff_version,
            use=visit.facts.word("use.class") if visit.facts else "unknown",
            method=asked.method,
            path=asked.path,
            object_sha256=object_digest(
                host=asked.host, target=asked.target, etag=self.head.first("etag")
            ),
            status=self.head.status,
            ending=measured.ending,
            body_bytes=measured.body_bytes,
            billable_bytes=measured.billable.body_bytes,
            billable_requests=measured.billable.requests,
            is_repeat=False,
            priced_at_zero=meter.priced_at_zero,
            floor_bracket=meter.floor_bracket,
            is_test=self._is_test,
            occurred_us=asked.received_us,
            policy_version=visit.policy_version,
            node=self.metering.node,
            is_statement=not self.metering.is_invoiced(meter.ruling.collection),
        )
        self.metering.recorder.settle(event)

    @property
    def agreement_id(self) -> str:
        """Under which agreement; or whose standing pays."""
        party = self._principal
        if self.meter.spends_standing and party is not None:
            return account_of(party.party.id)
        return self.meter.agreement_id

    @property
    def _principal(self) -> Principal | None:
        identified = self.visit.identified
        return identified if isinstance(identified, Principal) else None

    @property
    def _is_test(self) -> bool:
        principal = self._principal
        return principal is not None and principal.is_test
