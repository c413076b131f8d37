"""The house as commands see it: one store, and the services on it.

Each service is made when it is first asked for, so a command that needs none of
them opens nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from functools import cached_property
from pathlib import Path
from typing import Any

from gateway.bootstrap.chance import RandomIds, SystemClock
from gateway.bootstrap.commons_desks import CommonsDesks
from gateway.bootstrap.costing import measured_cost
from gateway.bootstrap.invoicing import IsInvoiced, invoicing_of
from gateway.bootstrap.keys import key_ring_of, peppers_of
from gateway.bootstrap.mailroom import Mailroom
from gateway.bootstrap.selling import seller_of
from gateway.bootstrap.shipped import policies_of
from gateway.bootstrap.stating import issuer_of
from gateway.bootstrap.store_threads import StoreThreads
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.errors import InvalidValue
from gateway.kernel.ids import IdSource
from gateway.licensing.agreement import Agreement
from gateway.licensing.derivation import CostLine
from gateway.licensing.offer import OfferTerms, offer_document
from gateway.licensing.policy import PolicySet
from gateway.licensing.tariff import Tariff
from gateway.policy_files.faults import did_you_mean
from gateway.reciprocity.need import Needs
from gateway.services.acceptance import Acceptance
from gateway.services.agreements import Agreements
from gateway.services.allowances import AgreementAllowances
from gateway.services.applications import Applications
from gateway.services.billing_run import BillingRun
from gateway.services.cap_desk import CapDesk
from gateway.services.declarations import Declarations
from gateway.services.invoices import Invoices
from gateway.services.keys import IssuedKey, Keys
from gateway.services.open_books import OpenBooks
from gateway.services.parties import Parties
from gateway.services.payments import Payments
from gateway.services.span_charges import SpanCharges, Undeclared
from gateway.services.unbilled_ahead import UnbilledAhead
from gateway.services.usage_report import UsageReports
from gateway.services.usage_statements import UsageStatements
from gateway.settings import Settings
from gateway.settings.identifiers import iban, vat_id
from gateway.storage.books import WithinTransaction
from gateway.storage.database import Database
from gateway.storage.engines import open_store
from gateway.storage.stores.application_store import StoredApplications
from gateway.storage.stores.log_store import StoredUsageBatches
from gateway.storage.stores.usage_store import SqlUsageStore
from gateway.storage.stores.usage_sums import SqlUsageSums


def open_store_of(settings: Settings, *, migrate: bool = True) -> Database:
    """Open the store a set-up names.

    Raises:
        Misconfigured: it is damaged, newer than this version, or cannot be.
        Unavailable: it cannot be opened now.
    """
    return open_store(settings.store, folder=settings.folder, migrate=migrate)


def store_file(settings: Settings) -> Path | None:
    """The file a SQLite store lies in; None for a store that is no file."""
    scheme, _, place = settings.store.partition(":///")
    return settings.folder / place if scheme == "sqlite" and place else None


class House(CommonsDesks):
    """The services of one set-up; real time and real chance unless told otherwise."""

    def __init__(
        self,
        settings: Settings,
        store: Database,
        ask_store: StoreThreads,
        *,
        clock: Clock | None = None,
        ids: IdSource | None = None,
    ) -> None:
        super().__init__(
            settings, store, clock=clock or SystemClock(), ids=ids or RandomIds()
        )
        self.ask_store = ask_store

    @cached_property
    def policies(self) -> PolicySet:
        """The policies as they stand in the files now."""
        return policies_of(self.settings)

    def needs(self) -> Needs:
        """What the commons asks for, as the files stand."""
        return self.policies.needs

    @cached_property
    def is_invoiced(self) -> IsInvoiced:
        """Whether usage of a collection may be owed, as the files stand now."""
        return invoicing_of(self.settings, lambda: self.policies)

    @contextmanager
    def together(self) -> Iterator[House]:
        """The same house in one transaction: all that is done in it lasts, or none.

        Raises:
            Conflict: a constraint says no.
            Unavailable: the store cannot write now.
        """
        with self.store.transaction() as tx:
            within = WithinTransaction(self.store, tx)
            yield House(
                self.settings, within, self.ask_store, clock=self.clock, ids=self.ids
            )

    @cached_property
    def parties(self) -> Parties:
        """People and organisations."""
        store = self.identities
        return Parties(
            store,
            store,
            clock=self.clock,
            ids=self.ids,
            chance=secrets.randbelow,
            checks={"vat_id": vat_id, "iban": iban},
        )

    @cached_property
    def keys(self) -> Keys:
        """API keys."""
        return Keys(
            self.identities,
            self.identities,
            peppers=peppers_of(self.settings),
            clock=self.clock,
            ids=self.ids,
            chance=secrets.randbelow,
        )

    @cached_property
    def agreements(self) -> Agreements:
        """Tariffs and agreements."""
        return Agreements(
            self.books,
            parties=self.parties,
            assert_ratified=self.ratification.assert_tariff,
            unbilled=UnbilledAhead(
                self.books,
                allowances=self.allowances,
                usage=SqlUsageStore(self.store),
                sums=SqlUsageSums(self.store),
                clock=self.clock,
            ),
            clock=self.clock,
            ids=self.ids,
        )

    def cost_of(self, tariff: Tariff) -> CostLine:
        """What one `per` of a tariff costs, by what the last 90 days took."""
        now_us = self.clock.now_us()
        return measured_cost(self.settings, self.store, tariff, now_us=now_us)

    @cached_property
    def allowances(self) -> AgreementAllowances:
        """What agreements may still take."""
        return AgreementAllowances(
            self.books,
            parties=self.identities,
            seller=seller_of(self.settings),
            is_invoiced=self.is_invoiced,
        )

    @cached_property
    def caps(self) -> CapDesk:
        """Caps of agreements and keys."""
        return CapDesk(
            self.books,
            keys=self.keys,
            allowances=self.allowances,
            usage=SqlUsageStore(self.store),
            sums=SqlUsageSums(self.store),
            clock=self.clock,
            sells=lambda: self.settings.invoicing.seller != "none",
        )

    @cached_property
    def mailroom(self) -> Mailroom:
        """What waits to be sent, and where it goes."""
        return Mailroom(
            self.settings, self.store, self.parties, clock=self.clock, ids=self.ids
        )

    @cached_property
    def applications(self) -> Applications:
        """Applications for individual terms."""
        return self.applications_by(lambda: self.policies)

    def applications_by(self, policies: Callable[[], PolicySet]) -> Applications:
        """The same, by policies that may be reloaded."""
        store = StoredApplications(self.store)
        return Applications(
            store,
            self.books,
            policies,
            clock=self.clock,
            ids=self.ids,
            assert_ratified=self.ratification.assert_tariff,
        )

    @cached_property
    def usage_reports(self) -> UsageReports:
        """What was metered."""
        return UsageReports(SqlUsageStore(self.store), SqlUsageSums(self.store))

    @cached_property
    def usage_statements(self) -> UsageStatements:
        """Signed statements of what was metered."""
        return UsageStatements(
            self.books,
            issuer=lambda: issuer_of(self.settings, lambda: self.policies),
            undeclared=self._undeclared,
            clock=self.clock,
            ids=self.ids,
        )

    def _undeclared(self, books: Books, at_us: int) -> tuple[Undeclared, ...]:
        charges = SpanCharges(seller_of(self.settings), self.is_invoiced)
        return charges.undeclared(books, upto_us=at_us)

    def jwks(self) -> dict[str, Any]:
        """The public halves of the signing keys, as a JSON Web Key Set."""
        return key_ring_of(self.settings).jwks()

    @cached_property
    def invoices(self) -> Invoices:
        """Invoices and credit notes."""
        return Invoices(
            self.books,
            receipts=self.receipts,
            issuing=self.issuing,
            crediting=self.crediting,
            is_invoiced=self.is_invoiced,
            clock=self.clock,
            ids=self.ids,
            due_days=self.settings.invoicing.terms_days,
            once_issued=self.bank_desk.settle_from_credit,
        )

    @cached_property
    def billing_run(self) -> BillingRun:
        """From usage to invoices."""
        return BillingRun(
            self.books,
            parties=self.identities,
            invoices=self.invoices,
            drafting=self.drafting,
            is_invoiced=self.is_invoiced,
            clock=self.clock,
            ids=self.ids,
        )

    @cached_property
    def declarations(self) -> Declarations:
        """Declared turnovers."""
        return Declarations(
            self.books,
            seller=seller_of(self.settings),
            is_invoiced=self.is_invoiced,
            clock=self.clock,
            ids=self.ids,
        )

    @cached_property
    def payments(self) -> Payments:
        """What a steward records when money arrived."""
        return Payments(
            self.books, receipts=self.receipts, clock=self.clock, ids=self.ids
        )

    @cached_property
    def open_books(self) -> OpenBooks:
        """What lets the log grow."""
        return OpenBooks(
            self.books,
            self.log,
            usage=StoredUsageBatches(self.store),
            salts=self.identities,
            policy_version=lambda: self.policies.version,
            footprints=self.footprints.report,
            clock=self.clock,
            ids=self.ids,
        )

    def offer_for(self, collection: str = "") -> OfferTerms:
        """The offer of a collection; of the only one that has a tariff.

        Raises:
            InvalidValue: no collection of that name makes an offer, or several do.
        """
        offers = {
            each.id: self.policies.offer_of(each)
            for each in self.policies.collections
            if each.tariff
        }
        if not offers:
            sells = self.settings.invoicing.seller != "none"
            why = "no collection has a tariff, so none makes an offer"
            raise InvalidValue(why if sells else "no collection makes an offer")
        if collection and collection not in offers:
            hint = did_you_mean(collection, offers) or "see `policies/collections`"
            detail = f"no collection {collection!r} makes an offer; {hint}"
            raise InvalidValue(detail)
        if not collection and len(offers) > 1:
            detail = f"name the collection whose offer is meant; {', '.join(offers)}"
            raise InvalidValue(detail)
        return offers[collection] if collection else next(iter(offers.values()))

    def accept_offer(
        self,
        reference: str,
        terms: OfferTerms,
        *,
        is_test: bool = False,
        is_barter: bool = False,
    ) -> Agreement:
        """Accept an offer in the name of a party we know."""
        public_url = self.settings.public_url
        document = offer_document(terms, public_url=public_url)
        asked = Acceptance(terms, document, is_test=is_test, is_barter=is_barter)
        return self.agreements.accept(reference, asked)

    def issue_test_key(self, name: str, *, label: str = "") -> IssuedKey:
        """A test key for a company a steward vouches for; made if it is new.

        Every collection with a tariff gets a test agreement: metered and reported,
        never invoiced.
        """
        party = self.parties.add_test_company(name)
        for collection in self.policies.collections:
            if collection.tariff:
                terms = self.policies.offer_of(collection)
                self.accept_offer(party.id, terms, is_test=True)
        return self.keys.issue(party.id, label=label, is_test=True)


@contextmanager
def opened(settings: Settings) -> Iterator[House]:
    """The house of a set-up, its store closed at the end."""
    with (
        closing(open_store_of(settings)) as store,
        closing(StoreThreads()) as ask_store,
    ):
        yield House(settings, store, ask_store)
