"""Carrying forward: what is too little for an invoice waits for the next one.

Nothing is lost and nothing is billed twice: what a run rated for an agreement in one
currency is either on that run's own draft, or carried, and then on one later draft.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import Period, year_of
from gateway.licensing.agreement import Agreement, Settling


@dataclass(frozen=True, slots=True)
class Carried:
    """What of one run waits, or waited, for a later invoice.

    Attributes:
        run_id: The run that rated it.
        agreement_id: Under which agreement.
        currency: ISO 4217.
        net_minor: Sum of its rated lines, above 0.
        invoice_id: The draft it went on; empty while it waits.
    """

    run_id: str
    agreement_id: str
    currency: str
    net_minor: int
    invoice_id: str = ""

    def __post_init__(self) -> None:
        if self.net_minor <= 0:
            raise InvalidValue("only what is owed is carried")


@dataclass(frozen=True, slots=True)
class CarryTerms:
    """What is too little for an invoice.

    Attributes:
        below_minor: Net amounts by currency; a currency not named is never carried.
    """

    below_minor: Mapping[str, int] = field(default_factory=dict)

    def carries(
        self,
        net_minor: int,
        currency: str,
        *,
        agreement: Agreement,
        period: Period,
        at_us: int,
    ) -> bool:
        """Does what an agreement owes wait for the next invoice?

        Not under a prepaid agreement, whose balance says what was used; not once the
        agreement is over, nor when the year is.

        Args:
            net_minor: Everything that is owed, what waits already included.
            currency: ISO 4217.
            agreement: Under which agreement.
            period: What is billed.
            at_us: When.
        """
        if net_minor >= self.below_minor.get(currency, 0):
            return False
        is_over = agreement.ends_us is not None and agreement.ends_us <= at_us
        year_end_us = year_of(period.start_us).end_us
        is_year_end = period.end_us >= year_end_us and at_us >= period.end_us
        is_invoiced = agreement.settling is Settling.INVOICED
        return is_invoiced and not is_over and not is_year_end


NOTHING_CARRIED = CarryTerms()
