"""What is done with an invoice once usage is rated: the part of the house for it.

Each service is made when it is first asked for, as in the rest of the house.
"""

from __future__ import annotations

from functools import cached_property

from gateway.billing.ports import Press
from gateway.bootstrap.pressing import letterhead_of, press_of
from gateway.bootstrap.selling import (
    carry_terms,
    fund_terms,
    reminder_terms,
    seller_of,
)
from gateway.kernel.clock import Clock
from gateway.kernel.ids import IdSource
from gateway.reciprocity.need import Needs
from gateway.services.bank_answers import BankAnswers
from gateway.services.bank_desk import BankDesk
from gateway.services.crediting import Crediting
from gateway.services.disputes import Disputes
from gateway.services.drafting import Drafting
from gateway.services.in_kind import InKindDesk
from gateway.services.issuing import Issuing
from gateway.services.offsets import Offsets, Worth
from gateway.services.prepaid_statements import PrepaidStatements
from gateway.services.receipts import Receipts
from gateway.services.reminders import Reminders
from gateway.services.unbilled import Unbilled
from gateway.settings import Settings
from gateway.storage.books import StoredBooks
from gateway.storage.database import Database
from gateway.storage.stores.identity_store import IdentityStore


class InvoiceDesks:
    """The services around an invoice, of one set-up."""

    def __init__(
        self, settings: Settings, store: Database, *, clock: Clock, ids: IdSource
    ) -> None:
        self.settings = settings
        self.store = store
        self.clock = clock
        self.ids = ids

    @cached_property
    def identities(self) -> IdentityStore:
        """Parties and keys, as stored."""
        return IdentityStore(self.store)

    @cached_property
    def books(self) -> StoredBooks:
        """Tariffs, agreements, usage, invoices, payments and the journal."""
        return StoredBooks(self.store)

    @cached_property
    def receipts(self) -> Receipts:
        """Money that arrived, run through the waterfall."""
        return Receipts(
            ids=self.ids,
            terms=fund_terms(self.settings),
            parties=self.identities,
            clock=self.clock,
        )

    @cached_property
    def bank_desk(self) -> BankDesk:
        """What the bank reports."""
        return BankDesk(self.books, receipts=self.receipts, ids=self.ids)

    @cached_property
    def bank_answers(self) -> BankAnswers:
        """What a steward says of money that a bank took back."""
        backs = self.bank_desk.backs
        return BankAnswers(self.books, backs=backs, clock=self.clock)

    @cached_property
    def press(self) -> Press:
        """What writes documents.

        Raises:
            Misconfigured: the extra is not installed, or the logo cannot be used.
        """
        return press_of(self.settings)

    @cached_property
    def issuing(self) -> Issuing:
        """Papers, written before a number is drawn."""
        head = letterhead_of(self.settings)
        return Issuing(lambda: self.press, head, self.identities)

    @cached_property
    def crediting(self) -> Crediting:
        """Credit notes."""
        return Crediting(
            self.books,
            receipts=self.receipts,
            issuing=self.issuing,
            clock=self.clock,
            ids=self.ids,
        )

    @cached_property
    def disputes(self) -> Disputes:
        """Disputes about invoices."""
        return Disputes(
            self.books, crediting=self.crediting, clock=self.clock, ids=self.ids
        )

    @cached_property
    def reminders(self) -> Reminders:
        """Letters about what is overdue."""
        return Reminders(
            self.books,
            parties=self.identities,
            terms=reminder_terms(self.settings),
            letterhead=letterhead_of(self.settings),
            clock=self.clock,
        )

    @cached_property
    def in_kind(self) -> InKindDesk:
        """Contributions that make an invoice smaller."""
        return InKindDesk(
            self.books,
            parties=self.identities,
            seller=seller_of(self.settings),
            offsets=self.offsets,
            clock=self.clock,
        )

    def needs(self) -> Needs:
        """What the commons asks for; a set-up with policies says it."""
        return Needs()

    @cached_property
    def worth(self) -> Worth:
        """What work is worth, as files and settings stand now."""
        hours = self.settings.invoicing.in_kind_hour
        return Worth(self.needs, {each.currency: each.minor for each in hours})

    @cached_property
    def offsets(self) -> Offsets:
        """What claims settle in kind."""
        return Offsets(self.worth)

    @cached_property
    def unbilled(self) -> Unbilled:
        """What was never billed, and why."""
        return Unbilled(self.books, clock=self.clock)

    @cached_property
    def prepaid_statements(self) -> PrepaidStatements:
        """What was paid ahead, and what became of it."""
        return PrepaidStatements(
            self.books,
            parties=self.identities,
            seller=seller_of(self.settings),
            letterhead=letterhead_of(self.settings),
            clock=self.clock,
        )

    @cached_property
    def drafting(self) -> Drafting:
        """What a run rated becomes drafts, or waits."""
        seller, terms = seller_of(self.settings), carry_terms(self.settings)
        return Drafting(seller, self.identities, self.ids, terms)
