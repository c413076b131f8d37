"""All books over one store, and one transaction over all books.

`together` hands out the same books over a database that *is* the transaction: what
is read there includes what was just written, and all of it lasts or none of it.
`reading` hands them out as of one instant, and keeps no writer waiting.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager

from gateway.kernel.errors import InvalidValue
from gateway.storage.database import (
    NO_PARAMS,
    Answer,
    Database,
    Params,
    Row,
    Snapshot,
    Transaction,
)
from gateway.storage.stores.agreement_store import StoredAgreements, StoredTariffs
from gateway.storage.stores.bank_store import StoredBank
from gateway.storage.stores.barter_store import StoredBarters
from gateway.storage.stores.basis_store import StoredBases
from gateway.storage.stores.cap_store import StoredCaps
from gateway.storage.stores.carried_store import StoredCarried
from gateway.storage.stores.chain_store import StoredChain
from gateway.storage.stores.charge_store import StoredDeclarations, StoredSpanCharges
from gateway.storage.stores.checkout_store import StoredCheckouts
from gateway.storage.stores.contribution_store import StoredContributions
from gateway.storage.stores.correction_store import StoredCorrections
from gateway.storage.stores.decision_store import StoredDecisions, StoredTallies
from gateway.storage.stores.departure_store import StoredDepartures
from gateway.storage.stores.draw_store import StoredDraws
from gateway.storage.stores.dunning_store import StoredDisputes, StoredReminders
from gateway.storage.stores.gift_store import StoredGifts
from gateway.storage.stores.harm_store import StoredHarms
from gateway.storage.stores.in_kind_store import StoredInKind
from gateway.storage.stores.invoice_store import StoredInvoices
from gateway.storage.stores.journal_store import StoredAllocations, StoredJournal
from gateway.storage.stores.need_store import StoredNeeds, StoredNotices
from gateway.storage.stores.office_store import StoredOffices
from gateway.storage.stores.openness_store import StoredOpenness
from gateway.storage.stores.payment_store import StoredPayments
from gateway.storage.stores.payout_store import StoredPayouts
from gateway.storage.stores.public_sums import SqlPublicSums
from gateway.storage.stores.rating_store import StoredRatings
from gateway.storage.stores.rendition_store import StoredRenditions
from gateway.storage.stores.round_store import StoredRounds
from gateway.storage.stores.statement_store import StoredStatements
from gateway.storage.stores.usage_source import StoredUsage
from gateway.storage.stores.vote_store import StoredVotes


class StoredBooks:
    """`gateway.fund.ports.Books` over a database."""

    def __init__(self, db: Database) -> None:
        self._db = db
        self.tariffs = StoredTariffs(db)
        self.agreements = StoredAgreements(db)
        self.caps = StoredCaps(db)
        self.usage = StoredUsage(db)
        self.statements = StoredStatements(db)
        self.ratings = StoredRatings(db)
        self.charges = StoredSpanCharges(db)
        self.declarations = StoredDeclarations(db)
        self.invoices = StoredInvoices(db)
        self.renditions = StoredRenditions(db)
        self.carried = StoredCarried(db)
        self.in_kind = StoredInKind(db)
        self.barters = StoredBarters(db)
        self.disputes = StoredDisputes(db)
        self.reminders = StoredReminders(db)
        self.payments = StoredPayments(db)
        self.bank = StoredBank(db)
        self.checkouts = StoredCheckouts(db)
        self.chain = StoredChain(db)
        self.journal = StoredJournal(db)
        self.bases = StoredBases(db)
        self.allocations = StoredAllocations(db)
        self.contributions = StoredContributions(db)
        self.public = SqlPublicSums(db)
        self.needs = StoredNeeds(db)
        self.departures = StoredDepartures(db)
        self.openness = StoredOpenness(db)
        self.notices = StoredNotices(db)
        self.votes = StoredVotes(db)
        self.tallies = StoredTallies(db)
        self.decisions = StoredDecisions(db)
        self.rounds = StoredRounds(db)
        self.payouts = StoredPayouts(db)
        self.offices = StoredOffices(db)
        self.gifts = StoredGifts(db)
        self.draws = StoredDraws(db)
        self.harms = StoredHarms(db)
        self.corrections = StoredCorrections(db)

    @contextmanager
    def together(self) -> Iterator[StoredBooks]:
        """One transaction over all books; see the port."""
        with self._db.transaction() as tx:
            yield StoredBooks(WithinTransaction(self._db, tx))

    @contextmanager
    def reading(self) -> Iterator[StoredBooks]:
        """All books as of one instant; see the port."""
        with self._db.snapshot() as seen:
            yield StoredBooks(WithinSnapshot(seen))


class WithinTransaction:
    """A database that is one open transaction; nested ones are its savepoints."""

    def __init__(self, db: Database, tx: Transaction) -> None:
        self._db = db
        self._tx = tx

    def rows(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        """Every row that answers *sql*, own writes included."""
        return self._tx.rows(sql, params)

    def row(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        """The first row, or None."""
        return self._tx.row(sql, params)

    def answers(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Answer]:
        """Rows as plain tuples, own writes included, in constant memory."""
        return self._tx.answers(sql, params)

    def stream(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Row]:
        """Rows one after the other, own writes included."""
        yield from self._tx.rows(sql, params)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """What the transaction sees."""
        yield self

    @contextmanager
    def transaction(self) -> Iterator[Transaction]:
        """A part of the transaction that may fail alone."""
        with self._db.transaction() as tx:
            yield tx

    def close(self) -> None:
        """The store outlives its transactions."""


class WithinSnapshot:
    """A database as it stood at one instant."""

    def __init__(self, seen: Snapshot) -> None:
        self._seen = seen

    def rows(self, sql: str, params: Params = NO_PARAMS) -> list[Row]:
        """Every row that answers *sql*."""
        return self._seen.rows(sql, params)

    def row(self, sql: str, params: Params = NO_PARAMS) -> Row | None:
        """The first row, or None."""
        return self._seen.row(sql, params)

    def answers(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Answer]:
        """Rows as plain tuples, in constant memory."""
        return self._seen.answers(sql, params)

    def stream(self, sql: str, params: Params = NO_PARAMS) -> Iterator[Row]:
        """Rows one after the other, in constant memory."""
        return self._seen.stream(sql, params)

    @contextmanager
    def snapshot(self) -> Iterator[Snapshot]:
        """The same instant."""
        yield self._seen

    def transaction(self) -> AbstractContextManager[Transaction]:
        """Refused: who writes begins with `together`."""
        raise InvalidValue("these books are open at one instant, which only reads")

    def close(self) -> None:
        """The store outlives what was read of it."""
