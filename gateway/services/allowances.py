"""What an agreement may still take: its tariff, its owner's parties, its limits."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from fractions import Fraction
from math import ceil
from typing import Protocol

from gateway.billing.ports import PartyHistory
from gateway.billing.tally import is_proven, proven_over_time
from gateway.billing.tax import BASIS_POINTS, Seller, Selling, net_within, treatment
from gateway.fund.accounts import prepaid
from gateway.fund.ports import Books
from gateway.identity.party import Party
from gateway.kernel.errors import NotFound
from gateway.kernel.money import MICROS_PER_MAJOR, minor_digits
from gateway.kernel.period import Period
from gateway.licensing.agreement import Agreement, Settling
from gateway.metering.cap import CapLimits
from gateway.metering.cap_terms import (
    FOREVER_US,
    CapTerms,
    Counted,
    Per,
)
from gateway.metering.limit import PREPAID, Limit
from gateway.metering.ports import Allowance, CapStore
from gateway.services.drafting import buyer_of


class PartyList(PartyHistory, Protocol):
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
        family = {
            each.id: proven_over_time(each, self._parties.statements_about(each.id))
            for each in self._parties.parties_of_owner(party.beneficial_owner_id)
        }
        return Allowance(
            tariff=tariff,
            owner_party_ids=tuple(family),
            is_proven=is_proven(party),
            limits=self._limits(agreement, party, at_us=at_us),
            is_statement=not self._is_owed(agreement),
            proven=family.get(party.id),
            family=family,
        )

    def gross(self, agreement: Agreement, net_micros: Fraction) -> int:
        """What a net amount comes to with VAT, minor units, rounded up.

        Raises:
            NotFound: the agreement's party is gone.
        """
        party = self._parties.find_party(agreement.party_id)
        if party is None:
            detail = f"there is no party {agreement.party_id}"
            raise NotFound(detail)
        net = net_micros / micros_per_minor(agreement.currency)
        return ceil(net * (BASIS_POINTS + self._rate_bp(party)) / BASIS_POINTS)

    def _is_owed(self, agreement: Agreement) -> bool:
        """Is anything of what it covers invoiced? An agreement over all may be."""
        if self._seller.selling is Selling.NONE:
            return False
        covered = agreement.collections
        return not covered or any(self._is_invoiced(each) for each in covered)

    def _limits(
        self, agreement: Agreement, party: Party, *, at_us: int
    ) -> tuple[Limit, ...]:
        limits = [
            limit_of(terms, agreement, at_us=at_us)
            for terms in caps_in_force(agreement, self._books.caps)
            if terms.is_hard
        ]
        if self._seller.selling is Selling.NONE:
            limits = [replace(each, currency="") for each in limits]
        if agreement.settling is Settling.PREPAID and self._is_owed(agreement):
            span = Period(agreement.starts_us, at_us + FOREVER_US)
            paid = paid_ahead_minor(self._books, agreement)
            net = net_within(paid, self._rate_bp(party))
            micros = net * micros_per_minor(agreement.currency)
            money = CapLimits(micros=micros)
            limits.append(Limit(PREPAID, money, span, currency=agreement.currency))
        return tuple(limits)

    def _rate_bp(self, party: Party) -> int:
        if self._seller.selling is Selling.NONE:
            return 0
        return treatment(self._seller, buyer_of(party)).rate_bp


def paid_ahead_minor(books: Books, agreement: Agreement) -> int:
    """Everything ever paid ahead, drawn already or not, minor units."""
    account = prepaid(agreement.id)
    return -sum(
        posting.amount_minor
        for entry in books.journal.of_ref(agreement.id)
        for posting in entry.postings
        if posting.account == account and entry.currency == agreement.currency
    )


def caps_in_force(agreement: Agreement, caps: CapStore) -> tuple[CapTerms, ...]:
    """Every cap that holds: what was accepted with the offer, and what was set since.

    A cap that was set or lifted later stands in place of the accepted one.
    """
    changes = caps.caps_of(agreement.id)
    found = [each.terms for each in changes if not each.is_lifted]
    if agreement.cap_minor is not None:
        accepted = CapTerms(agreement.id, Counted.MONEY, Per.MONTH, agreement.cap_minor)
        if not any(is_same_kind(each.terms, accepted) for each in changes):
            found.append(accepted)
    return tuple(found)


def is_same_kind(one: CapTerms, other: CapTerms) -> bool:
    """Do two caps differ at most in their amount?"""
    return replace(one, amount=0) == replace(other, amount=0)


def limit_of(terms: CapTerms, agreement: Agreement, *, at_us: int) -> Limit:
    """A cap as a limit in the period that holds an instant."""
    period = terms.period(starts_us=agreement.starts_us, at_us=at_us)
    return Limit(
        terms.name,
        _cap_limits(terms, agreement.currency),
        period,
        terms.key_id,
        agreement.currency if terms.counted is Counted.MONEY else "",
    )


def _cap_limits(terms: CapTerms, currency: str) -> CapLimits:
    match terms.counted:
        case Counted.REQUESTS:
            return CapLimits(requests=terms.amount)
        case Counted.BYTES:
            return CapLimits(body_bytes=terms.amount)
        case Counted.MONEY:
            return CapLimits(micros=terms.amount * micros_per_minor(currency))


def micros_per_minor(currency: str) -> int:
    """How many micros one minor unit is."""
    return int(MICROS_PER_MAJOR // 10 ** minor_digits(currency))
