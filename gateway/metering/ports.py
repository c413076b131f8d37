"""What metering needs from the world, and what it offers to those who carry bytes."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from gateway.identity.over_time import ALWAYS, NEVER, OverTime
from gateway.kernel.period import Period
from gateway.licensing.tariff import Tariff
from gateway.metering.cap_terms import CapTerms
from gateway.metering.intent import Intent
from gateway.metering.limit import Limit
from gateway.metering.quantity import Quantity
from gateway.metering.summary import UsageSum
from gateway.metering.usage_event import UsageEvent


@dataclass(frozen=True, slots=True)
class Settled:
    """What the store made of a usage event.

    Attributes:
        seq: Its place in the order of recording, from 1.
        is_repeat: The same object version was delivered within 30 days.
    """

    seq: int
    is_repeat: bool


@dataclass(frozen=True, slots=True)
class IntentCounts:
    """Intents by what became of them."""

    open: int = 0
    settled: int = 0
    released: int = 0
    orphaned: int = 0


@dataclass(frozen=True, slots=True)
class Usage:
    """Priced usage of one tariff version and floor, for the position in brackets.

    Attributes:
        tariff_version: By which version it is priced.
        floor_bracket: The lowest bracket that prices it.
        quantity: Billable, not a repeat, not priced at zero, no test.
    """

    tariff_version: int
    floor_bracket: int
    quantity: Quantity


@dataclass(frozen=True, slots=True)
class CapChange:
    """The last word on one kind of cap.

    Attributes:
        terms: The cap.
        is_lifted: It holds no more.
        at_us: Since when, microseconds UTC.
    """

    terms: CapTerms
    is_lifted: bool
    at_us: int


@dataclass(frozen=True, slots=True)
class Allowance:
    """What an agreement may take, and how that is priced.

    Attributes:
        tariff: The pinned version.
        owner_party_ids: Parties of the same beneficial owner, over whom brackets
            accumulate; the agreement's own party included.
        is_proven: Somebody has verified the party; else the last price holds now.
        limits: Every one of them holds; none for no limit.
        is_statement: Nothing is invoiced now: statements count. Where something is,
            what was metered as a statement neither costs nor moves the position.
        proven: When the agreement's party was verified; None for as it is now.
        family: When each party of the owner was, by id; as the agreement's own where
            one is not named. What was taken while nobody had verified its party costs
            the last price, and takes no place in the brackets.
    """

    tariff: Tariff
    owner_party_ids: tuple[str, ...]
    is_proven: bool
    limits: tuple[Limit, ...] = ()
    is_statement: bool = False
    proven: OverTime | None = None
    family: Mapping[str, OverTime] = field(default_factory=dict)

    @property
    def proven_over_time(self) -> OverTime:
        """When the agreement's party was verified."""
        return self.proven or (ALWAYS if self.is_proven else NEVER)


class Allowances(Protocol):
    """Knows agreements, tariffs and payments; asked before anything is refused."""

    def allowance(self, agreement_id: str, *, at_us: int) -> Allowance:
        """What an agreement may take now.

        Raises:
            NotFound: there is no such agreement.
            Unavailable: the store cannot be asked.
        """


class IntentStore(Protocol):
    """Keeps intents. A node's name is its own: two live runs never share one."""

    def open_intents(self, intents: Sequence[Intent]) -> None:
        """Write intents down, all or none; durable on return.

        Raises:
            Conflict: a request id is there already.
            Unavailable: the store cannot write now.
        """

    def release_intent(self, request_id: str, *, at_us: int) -> None:
        """Close an intent of which nothing came; no event follows.

        Raises:
            Conflict: it is not open.
        """

    def start_node(self, node: str, boot_id: str, *, at_us: int) -> int:
        """Register a run of a node; intents its dead runs left open are orphaned.

        Returns:
            How many were orphaned. They are counted, and billed nothing.
        """

    def intent_counts(self) -> IntentCounts:
        """How many intents there are of each state."""

    def held_micros(self, agreement_id: str, *, except_node: str) -> int:
        """Money that other nodes hold open under an agreement, micros."""


class RunStore(Protocol):
    """Keeps which runs of a node there were, where several are alive at a time."""

    def start_boot(self, node: str, boot_id: str, *, at_us: int) -> None:
        """Register a run beside others that are alive; the same again is fine.

        Raises:
            Unavailable: the store cannot write now.
        """

    def boots_with_open_intents(self, node: str) -> tuple[str, ...]:
        """Runs of a node with an open intent, dead or alive."""

    def open_request_ids(self, boot_id: str) -> frozenset[str]:
        """Requests of a run whose intent is open."""

    def orphan_boot(self, node: str, boot_id: str, *, at_us: int) -> int:
        """Orphan what one dead run left open; how many that were."""

    def release_intent(self, request_id: str, *, at_us: int) -> None:
        """As `IntentStore.release_intent`."""


class UsageStore(Protocol):
    """Keeps usage events: append-only, each id once."""

    def settle_events(
        self, events: Sequence[UsageEvent], *, recorded_us: int
    ) -> tuple[Settled, ...]:
        """Record events and close their intents, all or none; durable on return.

        The same event again is settled as it was. Whether an event is a repeat is
        decided here, in the same transaction.

        Raises:
            Conflict: the id is there with another payload, or its intent is not
                open.
            Unavailable: the store cannot write now.
        """

    def record_event(self, event: UsageEvent, *, recorded_us: int) -> Settled:
        """Record an event that never had an intent (an import).

        Raises:
            Conflict: the id is there with another payload.
        """

    def event(self, event_id: str) -> UsageEvent | None:
        """One event."""

    def events(
        self, *, period: Period | None = None, agreement_id: str = ""
    ) -> Iterator[UsageEvent]:
        """Events in the order of recording, in constant memory."""

    def last_seq(self) -> int:
        """The place of the last event; 0 if there is none."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """How far a log was read.

    Attributes:
        inode: Of the file that was read last.
        offset: Behind the last line that counts, bytes.
        trail: Digest of the bytes just before the offset, which tells the same file
            from one that was emptied and filled again; empty at its start.
    """

    inode: int
    offset: int
    trail: str = ""


class LoggedUsageStore(Protocol):
    """Keeps what a front server's log says, and how far it was read."""

    def checkpoint(self, log: str) -> Checkpoint | None:
        """How far a log was read; None if never."""

    def record_logged(
        self,
        log: str,
        events: Sequence[UsageEvent],
        upto: Checkpoint,
        *,
        recorded_us: int,
    ) -> tuple[Settled | None, ...]:
        """Record events and how far the log was read, all or none.

        An event that is there already is settled as it was; None stands for one that
        is there with another payload.

        Raises:
            Unavailable: the store cannot write now.
        """


class MeteringStore(IntentStore, UsageStore, Protocol):
    """Intents and events, kept together so that both change in one transaction."""


class UsageSums(Protocol):
    """Adds usage events up where they are kept."""

    def usage_sums(
        self, by: Sequence[str], *, period: Period | None = None, agreement_id: str = ""
    ) -> tuple[UsageSum, ...]:
        """Events added up by dimensions of `summary.DIMENSIONS`."""

    def priced_usage(
        self,
        *,
        tariff: str,
        party_ids: Sequence[str],
        period: Period,
        up_to_seq: int | None = None,
        with_statements: bool = True,
    ) -> tuple[Usage, ...]:
        """What parties took of a tariff in a period, by version and floor.

        Args:
            tariff: Its id; all versions.
            party_ids: The parties of one beneficial owner.
            period: By when it occurred.
            up_to_seq: Nothing recorded after this; None for everything.
            with_statements: Count also what was metered as a statement.
        """

    def agreement_usage(
        self,
        agreement_id: str,
        *,
        period: Period,
        up_to_seq: int | None = None,
        with_statements: bool = True,
        key_id: str = "",
    ) -> tuple[Usage, ...]:
        """What was taken under one agreement in a period, with one key or with all."""

    def agreement_counted(
        self, agreement_id: str, *, period: Period, key_id: str = "", up_to_seq: int
    ) -> Quantity:
        """What passed under one agreement that is billable, priced or not."""


class CapStore(Protocol):
    """Keeps what customers allow themselves; each change is a row that stays."""

    def put(self, terms: CapTerms, *, at_us: int) -> None:
        """Set a cap, in place of the one of the same kind."""

    def lift(self, terms: CapTerms, *, at_us: int) -> None:
        """End the cap of that kind; its amount does not count."""

    def caps_of(self, agreement_id: str) -> tuple[CapChange, ...]:
        """The last change of each kind, lifted ones too, in order of kind."""

    def changed_after(self, seq: int) -> tuple[int, frozenset[str]]:
        """The number of the last change, and whose caps changed after another."""

    def capped(self) -> tuple[str, ...]:
        """Agreements that were accepted with a cap, or ever got one; by id."""


class HeartbeatStore(Protocol):
    """Tells silence from zero: a mark per node and hour."""

    def beat(self, node: str, *, at_us: int) -> None:
        """Say that the node is alive."""

    def silent_hours(self, node: str, period: Period) -> tuple[int, ...]:
        """Hours of a period, as their first microsecond, without a mark."""
