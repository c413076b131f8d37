"""What the billing room asks of its neighbours.

Stores block. Everything that must happen together happens in one transaction,
which `gateway.fund.ports.Books` opens.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple, Protocol

from gateway.billing.chain import Link
from gateway.billing.credit_note import CreditNote, NamedNote
from gateway.billing.invoice import Invoice, InvoiceLine, Status
from gateway.billing.paper import Paper, Rendition
from gateway.billing.rating import RatedLine, Reached
from gateway.billing.taking import Passed, Summed, UsageTerms
from gateway.billing.unbilled import LeftIntents
from gateway.identity.party import Party
from gateway.identity.statement import Statement
from gateway.kernel.period import Period
from gateway.metering.ports import IntentCounts


class RunKind(StrEnum):
    """What a billing run led to."""

    INVOICE = "invoice"
    STATEMENT = "statement"  # nothing was invoiced: rated and shown, never owed


@dataclass(frozen=True, slots=True)
class Run:
    """One billing run.

    Attributes:
        id: `run_…`.
        period: What was billed.
        number: From 1; a period that is not over may be run again.
        cut_us: When it ran; at or after the period's end the period is closed.
        kind: Invoices, or statements only.
        events: How many usage events it took up.
        usage_sha256: Digest over these events, in the order of their ids.
    """

    id: str
    period: Period
    number: int
    cut_us: int
    kind: RunKind
    events: int
    usage_sha256: str


class UpTo(NamedTuple):
    """How far a run takes usage up: what stands up to a place, from before an instant.

    Attributes:
        seq: The last place in the order of recording.
        before_us: Only what occurred before, microseconds UTC.
    """

    seq: int
    before_us: int


@dataclass(frozen=True, slots=True)
class UsageCounts:
    """How the usage events stand.

    Attributes:
        events: All of them.
        duplicates: Request ids that stand there more than once.
        rated: Taken up by a run, and counted.
        excluded: Taken up, billed nothing, by reason.
        unrated: Not taken up yet.
        units_rated: Sum of the units that counted.
        units_on_lines: Sum of the quantities on rated lines.
    """

    events: int
    duplicates: int
    rated: int
    excluded: Mapping[str, int]
    unrated: int
    units_rated: int
    units_on_lines: int


@dataclass(frozen=True, slots=True)
class Issued:
    """What is kept of a document when it is issued.

    Attributes:
        document: Canonical JSON.
        sha256: Its digest, hex.
        net_minor: Net total.
        tax_minor: VAT total.
    """

    document: str
    sha256: str
    net_minor: int
    tax_minor: int


@dataclass(frozen=True, slots=True)
class Unmatched:
    """Where intents and usage events do not fit together.

    Attributes:
        intents: Requests whose intent is settled, and that have no event.
        events: Requests that have an event, and whose intent is not settled.
        gone: How many more intents were settled than events say they settled one.
    """

    intents: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    gone: int = 0


class WireGap(NamedTuple):
    """An hour of an agreement in which wire and ledger differ.

    Attributes:
        agreement_id: Under which agreement.
        hour_us: Its first microsecond, UTC.
        wire_responses: How many responses the transport counted.
        wire_bytes: Their body bytes.
        ledger_responses: How many usage events of it there are.
        ledger_bytes: Their body bytes.
    """

    agreement_id: str
    hour_us: int
    wire_responses: int
    wire_bytes: int
    ledger_responses: int
    ledger_bytes: int


class PartyBook(Protocol):
    """Who the parties are."""

    def find_party(self, party_id: str) -> Party | None:
        """The party, with the attributes that count now."""


class PartyHistory(PartyBook, Protocol):
    """Who the parties are, and what was said about them when."""

    def all_parties(self) -> tuple[Party, ...]:
        """Every party, in the order of their ids."""

    def statements_about(self, party_id: str) -> tuple[Statement, ...]:
        """Everything ever said about a party, oldest first."""


class UsageSource(Protocol):
    """The usage that metering recorded, as billing reads it."""

    def waiting(self, upto: UpTo) -> Iterator[Passed]:
        """Events no run took up, by id, in constant memory."""

    def taken_by(self, run_id: str) -> Iterator[Passed]:
        """The events that a run took up, by id, in constant memory."""

    def terms(self, terms_id: int) -> UsageTerms:
        """What events of a number of terms have in common.

        Raises:
            NotFound: there are no such terms.
        """

    def last_seq(self) -> int:
        """The place of the last event in the order of recording; 0 for none."""

    def intents(self) -> IntentCounts:
        """How many intents stand in which state."""

    def left(self) -> tuple[LeftIntents, ...]:
        """Intents that are open or orphaned, by agreement, node and state."""

    def wire_gaps(self) -> tuple[WireGap, ...]:
        """Where the transport's own count differs from the events it led to.

        Only what passed here: an import never did.
        """

    def unmatched(self) -> Unmatched:
        """Where intents and usage events do not fit together, by request id.

        An event without any intent is an import, and fits.
        """


class RatingStore(Protocol):
    """Billing runs and what they rated; nothing here ever changes."""

    def add_run(self, run: Run, lines: Sequence[RatedLine]) -> None:
        """Keep a run and its lines.

        Raises:
            Conflict: a run of that period and number exists.
        """

    def add_taken(self, run_id: str, sums: Sequence[Summed], upto: UpTo) -> None:
        """Keep that a run took up every waiting event of these terms, up to a point.

        Said before their run is added, in the same transaction.

        Raises:
            Conflict: all that these terms have up to there was taken up before.
        """

    def sums_of(self, run_id: str) -> tuple[Summed, ...]:
        """What became of what a run took up, by terms and reason.

        Empty for a run from before events had terms: it kept each event's fate.
        """

    def runs(self) -> tuple[Run, ...]:
        """Every run, by period and number."""

    def lines_of(self, run_id: str) -> tuple[RatedLine, ...]:
        """A run's lines, in their order."""

    def reached(self, *, kind: RunKind | None = None) -> Mapping[Reached, int]:
        """Units that parties climbed; by runs of one kind, or by all.

        What was priced while nobody had verified the party takes no place.
        """

    def nets(self) -> Mapping[tuple[str, Period], int]:
        """Net minor units of what is owed for use, by agreement and its month."""

    def at_zero(self) -> Mapping[str, frozenset[Period]]:
        """By agreement: periods of runs that took up use priced at zero, to be owed."""

    def usage(self) -> UsageCounts:
        """How the usage events stand."""


class InvoiceStore(Protocol):
    """Invoices and credit notes."""

    def add_draft(self, invoice: Invoice) -> None:
        """Keep a draft.

        Raises:
            Conflict: the run already made one for that agreement.
        """

    def add_line(self, invoice_id: str, line: InvoiceLine) -> None:
        """Add a line to a draft.

        Raises:
            Conflict: it is no draft any more.
        """

    def next_number(self, series: str) -> int:
        """The next number of a series; drawn by the document that uses it."""

    def series(self) -> Mapping[str, int]:
        """Every series and its next number."""

    def finalise(self, invoice: Invoice) -> None:
        """Keep a finalised invoice in place of its draft; moves its series on.

        Raises:
            Conflict: it is no draft any more, or the number is not the next.
        """

    def void(self, invoice_id: str) -> None:
        """Void a draft.

        Raises:
            Conflict: it is no draft.
        """

    def find(self, name: str) -> Invoice | None:
        """The invoice of that number or id."""

    def all(self, *, status: Status | None = None) -> tuple[Invoice, ...]:
        """Every invoice, by id."""

    def of_buyer(self, party_id: str) -> tuple[Invoice, ...]:
        """A party's invoices, by id; costs what there is of them."""

    def issued(self) -> Mapping[str, Issued]:
        """What was kept of every issued document, notes included, by id."""

    def add_note(self, note: CreditNote) -> None:
        """Keep an issued credit note; moves its series on.

        Raises:
            Conflict: the number is not the next, or more is credited than was
                invoiced.
        """

    def name_note(self, named: NamedNote) -> None:
        """Keep what a note was asked for as, in the transaction that issues it.

        Raises:
            Conflict: the name is taken.
        """

    def named_note(self, reference: str) -> NamedNote | None:
        """The note that was asked for under that name."""

    def notes_on(self, invoice_id: str) -> tuple[CreditNote, ...]:
        """The credit notes on an invoice, in the order they were issued."""

    def notes(self) -> tuple[CreditNote, ...]:
        """Every credit note, by id."""


class Press(Protocol):
    """Writes papers."""

    def render(self, paper: Paper) -> Rendition:
        """Check a paper and write it; the same bytes for the same paper.

        Raises:
            InvalidValue: something is wrong with it; nothing was written.
        """


class RenditionStore(Protocol):
    """Papers as they were written; nothing here ever changes."""

    def add(self, document_id: str, rendition: Rendition) -> None:
        """Keep what was written of an issued document, in its transaction.

        Raises:
            Conflict: it has one already, or was never issued.
        """

    def find(self, document_id: str) -> Rendition | None:
        """What was written of a document; None where nothing was."""

    def kept(self) -> Mapping[str, str]:
        """The digest kept beside every rendition, by document id."""


class ChainStore(Protocol):
    """The chain of digests; grows at its end only."""

    def last(self) -> Link | None:
        """The last link."""

    def append(self, link: Link) -> None:
        """Add a link.

        Raises:
            Conflict: it does not follow the last one, or its ref is sealed already.
        """

    def links(self) -> tuple[Link, ...]:
        """Every link, in order."""
