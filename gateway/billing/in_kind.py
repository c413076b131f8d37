"""In-kind settlement: an accepted contribution makes an invoice smaller.

It is a price reduction: a line of its own, of the same VAT category and rate as what it
reduces, that names the contribution it rests on. It is made on a draft; a finalised
invoice never changes.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from fractions import Fraction

from gateway.billing.invoice import Invoice, InvoiceLine, LineKind, Status
from gateway.kernel.errors import Conflict, InvalidValue
from gateway.kernel.money import MICROS_PER_MAJOR, minor_digits

PERCENT = 100


@dataclass(frozen=True, slots=True)
class InKind:
    """What a contribution settled.

    Attributes:
        invoice_id: On which invoice.
        position: By which line of it.
        claim_id: The accepted contribution it rests on.
        net_minor: How much, net, above 0.
        by: Who decided it.
        at_us: When.
    """

    invoice_id: str
    position: int
    claim_id: str
    net_minor: int
    by: str
    at_us: int

    def __post_init__(self) -> None:
        if self.net_minor <= 0:
            raise InvalidValue("what is settled in kind is more than nothing")
        if not self.by.strip():
            raise InvalidValue("what is settled in kind says who decided it")


def reduction_line(invoice: Invoice, net_minor: int, *, text: str) -> InvoiceLine:
    """The line by which a draft is reduced.

    Args:
        invoice: The draft.
        net_minor: By how much, net, above 0.
        text: The contribution, for a reader: its title and id.
    """
    last = invoice.lines[-1]
    per_minor: int = MICROS_PER_MAJOR // 10 ** minor_digits(invoice.currency)
    return replace(
        last,
        position=last.position + 1,
        kind=LineKind.IN_KIND,
        text=text,
        collection="",
        tariff="",
        tariff_version=0,
        bracket=0,
        quantity=-1,
        unit="one",
        price_micros=net_minor * per_minor,
        base_quantity=1,
        net_minor=-net_minor,
        month=invoice.period,
    )


def allowed_minor(shares: Iterable[tuple[int, int]]) -> int:
    """How much of an invoice may be settled in kind at most, rounded down.

    Args:
        shares: Net minor units of each line of use, and the percentage of it that its
            tariff lets be settled so.
    """
    exact = sum((Fraction(net * share, PERCENT) for net, share in shares), Fraction())
    return exact.numerator // exact.denominator


def assert_fits(
    draft: Invoice, net_minor: int, *, left_minor: int, allowed: int
) -> None:
    """Refuse a reduction that must not exist.

    Args:
        draft: What is to be reduced.
        net_minor: By how much.
        left_minor: What is left of the contribution's value.
        allowed: How much of the draft may be settled in kind, earlier reductions
            included.

    Raises:
        Conflict: it is no draft, or nothing would be left to pay.
        InvalidValue: it is more than is left of the contribution, or than the tariff
            allows.
    """
    if draft.status is not Status.DRAFT:
        detail = (
            f"invoice {draft.number or draft.id} is {draft.status}; only a draft is"
            " reduced in kind"
        )
        raise Conflict(detail)
    before = -sum(
        line.net_minor for line in draft.lines if line.kind is LineKind.IN_KIND
    )
    if net_minor > left_minor:
        detail = f"only {left_minor} minor units are left of that contribution"
        raise InvalidValue(detail)
    if before + net_minor > allowed:
        detail = (
            f"the tariff lets {allowed} minor units of it be settled in kind, of which"
            f" {before} are"
        )
        raise InvalidValue(detail)
    if net_minor >= draft.net_minor:
        raise Conflict("something must be left to pay; void the draft instead")
