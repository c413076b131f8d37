"""Value added tax: which category and rate, and the one rounding it gets.

A simple table that the seller's settings give; small-business and exempt sellers
are first class. Whether a treatment is right in law is for an adviser to say.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from fractions import Fraction
from types import MappingProxyType

from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import rounded_half_up

BASIS_POINTS = 10_000


def _codes(text: str) -> frozenset[str]:
    return frozenset(text.split())


EU = _codes(
    "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
)
"""Member states of the EU VAT area, ISO 3166-1 alpha-2."""


class Selling(StrEnum):
    """Who sells."""

    NONE = "none"  # nobody: nothing is invoiced, everything else works
    SELF = "self"
    FISCAL_HOST = "fiscal-host"
    ALLIANCE = "alliance"


class Regime(StrEnum):
    """How the seller stands towards VAT."""

    STANDARD = "standard"
    SMALL_BUSINESS = "small-business"
    EXEMPT = "exempt"


NO_RATES: Mapping[str, int] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Seller:
    """Who invoices, as settings say.

    Attributes:
        selling: Who sells at all.
        name: As it stands on an invoice.
        country: ISO 3166-1 alpha-2.
        vat_id: The seller's VAT id, or empty.
        address: For the invoice's head.
        regime: How the seller stands towards VAT.
        exempt_reason: The sentence an exempt seller must print.
        exempt_code: Its VATEX code, or empty.
        rates_bp: Country to rate, basis points (19 % is 1_900).
        due_days: Days until an invoice is due.
    """

    selling: Selling = Selling.NONE
    name: str = ""
    country: str = ""
    vat_id: str = ""
    address: str = ""
    regime: Regime = Regime.STANDARD
    exempt_reason: str = ""
    exempt_code: str = ""
    rates_bp: Mapping[str, int] = field(default_factory=lambda: NO_RATES)
    due_days: int = 30

    def __post_init__(self) -> None:
        if self.regime is not Regime.STANDARD and not self.exempt_reason:
            detail = f"a {self.regime} seller needs the reason that invoices print"
            raise InvalidValue(detail)


@dataclass(frozen=True, slots=True)
class Buyer:
    """Who is invoiced, as it stood at that moment.

    Attributes:
        party_id: Which party.
        name: As it stands on the invoice.
        country: ISO 3166-1 alpha-2, verified or vouched; else empty, and taxed as
            the seller's.
        vat_id: A VAT id that was verified or vouched, else empty.
    """

    party_id: str
    name: str
    country: str = ""
    vat_id: str = ""


@dataclass(frozen=True, slots=True)
class Treatment:
    """Category and rate of one supply.

    Attributes:
        category: UNTDID 5305: S standard, Z zero, AE reverse charge, E exempt, O
            outside.
        rate_bp: Basis points.
        reason: The sentence an invoice must print when nothing is charged.
        reason_code: VATEX code, or empty.
    """

    category: str
    rate_bp: int = 0
    reason: str = ""
    reason_code: str = ""


@dataclass(frozen=True, slots=True)
class TaxGroup:
    """VAT of all lines of one category and rate."""

    category: str
    rate_bp: int
    basis_minor: int
    tax_minor: int


def treatment(seller: Seller, buyer: Buyer) -> Treatment:
    """How a supply of *seller* to *buyer* is taxed.

    Raises:
        InvalidValue: the seller's table has no rate for the country it must tax.
    """
    if seller.regime is not Regime.STANDARD:
        return Treatment("E", 0, seller.exempt_reason, seller.exempt_code)
    if buyer.country in {"", seller.country}:
        return _charged(_rate(seller, seller.country))
    if buyer.country in EU and seller.country in EU:
        if buyer.vat_id:
            return Treatment("AE", 0, "Reverse charge", "VATEX-EU-AE")
        rated = buyer.country if buyer.country in seller.rates_bp else seller.country
        return _charged(_rate(seller, rated))
    return Treatment("O", 0, "Outside the scope of VAT", "VATEX-EU-O")


def tax_on(basis_minor: int, rate_bp: int) -> int:
    """VAT on the sum of one category and rate, rounded half-up, once."""
    return rounded_half_up(Fraction(basis_minor * rate_bp, BASIS_POINTS))


def groups(parts: Iterable[tuple[str, int, int]]) -> tuple[TaxGroup, ...]:
    """VAT once per category and rate.

    Args:
        parts: Category, rate in basis points and net minor units of each line.
    """
    basis: dict[tuple[str, int], int] = {}
    for category, rate_bp, net_minor in parts:
        key = (category, rate_bp)
        basis[key] = basis.get(key, 0) + net_minor
    return tuple(
        TaxGroup(category, rate_bp, net, tax_on(net, rate_bp))
        for (category, rate_bp), net in sorted(basis.items())
    )


def net_within(gross_minor: int, rate_bp: int) -> int:
    """The largest net amount whose gross stays within *gross_minor*."""
    net = gross_minor * BASIS_POINTS // (BASIS_POINTS + rate_bp) + 1
    while net + tax_on(net, rate_bp) > gross_minor:
        net -= 1
    return net


def _charged(rate_bp: int) -> Treatment:
    """A rate of nothing is a category of its own (BR-S-05)."""
    return Treatment("S" if rate_bp else "Z", rate_bp)


def _rate(seller: Seller, country: str) -> int:
    try:
        return seller.rates_bp[country]
    except KeyError:
        detail = (
            f"the seller's settings name no VAT rate for {country or 'its country'}"
        )
        raise InvalidValue(detail) from None
