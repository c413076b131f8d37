"""What of a prepaid balance is needed for use that is not invoiced yet."""

from __future__ import annotations

from fractions import Fraction

from gateway.fund.ports import Books
from gateway.kernel.clock import Clock
from gateway.licensing.agreement import Agreement
from gateway.metering.charged import settled_position
from gateway.metering.limit import PREPAID
from gateway.metering.ports import Allowances, MeteringStore, UsageSums
from gateway.services.allowances import paid_ahead_minor
from gateway.services.paid_ahead import balance_of


class UnbilledAhead:
    """Prices the use of an agreement as its cap does."""

    def __init__(
        self,
        books: Books,
        *,
        allowances: Allowances,
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

        Raises:
            NotFound: its party or its tariff is gone.
            Unavailable: the store cannot be asked.
        """
        now_us = self._clock.now_us()
        allowance = self._allowances.allowance(agreement.id, at_us=now_us)
        limit = next((one for one in allowance.limits if one.name == PREPAID), None)
        if limit is None or limit.limits.micros is None:
            return 0
        position = settled_position(
            self._sums,
            allowance,
            agreement_id=agreement.id,
            period=limit.period,
            now_us=now_us,
            up_to_seq=self._usage.last_seq(),
        )
        whole = limit.limits.micros
        free = max(Fraction(0), whole - position.micros)
        paid = paid_ahead_minor(self._books, agreement)
        free_minor = int(paid * free / whole) if whole else 0
        left = balance_of(self._books, agreement.id, agreement.currency)
        return max(0, left - free_minor)
