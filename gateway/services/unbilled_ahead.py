"""What of a balance paid ahead is needed for use that is not invoiced yet."""

from __future__ import annotations

from fractions import Fraction
from typing import Protocol

from gateway.billing.invoice import LineKind, Status
from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.kernel.period import Period
from gateway.licensing.agreement import Agreement, Settling
from gateway.metering.charged import settled_position
from gateway.metering.limit import PREPAID
from gateway.metering.ports import Allowance, Allowances, MeteringStore, UsageSums
from gateway.services.allowances import micros_per_minor, paid_ahead_minor
from gateway.services.paid_ahead import balance_of


class PricedAllowances(Allowances, Protocol):
    """What an agreement may take, and what that comes to with VAT."""

    def gross(self, agreement: Agreement, net_micros: Fraction) -> int:
        """What a net amount comes to with VAT, minor units, rounded up."""


class UnbilledAhead:
    """Prices the use of an agreement as its cap does."""

    def __init__(
        self,
        books: Books,
        *,
        allowances: PricedAllowances,
        usage: MeteringStore,
        sums: UsageSums,
        clock: Clock,
    ) -> None:
        self._books = books
        self._allowances = allowances
        self._usage = usage
        self._sums = sums
        self._clock = clock

    def __call__(self, agreement: Agreement) -> int:
        """Minor units, VAT included, rounded up; 0 where nothing of its use is owed.

        Under an agreement that is invoiced it may be more than the balance: the rest
        is owed.

        Raises:
            NotFound: its party or its tariff is gone.
            Unavailable: the store cannot be asked.
        """
        now_us = self._clock.now_us()
        allowance = self._allowances.allowance(agreement.id, at_us=now_us)
        if agreement.settling is Settling.INVOICED and not allowance.is_statement:
            return self._owed(agreement, allowance, now_us)
        limit = next((one for one in allowance.limits if one.name == PREPAID), None)
        if limit is None or limit.limits.micros is None:
            return 0
        micros = self._charged(agreement, allowance, limit.period)
        whole = limit.limits.micros
        free = max(Fraction(0), whole - micros)
        paid = paid_ahead_minor(self._books, agreement)
        free_minor = int(paid * free / whole) if whole else 0
        left = balance_of(self._books, agreement.id, agreement.currency)
        return max(0, left - free_minor)

    def _owed(self, agreement: Agreement, allowance: Allowance, now_us: int) -> int:
        """What use came to so far, less what is invoiced of it."""
        period = Period(agreement.starts_us, max(now_us, agreement.starts_us) + 1)
        invoiced = sum(
            line.net_minor
            for each in self._books.invoices.all(status=Status.FINALISED)
            if each.agreement_id == agreement.id
            for line in each.lines
            if line.kind is LineKind.USAGE
        )
        micros = self._charged(agreement, allowance, period)
        micros -= invoiced * micros_per_minor(agreement.currency)
        return self._allowances.gross(agreement, max(Fraction(0), micros))

    def _charged(
        self, agreement: Agreement, allowance: Allowance, period: Period
    ) -> Fraction:
        position = settled_position(
            self._sums,
            allowance,
            agreement_id=agreement.id,
            period=period,
            now_us=self._clock.now_us(),
            up_to_seq=self._usage.last_seq(),
        )
        return position.micros
