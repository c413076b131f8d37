"""What stands on the page: a paper as texts, so that the template only sets them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from gateway.billing.paper import Paper, PaperKind, PaperLine, PaperParty
from gateway.documents.figures import (
    amount,
    day,
    days,
    hides_vat_ids,
    percent,
    price,
)
from gateway.documents.words import NARROW, WORDS, long_date, terms
from gateway.kernel.period import Period, month_of

BINARY = {2**10: "1 KiB", 2**20: "1 MiB", 2**30: "1 GiB", 2**40: "1 TiB"}
GROUP = 3
Label = tuple[str, str]


def page(paper: Paper, *, is_signed: bool) -> dict[str, Any]:
    """Everything the template sets, in the paper's language."""
    words = WORDS[paper.language]
    return {
        "language": paper.language,
        "region": "FR" if paper.language == "fr" else "GB",
        "words": dict(words),
        "title": words[paper.kind.value],
        "number": paper.number,
        "currency": paper.currency,
        "seller": _party(paper.seller, paper),
        "buyer": _party(paper.buyer, paper),
        "facts": [list(each) for each in _facts(paper)],
        "lines": [_line(line, paper) for line in paper.lines],
        "totals": [list(each) for each in _totals(paper)],
        "closing": list(_closing(paper)),
        "reasons": list(_reasons(paper)),
        "note": paper.note,
        "terms": terms(paper),
        "payment": [list(each) for each in _payment(paper)],
        "about": words["attached"] + (f" {words['signed']}" if is_signed else ""),
    }


def number(text: str, language: str) -> str:
    """A plain decimal as it is read: `1,234.56`, `1 234,56`."""
    sign = "−" if text.startswith("-") else ""
    whole, dot, rest = text.lstrip("-").partition(".")
    groups = re.findall(r"\d{1,3}", whole[::-1])
    separator, point = (NARROW, ",") if language == "fr" else (",", ".")
    joined = separator.join(groups)[::-1]
    return f"{sign}{joined}{point if dot else ''}{rest}"


def money(minor: int, paper: Paper) -> str:
    """An amount without its currency."""
    return number(amount(minor, paper.currency), paper.language)


def span(period: Period, language: str) -> str:
    """`November 2026` where it is a month, else its first and last day."""
    first, last = days(period)
    if month_of(period.start_us) == period:
        return long_date(first, language).partition("\u00a0")[2]
    return f"{long_date(first, language)} – {long_date(last, language)}"


def _party(party: PaperParty, paper: Paper) -> dict[str, Any]:
    words = WORDS[paper.language]
    place = " ".join(each for each in (party.postcode, party.city) if each)
    vat_id = "" if hides_vat_ids(paper) else party.vat_id
    numbers = (
        (words["vat_id"], vat_id),
        (words["tax_id"], party.tax_id),
        (words["register"], party.register_number),
    )
    address = (party.street, place, party.country)
    return {
        "name": party.name,
        "address": [each for each in address if each],
        "email": party.email,
        "numbers": [f"{label} {text}" for label, text in numbers if text],
    }


def _facts(paper: Paper) -> Iterator[Label]:
    words, language = WORDS[paper.language], paper.language
    yield words["issued"], long_date(day(paper.issued_us), language)
    if paper.due_us is not None and paper.due_minor:
        yield words["due"], long_date(day(paper.due_us), language)
    yield words["period"], span(paper.span, language)
    if paper.corrects:
        yield words["corrects"], paper.corrects.number
    if paper.purchase_order:
        yield words["order"], paper.purchase_order
    if paper.buyer_reference:
        yield words["your_reference"], paper.buyer_reference
    yield words["agreement"], paper.agreement_id


def _line(line: PaperLine, paper: Paper) -> dict[str, str]:
    words, language = WORDS[paper.language], paper.language
    per = f"{words['per']} {_base(line, paper)}" if line.base_quantity > 1 else ""
    is_taxed = line.category in {"S", "Z"}
    rate = number(percent(line.rate_bp), language)
    return {
        "position": str(line.position),
        "text": line.text,
        "span": span(line.span, language),
        "quantity": number(str(line.quantity), language),
        "unit": words[line.unit],
        "price": number(price(line.price_micros), language),
        "per": per,
        "vat": f"{rate} %" if is_taxed else words["no_vat"],
        "net": money(line.net_minor, paper),
    }


def _base(line: PaperLine, paper: Paper) -> str:
    if line.unit == "bytes" and line.base_quantity in BINARY:
        return BINARY[line.base_quantity]
    counted = number(str(line.base_quantity), paper.language)
    return f"{counted} {WORDS[paper.language][line.unit]}".strip()


def _totals(paper: Paper) -> Iterator[Label]:
    words, language = WORDS[paper.language], paper.language
    yield words["subtotal"], money(paper.net_minor, paper)
    for each in paper.taxes:
        form = words["vat_on" if each.category in {"S", "Z"} else "no_vat_on"]
        label = form.format(
            rate=f"{number(percent(each.rate_bp), language)} %",
            basis=money(each.basis_minor, paper),
            category=each.category,
        )
        yield label, money(each.tax_minor, paper)
    if paper.paid_minor:
        yield words["total"], money(paper.gross_minor, paper)
    if ahead := paper.paid_minor - paper.set_off_minor:
        yield words["paid"], money(-ahead, paper)
    if paper.set_off_minor:
        yield words["set_off"], money(-paper.set_off_minor, paper)


def _closing(paper: Paper) -> Label:
    words = WORDS[paper.language]
    is_note = paper.kind is PaperKind.CREDIT_NOTE
    label = words["credited" if is_note else "to_pay"]
    return label, f"{money(paper.due_minor, paper)} {paper.currency}"


def _reasons(paper: Paper) -> Iterator[str]:
    for each in paper.taxes:
        if each.reason:
            yield each.reason


def _payment(paper: Paper) -> Iterator[Label]:
    payee, words = paper.payee, WORDS[paper.language]
    if paper.kind is PaperKind.CREDIT_NOTE or not payee.iban or paper.due_minor <= 0:
        return
    yield words["account"], paper.seller.name
    yield "IBAN", " ".join(re.findall(r".{1,4}", payee.iban))
    if payee.bic:
        yield "BIC", payee.bic
    yield words["reference"], " ".join(re.findall(r".{1,4}", payee.reference))
