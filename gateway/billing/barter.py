"""Barter: a contribution is a supply of its own, and two gross amounts are set off.

Where the agreement says barter, the invoice keeps its full net and VAT. What the
contributor supplied is taxed as *its* regime says, stands in the books as a figure of
its own (self-billed, or by the number of the invoice it wrote), and shrinks what it
owes. Whether a treatment is right in law is for an adviser to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from gateway.billing.invoice import Invoice, Status
from gateway.billing.settlement import net_received
from gateway.billing.tax import (
    EU,
    Buyer,
    Regime,
    Seller,
    Selling,
    Treatment,
    tax_on,
    treatment,
)
from gateway.kernel.errors import Conflict, InvalidValue


class Supplying(StrEnum):
    """How a contributor stands towards VAT. Public: add, never rename."""

    TAXABLE = "taxable"  # has a VAT id that was proven
    SMALL_BUSINESS = "small-business"
    OUTSIDE = "outside"  # no taxable person


@dataclass(frozen=True, slots=True)
class Supply:
    """What is said of a contributor's supply.

    Attributes:
        supplying: How the contributor stands towards VAT.
        rate_bp: The rate it has, basis points; None for the seller's own.
        reason: Why no VAT is charged; needed of a small business.
        number: Of the invoice it wrote; empty where the commons bills itself.
    """

    supplying: Supplying = Supplying.TAXABLE
    rate_bp: int | None = None
    reason: str = ""
    number: str = ""


@dataclass(frozen=True, slots=True)
class Taxed:
    """How a contributor's supply is taxed, on both sides.

    Attributes:
        category: UNTDID 5305.
        rate_bp: What the contributor charges, basis points.
        reason, reason_code: Why it charges none.
        owed_bp: What the commons owes in its stead (reverse charge), basis points.
        is_deductible: Whether the commons gets the VAT back.
    """

    category: str
    rate_bp: int
    reason: str = ""
    reason_code: str = ""
    owed_bp: int = 0
    is_deductible: bool = True


@dataclass(frozen=True, slots=True)
class Barter:
    """One contribution set off against one invoice.

    Attributes:
        invoice_id: Against which invoice.
        position: Of the set-offs on it, from 1.
        claim_id: The accepted contribution.
        title: What was done.
        number: Of the contributor's own invoice; empty where it is self-billed.
        net_minor: What it is worth, net, above 0.
        taxed: How it is taxed.
        by: Who decided it.
        at_us: When.
    """

    invoice_id: str
    position: int
    claim_id: str
    title: str
    number: str
    net_minor: int
    taxed: Taxed
    by: str
    at_us: int

    def __post_init__(self) -> None:
        if self.net_minor <= 0 or self.position < 1:
            raise InvalidValue("what is set off is more than nothing")
        if not self.by.strip():
            raise InvalidValue("a set-off says who decided it")

    @property
    def tax_minor(self) -> int:
        """VAT that the contributor charges."""
        return tax_on(self.net_minor, self.taxed.rate_bp)

    @property
    def owed_tax_minor(self) -> int:
        """VAT that the commons owes in the contributor's stead."""
        return tax_on(self.net_minor, self.taxed.owed_bp)

    @property
    def gross_minor(self) -> int:
        """What is set off: the debt shrinks by it."""
        return self.net_minor + self.tax_minor

    def named(self, invoice_number: str) -> str:
        """The number of the counter-invoice, as it stands on papers."""
        return self.number or f"{invoice_number}-B{self.position}"


def taxed(seller: Seller, supplier: Buyer, told: Supply) -> Taxed:
    """How a contributor's supply to *seller* is taxed.

    Args:
        seller: The commons, which receives it.
        supplier: The contributor, with what is proven of it.
        told: What is said of the supply.

    Raises:
        InvalidValue: what is said cannot be, or is not enough.
    """
    is_back = seller.regime is Regime.STANDARD
    if told.supplying is not Supplying.TAXABLE:
        return _untaxed(seller, supplier, told, is_deductible=is_back)
    if not (supplier.vat_id and supplier.country):
        detail = (
            f"{supplier.name} has no proven VAT id and country; say"
            " `small-business` or `outside`, or have them verified"
        )
        raise InvalidValue(detail)
    rate_bp = _rate(seller, told)
    charging = Seller(
        selling=Selling.SELF,
        name=supplier.name,
        country=supplier.country,
        rates_bp={seller.country: rate_bp, supplier.country: rate_bp},
    )
    us = Buyer("", seller.name, country=seller.country, vat_id=seller.vat_id)
    found: Treatment = treatment(charging, us)
    is_reversed = found.category in {"AE", "O"} and seller.country in EU
    return Taxed(
        category=found.category,
        rate_bp=found.rate_bp,
        reason=found.reason,
        reason_code=found.reason_code,
        owed_bp=rate_bp if is_reversed else 0,
        is_deductible=is_back,
    )


def _untaxed(
    seller: Seller, supplier: Buyer, told: Supply, *, is_deductible: bool
) -> Taxed:
    if told.rate_bp:
        raise InvalidValue(f"who is {told.supplying} charges no VAT")
    if told.supplying is Supplying.OUTSIDE:
        reason = told.reason or "Not a taxable person"
        return Taxed("O", 0, reason, is_deductible=is_deductible)
    if not told.reason:
        raise InvalidValue("a small business says why it charges no VAT")
    if supplier.country != seller.country:
        detail = (
            f"a small business is known at home alone: {supplier.name} is in"
            f" {supplier.country or 'no proven country'}"
        )
        raise InvalidValue(detail)
    return Taxed("E", 0, told.reason, is_deductible=is_deductible)


def _rate(seller: Seller, told: Supply) -> int:
    rate = seller.rates_bp.get(seller.country) if told.rate_bp is None else told.rate_bp
    if rate is None or (not rate and told.rate_bp is None):
        raise InvalidValue("say which VAT rate the contributor's supply has")
    return rate


def set_off_minor(barters: Iterable[Barter]) -> int:
    """What set-offs settle together, gross."""
    return sum(each.gross_minor for each in barters)


def net_parts(invoice: Invoice, barters: Iterable[Barter]) -> tuple[int, ...]:
    """The net part of the invoice that each set-off settles; together exact."""
    net, gross = invoice.net_minor, invoice.gross_minor
    parts, before = [], 0
    for each in barters:
        after = before + each.gross_minor
        parts.append(net_received(net, gross, after) - net_received(net, gross, before))
        before = after
    return tuple(parts)


def assert_set_off(
    draft: Invoice,
    new: Barter,
    earlier: Iterable[Barter],
    *,
    left_minor: int,
    allowed: int,
) -> None:
    """Refuse a set-off that must not exist.

    Args:
        draft: Against which it is to be set off.
        new: What is to be set off.
        earlier: What is already.
        left_minor: What is left of the contribution's value, net.
        allowed: How much of the draft may be settled in kind, net.

    Raises:
        Conflict: it is no draft, or more would be set off than is owed.
        InvalidValue: it is more than is left of the contribution, or than the tariff
            allows.
    """
    before = tuple(earlier)
    if draft.status is not Status.DRAFT:
        detail = (
            f"invoice {draft.number or draft.id} is {draft.status}; only a draft is"
            " settled in kind"
        )
        raise Conflict(detail)
    if new.net_minor > left_minor:
        detail = f"only {left_minor} minor units are left of that contribution"
        raise InvalidValue(detail)
    settled = sum(each.net_minor for each in before)
    if settled + new.net_minor > allowed:
        detail = (
            f"the tariff lets {allowed} minor units of it be settled in kind, of which"
            f" {settled} are"
        )
        raise InvalidValue(detail)
    if set_off_minor((*before, new)) > draft.gross_minor:
        raise Conflict("no more is set off than is owed, VAT included")
