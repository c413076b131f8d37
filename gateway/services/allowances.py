"""What an agreement may still take: its tariff, its owner's parties, its limits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gateway.billing.ports import PartyBook
from gateway.billing.settlement import PREPAID
from gateway.billing.tally import is_proven
from gateway.billing.tax import Seller, Selling, net_within, treatment
from gateway.fund.accounts import prepaid
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.errors import NotFound
from gateway.kernel.money import MICROS_PER_MAJOR, minor_digits
from gateway.kernel.period import Period, month_of
from gateway.licensing.agreement import Agreement, Settling
from gateway.metering.ports import Allowance, MoneyLimit
from gateway.services.drafting import buyer_of

FOREVER_US = 100 * 365 * US_PER_DAY
MONTHLY_CAP = "monthly-cap"


class PartyList(PartyBook, Protocol):
    """Who the parties are, and whose."""

    def parties_of_owner(self, owner_id: str) -> tuple[Party, ...]:
        """The parties of one beneficial owner, by id."""


class AgreementAllowances:
    """`gateway.metering.ports.Allowances` over the books."""

    def __init__(
        self,
        books: Books,
        *,
        parties: PartyList,
        seller: Seller,
        is_invoiced: Callable[[str], bool],
    ) -> None:
        self._books = books
        self._parties = parties
        self._seller = seller
        self._is_invoiced = is_invoiced

    def allowance(self, agreement_id: str, *, at_us: int) -> Allowance:
        """What an agreement may take now.

        Where nothing is invoiced nobody pays ahead: there is only the limit that
        the party set itself.

        Raises:
            NotFound: there is no such agreement, or what it names is gone.
            Unavailable: the store cannot be asked.
        """
        agreement = self._books.agreements.find(agreement_id)
        party = self._parties.find_party(agreement.party_id) if agreement else None
        if agreement is None or party is None:
            detail = f"there is no agreement {agreement_id}"
            raise NotFound(detail)
        tariff = self._books.tariffs.find(agreement.tariff, agreement.tariff_version)
        if tariff is None:
            detail = f"tariff {agreement.tariff} was never published"
            raise NotFound(detail)
        owner = party.beneficial_owner_id
        return Allowance(
            tariff=tariff,
            owner_party_ids=tuple(
                each.id for each in self._parties.parties_of_owner(owner)
            ),
            has_free=is_proven(party),
            limits=self._limits(agreement, party, at_us=at_us),
            is_statement=not self._is_owed(agreement),
        )

    def _is_owed(self, agreement: Agreement) -> bool:
        """Is anything of what it covers invoiced? An agreement over all may be."""
        if self._seller.selling is Selling.NONE:
            return False
        covered = agreement.collections
        return not covered or any(self._is_invoiced(each) for each in covered)

    def _limits(
        self, agreement: Agreement, party: Party, *, at_us: int
    ) -> tuple[MoneyLimit, ...]:
        micros_per_minor = MICROS_PER_MAJOR // 10 ** minor_digits(agreement.currency)
        limits: list[MoneyLimit] = []
        if agreement.cap_minor is not None:
            micros = agreement.cap_minor * micros_per_minor
            limits.append(MoneyLimit(MONTHLY_CAP, micros, month_of(at_us)))
        if agreement.settling is Settling.PREPAID and self._is_owed(agreement):
            span = Period(agreement.starts_us, at_us + FOREVER_US)
            paid = self._paid_ahead(agreement)
            net = net_within(paid, self._rate_bp(party))
            limits.append(MoneyLimit(PREPAID, net * micros_per_minor, span))
        return tuple(limits)

    def _paid_ahead(self, agreement: Agreement) -> int:
        """Everything ever paid ahead, drawn already or not, minor units."""
        account = prepaid(agreement.id)
        return -sum(
            posting.amount_minor
            for entry in self._books.journal.of_ref(agreement.id)
            for posting in entry.postings
            if posting.account == account and entry.currency == agreement.currency
        )

    def _rate_bp(self, party: Party) -> int:
        if self._seller.selling is Selling.NONE:
            return 0
        return treatment(self._seller, buyer_of(party)).rate_bp
