"""What the public pages ask of the books: sums, so that nobody reads every entry."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from gateway.kernel.period import Period


@dataclass(frozen=True, slots=True)
class InvoiceIncome:
    """What one invoice brought so far.

    Attributes:
        invoice_id: Which.
        party_id: Who was invoiced.
        agreement_id: Under which agreement.
        currency: ISO 4217.
        received_minor: Income in money.
        lately_minor: Of that, since the instant that was asked about.
        lately_in_kind_minor: Since then settled in kind, net: price reductions and
            barter.
    """

    invoice_id: str
    party_id: str
    agreement_id: str
    currency: str
    received_minor: int
    lately_minor: int
    lately_in_kind_minor: int


@dataclass(frozen=True, slots=True)
class ChargedLine:
    """What one line of an invoice charges, less what was credited of it.

    Attributes:
        invoice_id: Of which.
        collection: The collection's id, or empty.
        tariff: The tariff's id, or empty.
        tariff_version: Its version.
        net_minor: Net.
    """

    invoice_id: str
    collection: str
    tariff: str
    tariff_version: int
    net_minor: int


@dataclass(frozen=True, slots=True)
class Flow:
    """What ran through an account of the fund, in one currency.

    Attributes:
        account: A name of the chart; `liability:payable` for all contributors.
        currency: ISO 4217.
        poured_minor: What receipts brought by the waterfall.
        in_minor: All that came in; credits.
        out_minor: All that went out; debits.
    """

    account: str
    currency: str
    poured_minor: int
    in_minor: int
    out_minor: int

    @property
    def held_minor(self) -> int:
        """What is there now."""
        return self.in_minor - self.out_minor


@dataclass(frozen=True, slots=True)
class Taken:
    """What one party took.

    Attributes:
        party_id: Who.
        requests: How many.
        body_bytes: How much.
    """

    party_id: str
    requests: int
    body_bytes: int


class PublicSums(Protocol):
    """Sums over all books, made by the store."""

    def stamp(self) -> tuple[int, ...]:
        """Changes with every entry, document, claim, review, party and checkpoint."""

    def income(self, *, since_us: int) -> tuple[InvoiceIncome, ...]:
        """Every invoice that brought anything, by its id."""

    def charged(self) -> Iterator[ChargedLine]:
        """Every line of those invoices, by invoice and position."""

    def flows(self) -> tuple[Flow, ...]:
        """Every pot, and what contributors are owed, by account and currency."""

    def taken(self, period: Period) -> tuple[Taken, ...]:
        """What each party took in a period, by its id; without test usage."""
