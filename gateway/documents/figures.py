"""How amounts, quantities, dates and units are spelled in both XML syntaxes."""

from __future__ import annotations

from datetime import date

from gateway.billing.paper import Paper, PaperLine
from gateway.kernel.clock import from_us
from gateway.kernel.money import MICROS_PER_MAJOR, minor_digits
from gateway.kernel.period import Period

MICRO_DIGITS = 6
PROFILE = "urn:cen.eu:en16931:2017"
# UN/ECE Recommendation 20: byte, and one.
UNIT_CODES = {"bytes": "AD", "requests": "C62", "records": "C62", "one": "C62"}
# UNTDID 4461: SEPA credit transfer, credit transfer, not defined.
SEPA, TRANSFER, UNDEFINED = "58", "30", "1"
INVOICE, CREDIT_NOTE = "380", "381"  # UNTDID 1001


def amount(minor: int, currency: str) -> str:
    """Minor units with the decimals of their currency: `12.34`."""
    digits = minor_digits(currency)
    sign = "-" if minor < 0 else ""
    whole, rest = divmod(abs(minor), 10**digits)
    return f"{sign}{whole}.{rest:0{digits}d}" if digits else f"{sign}{whole}"


def price(micros: int) -> str:
    """Micros, never rounded, at least two decimals: `0.02`, `0.000005`."""
    sign = "-" if micros < 0 else ""
    whole, rest = divmod(abs(micros), MICROS_PER_MAJOR)
    decimals = f"{rest:0{MICRO_DIGITS}d}".rstrip("0").ljust(2, "0")
    return f"{sign}{whole}.{decimals}"


def percent(rate_bp: int) -> str:
    """Basis points as a percentage: `20`, `5.5`."""
    whole, rest = divmod(rate_bp, 100)
    return f"{whole}.{rest:02d}".rstrip("0").rstrip(".")


def means(paper: Paper) -> str:
    """How to pay: SEPA carries euros and nothing else."""
    if not paper.payee.iban:
        return UNDEFINED
    return SEPA if paper.currency == "EUR" else TRANSFER


def unit_code(line: PaperLine) -> str:
    """The unit's code."""
    return UNIT_CODES.get(line.unit, "C62")


def day(instant_us: int) -> date:
    """The day of an instant, UTC."""
    return from_us(instant_us).date()


def days(span: Period) -> tuple[date, date]:
    """First and last day of a half-open span."""
    return day(span.start_us), day(span.end_us - 1)


def hides_vat_ids(paper: Paper) -> bool:
    """Outside the scope of VAT no VAT id may stand (BR-O-02)."""
    return any(each.category == "O" for each in paper.taxes)
