"""What is done with what people gave and with the fund: the part of the house for it.

Each service is made when it is first asked for, as in the rest of the house.
"""

from __future__ import annotations

from functools import cached_property

from gateway.bootstrap.claim_desks import ClaimDesks
from gateway.bootstrap.selling import fund_terms
from gateway.payments.pain import Debtor, SepaPen
from gateway.services.audit import Audit
from gateway.services.capture import Captures
from gateway.services.contributions import Contributions
from gateway.services.endowment import Endowment
from gateway.services.footprints import Footprints
from gateway.services.fund_books import FundBooks
from gateway.services.payouts import Payouts
from gateway.services.round_run import RoundRuns
from gateway.services.rounds import Rounds
from gateway.storage.stores.effort_store import StoredEffort
from gateway.storage.stores.log_store import StoredLog
from gateway.storage.stores.usage_sums import SqlUsageSums


class CommonsDesks(ClaimDesks):
    """The services of contribution, fund and open books, of one set-up."""

    @cached_property
    def contributions(self) -> Contributions:
        """Claims and reviews."""
        return Contributions(
            self.books.contributions,
            parties=self.identities,
            clock=self.clock,
            ids=self.ids,
        )

    @cached_property
    def fund(self) -> FundBooks:
        """The commons fund."""
        return FundBooks(
            self.books,
            parties=self.identities,
            terms=fund_terms(self.settings),
            clock=self.clock,
            ids=self.ids,
        )

    @cached_property
    def rounds(self) -> Rounds:
        """Live rounds until they close."""
        return Rounds(
            self.books,
            fund=self.fund,
            parties=self.identities,
            terms=fund_terms(self.settings),
            clock=self.clock,
        )

    @cached_property
    def round_runs(self) -> RoundRuns:
        """What closes them."""
        return RoundRuns(
            self.books,
            fund=self.fund,
            parties=self.identities,
            terms=fund_terms(self.settings),
            clock=self.clock,
            ids=self.ids,
        )

    @cached_property
    def payouts(self) -> Payouts:
        """What is sent to contributors."""
        told = self.settings.invoicing
        return Payouts(
            self.books,
            parties=self.identities,
            terms=fund_terms(self.settings),
            pen=SepaPen(Debtor(told.name, told.iban, told.bic)),
            clock=self.clock,
            ids=self.ids,
        )

    @cached_property
    def endowment(self) -> Endowment:
        """What members release of what was set apart."""
        return Endowment(self.books, clock=self.clock, ids=self.ids)

    @cached_property
    def log(self) -> StoredLog:
        """The log of the open books, as stored."""
        return StoredLog(self.store)

    @cached_property
    def footprints(self) -> Footprints:
        """What serving took of the world."""
        return Footprints(
            SqlUsageSums(self.store),
            StoredEffort(self.store),
            self.identities,
            model=self.settings.footprint,
        )

    @cached_property
    def capture(self) -> Captures:
        """The capture index of takers."""
        return Captures(
            SqlUsageSums(self.store),
            self.books.agreements,
            parties=self.identities,
            clock=self.clock,
        )

    @cached_property
    def audit(self) -> Audit:
        """Every invariant of the books."""
        return Audit(self.books)
