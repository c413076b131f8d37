"""Small honest stand-ins for admission and metering: they keep their promises."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field

from gateway.classification.facts import Fact, Facts
from gateway.identity.party import Party
from gateway.identity.principal import ANONYMOUS, Identified, Principal
from gateway.kernel.errors import Conflict, Unavailable
from gateway.kernel.evidence import Level
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.decision import Allow, Decision, Meter, Ruling, Throttle
from gateway.licensing.policy import PolicySet
from gateway.metering.admit import Admitted, CapReached
from gateway.metering.cap import Hold
from gateway.metering.intent import Intent
from gateway.metering.judged import Accounts, Judged
from gateway.metering.ports import Settled
from gateway.metering.quantity import Quantity
from gateway.metering.room import Granted, Room
from gateway.metering.usage_event import UsageEvent
from gateway.proxy.ports import Outcome
from gateway.reciprocity.spending import DEFAULT_RATE
from gateway.web.answer import Answer, HeaderPairs

FREE = Ruling("reading-is-free", "Reading is free.", "person", "everything")
PAID = Ruling("licensed", "There is an agreement.", "commercial", "everything")
ALLOW = Allow(FREE)
METER = Meter(PAID, "agr_1", "ai-2026", 3)
SPENDS = Allow(FREE, spends_standing=True, rate=DEFAULT_RATE.name)
LICENSED = Principal(Party("pty_1", "Example Ltd"), "key_1")
EVERYTHING = Collection(
    "everything", {"en": "Everything"}, "Steward", "steward@archive.example", "archive"
)
POLICIES = PolicySet("f00d", (EVERYTHING,), {}, {})

Deciding = Callable[[Request], Decision]


def always(decision: Decision) -> Deciding:
    return lambda _asked: decision


@dataclass
class FakeAdmission:
    """Decides as it is told."""

    decision: Deciding = field(default_factory=lambda: always(ALLOW))
    identified: Identified = ANONYMOUS
    is_store_down: bool = False
    set_in_force: PolicySet = POLICIES
    throttle: Throttle | None = None
    seen: list[Request] = field(default_factory=list)
    has_to_wait: bool = False

    def at_once(
        self, asked: Request, *, now_ns: int, accounts: Accounts | None = None
    ) -> Judged | None:
        if self.has_to_wait or (
            self.is_store_down and "authorization" in asked.headers
        ):
            return None
        self.seen.append(asked)
        facts = self.classify(asked, self.identified)
        decision = self.decide(asked, self.identified, facts)
        if isinstance(decision, Allow | Meter):
            admitted = self.admit(asked, self.identified, decision)
            decision = admitted.decision if isinstance(admitted, Admitted) else admitted
        where, version = self.collection_of(asked), self.set_in_force.version
        judged = where, version, self.identified, facts, decision
        if accounts is None:
            return judged
        # As admission does: what is judged alike is the same object for one client.
        kept: Judged = accounts.seen.setdefault(hash(decision), judged)
        is_alike = kept[0] is where and kept[2] is self.identified
        return kept if is_alike and kept[4] == decision else judged

    def policies(self) -> PolicySet:
        return self.set_in_force

    def collection_of(self, asked: Request) -> Collection | None:
        return self.set_in_force.collection_for(asked.host, asked.path)

    async def identify(self, asked: Request) -> Identified:
        self.seen.append(asked)
        if self.is_store_down and "authorization" in asked.headers:
            raise Unavailable("the store of keys does not answer")
        return self.identified

    def classify(self, asked: Request, identified: Identified) -> Facts:
        return Facts({"use.class": Fact("train", Level.CLAIMED, "agreement")})

    def decide(self, asked: Request, identified: Identified, facts: Facts) -> Decision:
        return self.decision(asked)

    def admit(
        self, asked: Request, identified: Identified, decision: Allow | Meter
    ) -> Admitted | Throttle:
        return self.throttle or Admitted(decision)


@dataclass
class FakeRecorder:
    """Keeps intents and events in lists; may be broken."""

    intents: list[Intent] = field(default_factory=list)
    events: list[UsageEvent] = field(default_factory=list)
    is_broken: bool = False
    is_stopping: bool = False
    writes_s: float = 0.001

    async def open(self, intent: Intent) -> None:
        if self.is_stopping:
            raise Unavailable("the gateway is stopping")
        await asyncio.sleep(self.writes_s)
        if self.is_broken:
            raise Unavailable("the disk is full")
        self.intents.append(intent)

    def begin(self, intent: Intent, heard: Callable[[Exception | None], None]) -> None:
        if self.is_stopping:
            raise Unavailable("the gateway is stopping")
        fault = Unavailable("the disk is full") if self.is_broken else None
        if fault is None:
            self.intents.append(intent)
        asyncio.get_running_loop().call_later(self.writes_s, heard, fault)

    def settle(self, event: UsageEvent) -> None:
        if event.id not in {intent.request_id for intent in self.intents}:
            raise Conflict(f"{event.id} has no intent")
        if event.id in {known.id for known in self.events}:
            raise Conflict(f"{event.id} is settled")
        self.events.append(event)


@dataclass
class FakeCaps:
    """A cap in bytes."""

    room_bytes: int
    held: dict[str, int] = field(default_factory=dict)
    room: Room | None = None

    async def reserve(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | CapReached:
        held = self._take(request_id, hold.quantity)
        return held if isinstance(held, CapReached) else Granted(held, self.room)

    def reserve_at_once(
        self, request_id: str, agreement_id: str, hold: Hold
    ) -> Granted | None:
        held = self._take(request_id, hold.quantity)
        return Granted(held, self.room) if isinstance(held, int) else None

    async def extend(self, request_id: str, more: Quantity) -> int | CapReached:
        return self._take(request_id, more)

    def settle(self, event: UsageEvent, settled: Settled) -> None:
        self.release(event.id)

    def release(self, request_id: str) -> None:
        self.room_bytes += self.held.pop(request_id, 0)

    def _take(self, request_id: str, quantity: Quantity) -> int | CapReached:
        if quantity.body_bytes > self.room_bytes:
            return CapReached("prepaid", 60, "The prepaid balance is used up.")
        self.room_bytes -= quantity.body_bytes
        self.held[request_id] = self.held.get(request_id, 0) + quantity.body_bytes
        return quantity.body_bytes


@dataclass
class FakePressure:
    """Counts who is inside."""

    inside: int = 0
    answers: int = 0

    def enter(self, upstream: str) -> None:
        self.inside += 1

    def leave(self, upstream: str) -> None:
        self.inside -= 1

    def answered(self, upstream: str, first_byte_ns: int) -> None:
        self.answers += 1

    def served(self, upstream: str, first_byte_ns: int) -> None:
        self.answered(upstream, first_byte_ns)
        self.leave(upstream)


class FakeLabels:
    """Two fields, kept by collection, unless the archive sends one of them itself."""

    def __init__(self) -> None:
        self._kept: dict[str, HeaderPairs] = {}

    def meant(self, asked: Request, collection: Collection | None) -> HeaderPairs:
        if collection is None or asked.headers.get("accept") != "text/html":
            return ()
        made = (("Link", "</licence>; rel=license"), ("Content-Usage", "search=y"))
        return self._kept.setdefault(collection.id, made)

    def beside(self, ours: HeaderPairs, theirs: HeaderPairs) -> HeaderPairs:
        names = {name.lower() for name, _ in theirs}
        left = tuple(pair for pair in ours if pair[0].lower() not in names)
        return ours if len(left) == len(ours) else left


@dataclass
class Watching:
    """Keeps what became of each request, and what escaped."""

    outcomes: list[Outcome] = field(default_factory=list)
    faults: list[BaseException] = field(default_factory=list)
    _heard: asyncio.Event = field(default_factory=asyncio.Event)

    def hear(self, outcome: Outcome) -> None:
        self.outcomes.append(outcome)
        self._heard.set()

    async def until(self, number: int) -> list[Outcome]:
        """Wait until so many requests are over and accounted for."""
        async with asyncio.timeout(30):
            while len(self.outcomes) < number:
                self._heard.clear()
                await self._heard.wait()
        return self.outcomes


class FakePages:
    """Two addresses of our own, one of which leaves the answer to the upstream."""

    def is_ours(self, path: str) -> bool:
        return path in {"/robots.txt", "/license.xml"} or path.startswith("/_copyfair/")

    async def __call__(self, asked: Request, body: bytes) -> Answer | None:
        if asked.path == "/robots.txt":
            return None
        if asked.path == "/license.xml":
            return Answer(200, (("Content-Type", "application/rsl+xml"),), b"<rsl/>")
        return Answer(200, (("Content-Type", "text/plain"),), b"%d" % len(body))
