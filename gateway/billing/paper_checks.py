"""Adds a paper up again: what no schema and no rule set of EN 16931 looks at.

A schema knows no money, and the standard's own rules pass a line that is not its
quantity times its price.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from fractions import Fraction

from gateway.billing.paper import Paper, PaperKind, PaperLine
from gateway.billing.tax import BASIS_POINTS, tax_on
from gateway.kernel.errors import InvalidValue
from gateway.kernel.money import minor_digits, minor_from_micros, rounded_half_up

UNTAXED = frozenset({"AE", "E", "G", "K", "O"})
"""Categories without VAT, which say why."""


def faults_of(paper: Paper) -> tuple[str, ...]:
    """Everything about a paper that does not add up or is missing, a sentence each."""
    try:
        minor_digits(paper.currency)
    except InvalidValue as fault:
        return (fault.detail,)
    return (*_lines(paper), *_totals(paper), *_taxes(paper), *_people(paper))


def _lines(paper: Paper) -> Iterator[str]:
    for line in paper.lines:
        where = f"line {line.position}"
        if line.price_micros < 0:
            yield f"{where} has a price below zero"
        if line.base_quantity < 1:
            yield f"{where} has a price for no quantity"
        elif line.net_minor != _worth(line, paper.currency):
            yield f"{where} is not its quantity times its price, rounded once"
        if line.rate_bp and line.category != "S":
            yield f"{where} has a VAT rate and a category that charges none"


def _worth(line: PaperLine, currency: str) -> int:
    micros = Fraction(line.quantity * line.price_micros, line.base_quantity)
    return rounded_half_up(minor_from_micros(micros, currency))


def _totals(paper: Paper) -> Iterator[str]:
    if paper.net_minor != sum(line.net_minor for line in paper.lines):
        yield "the net total is not the sum of the lines"
    if paper.tax_minor != sum(each.tax_minor for each in paper.taxes):
        yield "the VAT total is not the sum of its categories"
    if paper.gross_minor != paper.net_minor + paper.tax_minor:
        yield "the total is not net and VAT together"
    if paper.due_minor != paper.gross_minor - paper.paid_minor:
        yield "what is left to pay is not the total less what was paid"
    if paper.due_minor < 0:
        yield "more was paid than is owed"
    if not 0 <= paper.set_off_minor <= paper.paid_minor:
        yield "what is set off is not a part of what was paid"
    if paper.set_off_minor and not paper.note:
        yield "what is set off does not name the contribution"
    if paper.kind is PaperKind.INVOICE and paper.due_us is None:
        yield "an invoice says when it is due"  # BR-CO-25, which some rule sets lost
    if not paper.lines:
        yield "a document has at least one line"


def _taxes(paper: Paper) -> Iterator[str]:
    basis: Counter[tuple[str, int]] = Counter()
    for line in paper.lines:
        basis[line.category, line.rate_bp] += line.net_minor
    stated = {(each.category, each.rate_bp): each.basis_minor for each in paper.taxes}
    if len(stated) != len(paper.taxes) or stated != dict(basis):
        yield "the VAT categories are not those of the lines, summed"
    for each in paper.taxes:
        name = f"VAT category {each.category}"
        exact = Fraction(each.basis_minor * each.rate_bp, BASIS_POINTS)
        if paper.kind is PaperKind.CREDIT_NOTE:
            # A note gives back what is left of a rounded whole (see credit_note).
            is_right = abs(each.tax_minor - exact) <= 1
        else:
            is_right = each.tax_minor == tax_on(each.basis_minor, each.rate_bp)
        if not is_right:
            yield f"{name} is not its rate of its basis"
        if each.category in UNTAXED and not each.reason:
            yield f"{name} charges no VAT and does not say why"


def _people(paper: Paper) -> Iterator[str]:
    if not paper.seller.country:
        yield "the seller's country is missing: `invoicing.country`"
    if not (paper.seller.vat_id or paper.seller.tax_id):
        yield (
            "the seller has neither a VAT id nor a tax number:"
            " `invoicing.vat_id` or `invoicing.tax_id`"
        )
    if not paper.buyer.country:
        yield (
            "the buyer's country is missing:"
            f' copyfair party set "{paper.buyer.name}" country=…'
        )
    if any(each.category == "AE" for each in paper.taxes) and not paper.buyer.vat_id:
        yield "reverse charge needs the buyer's VAT id"
    if paper.kind is PaperKind.CREDIT_NOTE and paper.corrects is None:
        yield "a credit note names the invoice it corrects"
