"""Open books: the log grows by what the books have gained since.

What is in the log already must still stand in the books as it was logged. Rows are made
as of one instant, outside any lock, and go in together or not at all.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Protocol

from gateway.billing.credit_note import CreditNote
from gateway.billing.invoice import Invoice, Status
from gateway.billing.tax import Buyer
from gateway.fund.ports import Books
from gateway.identity.erasure import commitment
from gateway.kernel.clock import Clock, from_us
from gateway.kernel.errors import Conflict, NotFound
from gateway.kernel.ids import IdSource
from gateway.kernel.period import Period, month_of
from gateway.reciprocity.spending import account_of, party_of
from gateway.services.footprints import FootprintReport
from gateway.transparency import booked, booked_claims, claim_kinds, kinds, round_kinds
from gateway.transparency.openly import openness_rows
from gateway.transparency.openness_kinds import ORDER as OPENNESS_ORDER
from gateway.transparency.ports import LogStore, UsageBatch, UsageBatches
from gateway.transparency.rounded import round_rows
from gateway.transparency.rows import Row
from gateway.transparency.vote_kinds import BALLOT, ORDER
from gateway.transparency.voted import voting_rows

DERIVED = (
    kinds.TARIFF,
    *claim_kinds.ORDER,
    kinds.RUN,
    kinds.ENTRY,
    kinds.WATERFALL,
    kinds.WATERFALL_BY_PAYER,
    kinds.WATERFALL_AS_BOOKED,
    kinds.ALLOCATION,
    kinds.LEFT_OUT,
    kinds.INVOICE,
    kinds.CREDIT_NOTE,
    *ORDER,
    *round_kinds.ORDER,
    *OPENNESS_ORDER,
)
"""Kinds that the books can say again, in the order in which one instant is told."""


class Salts(Protocol):
    """What commitments to parties are salted with."""

    def salt_of(self, party_id: str) -> str:
        """The salt of a party; empty once it is erased.

        Raises:
            NotFound: there is no such party.
        """


@dataclass(frozen=True, slots=True)
class Grown:
    """What a growth of the log came to.

    Attributes:
        size: How many rows it has now.
        added: How many of them are new.
    """

    size: int
    added: int


@dataclass(frozen=True, slots=True)
class Opening:
    """What opens the commitment to a document.

    Attributes:
        key: Its row's key.
        salt: The buyer's salt for papers.
        sha256: The document's digest, hex.
        commitment: What stands in the row.
    """

    key: str
    salt: str
    sha256: str
    commitment: str


class OpenBooks:
    """Lets the log grow."""

    def __init__(
        self,
        books: Books,
        log: LogStore,
        *,
        usage: UsageBatches,
        salts: Salts,
        policy_version: Callable[[], str],
        footprints: Callable[[Period], FootprintReport] | None = None,
        clock: Clock,
        ids: IdSource,
    ) -> None:
        self._books = books
        self._log = log
        self._usage = usage
        self._salts = salts
        self._policy_version = policy_version
        self._footprints = footprints
        self._clock = clock
        self._ids = ids

    def grow(self) -> Grown:
        """Add what the books have gained.

        Raises:
            Conflict: the books no longer say what was logged, or the log grew
                meanwhile.
            Unavailable: the store cannot write now.
        """
        size = self._log.size()
        with self._books.reading() as books:
            derived = [*self._derived(books)]
        self._assert_past_stands(derived)
        new = [row for row in derived if self._log.line(row.kind, row.key) is None]
        new.sort(key=lambda row: (row.at_us, DERIVED.index(row.kind), row.key))
        new += self._noted()
        self._log.append(new, after=size)
        return Grown(size + len(new), len(new))

    def opening(self, number: str) -> Opening:
        """What shows the buyer of a document that its row is theirs.

        Raises:
            NotFound: no document of that number is in the log.
        """
        paper, buyer = _paper(self._books, number)
        salt = self._log.called(f"papers:{buyer.party_id}") if buyer else None
        if paper is not None and salt is not None:
            sha256 = self._books.invoices.issued()[paper.id].sha256
            return Opening(paper.id, salt, sha256, booked.opening(salt, sha256))
        detail = f"no document {number} is in the log; see `copyfair log publish`"
        raise NotFound(detail)

    def _assert_past_stands(self, derived: list[Row]) -> None:
        """What was logged is what the books say, and is still there."""
        for row in derived:
            logged = self._log.line(row.kind, row.key)
            if logged is not None and logged != row.line:
                detail = f"the books no longer say what was logged of {row.name}"
                raise Conflict(detail)
        said = {(row.kind, row.key) for row in derived}
        for kind in DERIVED:
            for key in self._log.keys(kind):
                if (kind, key) not in said:
                    detail = f"{kind} {key} was logged and is gone from the books"
                    raise Conflict(detail)

    def _derived(self, books: Books) -> Iterator[Row]:
        yield from map(booked.tariff_row, books.tariffs.bodies())
        for run in books.ratings.runs():
            yield booked.run_row(run)
        at_us = {}
        for entry in books.journal.entries():
            at_us[entry.id] = entry.effective_us
            yield booked.entry_row(entry, self._called)
        for basis in books.bases.all():
            at = at_us[basis.entry_id]
            yield booked.waterfall_row(basis, at, self._payer_called)
        for allocation in books.allocations.all():
            yield booked.allocation_row(allocation, self._called)
            if allocation.left_out is not None:
                yield booked.left_out_row(allocation, self._called)
        yield from voting_rows(books, self._called, is_logged=self._is_logged)
        yield from round_rows(books, self._called)
        yield from openness_rows(books, self._called)
        hidden = booked_claims.Hidden(self._called, self._claim_salt)
        yield from booked_claims.claim_rows(books, hidden)
        yield from self._documents(books)

    def _is_logged(self, commitment: str) -> bool:
        return self._log.line(BALLOT, commitment) is not None

    def _claim_salt(self, party_id: str) -> str:
        """What salts the words about a party's work; never published."""
        return self._called(party_id, "claims")

    def _documents(self, books: Books) -> Iterator[Row]:
        issued = books.invoices.issued()
        invoices = {one.id: one for one in books.invoices.all(status=Status.FINALISED)}
        for invoice in invoices.values():
            salt = self._called(invoice.buyer.party_id, "papers")
            sha256 = issued[invoice.id].sha256
            yield booked.invoice_row(invoice, salt=salt, sha256=sha256)
        for note in books.invoices.notes():
            salt = self._called(invoices[note.invoice_id].buyer.party_id, "papers")
            yield booked.note_row(note, salt=salt, sha256=issued[note.id].sha256)

    def _noted(self) -> Iterator[Row]:
        """Usage since the last time, and the policies in force now."""
        now_us = self._clock.now_us()
        after, up_to = self._log.usage_up_to(), self._usage.last_seq()
        for batch in self._usage.batches(after=after, up_to=up_to):
            named = self._named(batch)
            yield booked.usage_row(named, after=after, up_to=up_to, at_us=now_us)
        yield from self._footprint(now_us)
        version = self._policy_version()
        if self._log.line(kinds.POLICY, version) is None:
            yield booked.policy_row(version, at_us=now_us)

    def _footprint(self, now_us: int) -> Iterator[Row]:
        """What the month before took, once, by collection; as it was known then."""
        if self._footprints is None:
            return
        last = month_of(month_of(now_us).start_us - 1)
        month = f"{from_us(last.start_us):%Y-%m}"
        if any(key.startswith(f"{month}/") for key in self._log.keys(kinds.FOOTPRINT)):
            return
        found = self._footprints(last)
        for one in found.groups:
            yield booked.footprint_row(one, found.model, month=month, at_us=now_us)

    def _named(self, batch: UsageBatch) -> UsageBatch:
        """What standing paid for stands under the name its party is called by."""
        party_id = party_of(batch.agreement_id)
        if not party_id:
            return batch
        return replace(batch, agreement_id=account_of(self._called(party_id)))

    def _payer_called(self, owner_id: str) -> str:
        return self._called(owner_id, "payer")

    def _called(self, party_id: str, what: str = "party") -> str:
        """The commitment to a party: kept, so that it outlives the salt.

        The one to its *papers* is never published: it salts the digests of what the
        party was sent. Who was erased before the log knew it gets one by chance, and so
        does an owner that is no party.
        """
        name = f"{what}:{party_id}"
        known = self._log.called(name)
        if known is None:
            salt = self._salt_of(party_id) or self._ids.new("gone")
            known = commitment(salt, what, party_id)
            self._log.call(name, known)
        return known

    def _salt_of(self, party_id: str) -> str:
        """A party's salt; empty for an owner that is known by name only."""
        try:
            return self._salts.salt_of(party_id)
        except NotFound:
            if party_id.startswith(booked.PARTY_PREFIX):
                raise
            return ""


def _paper(
    books: Books, number: str
) -> tuple[Invoice | CreditNote | None, Buyer | None]:
    """A document by its number, and who it went to."""
    invoice = books.invoices.find(number)
    if invoice is not None and invoice.status is Status.FINALISED:
        return invoice, invoice.buyer
    for note in books.invoices.notes():
        if note.number == number:
            about = books.invoices.find(note.invoice_id)
            return note, about.buyer if about else None
    return None, None
