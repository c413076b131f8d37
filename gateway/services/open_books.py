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
from gateway.transparency import booked, kinds
from gateway.transparency.derived import DERIVED, Names, derived_rows, in_order
from gateway.transparency.ports import LogStore, UsageBatch, UsageBatches
from gateway.transparency.rows import Row
from gateway.transparency.vote_kinds import BALLOT


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
            names = Names(self._called, self._is_logged)
            derived = [*derived_rows(books, names)]
        self._assert_past_stands(derived)
        new = [row for row in derived if self._log.line(row.kind, row.key) is None]
        new = [*in_order(new), *self._noted()]
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

    def _is_logged(self, commitment: str) -> bool:
        return self._log.line(BALLOT, commitment) is not None

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
