"""The page of a prepaid statement: what came in, what was used, what is left."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from types import MappingProxyType
from typing import Any

from gateway.billing.paper import Paper, PaperParty
from gateway.documents.figures import amount, day, percent
from gateway.documents.page import number, span
from gateway.documents.press import Logo
from gateway.documents.typesetting import drawn_pages, set_page
from gateway.documents.words import WORDS, long_date
from gateway.fund.prepaid_statement import Move, MoveKind, PrepaidStatement

TEMPLATE = "statement.typ"

SAID: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "title": "Statement of your prepaid balance",
                "opening": "Opening balance",
                "closing": "Closing balance",
                "top-up": "Received, reference {reference}",
                "use": "Used: invoice {reference}",
                "moved": "Carried between agreements: {reference}",
                "other": "Booked: {reference}",
                "received": "Received in this period",
                "used": "Used in this period",
                "date": "Date",
                "what": "What",
                "amount": "Amount",
                "balance": "Balance",
                "vat": "VAT {rate} %",
                "none": "Nothing moved in this period.",
                "receipt": (
                    "What was received is a payment on account, of which this is the"
                    " receipt. Use is invoiced under its own number, with VAT; this"
                    " statement is no invoice."
                ),
                "under_way": "The period is not over: more may follow.",
            }
        ),
        "fr": MappingProxyType(
            {
                "title": "Relevé de votre provision",
                "opening": "Solde initial",
                "closing": "Solde final",
                "top-up": "Reçu, référence {reference}",
                "use": "Consommé : facture {reference}",
                "moved": "Report entre contrats : {reference}",
                "other": "Écriture : {reference}",
                "received": "Reçu sur la période",
                "used": "Consommé sur la période",
                "date": "Date",
                "what": "Libellé",
                "amount": "Montant",
                "balance": "Solde",
                "vat": "TVA {rate} %",
                "none": "Aucun mouvement sur la période.",
                "receipt": (
                    "Ce qui a été reçu est un acompte, dont ce relevé vaut reçu. Les"
                    " consommations sont facturées sous leur propre numéro, avec TVA ;"
                    " ce relevé n’est pas une facture."
                ),
                "under_way": "La période n’est pas close : la suite peut venir.",
            }
        ),
    }
)


def statement_pdf(statement: PrepaidStatement, logo: Logo | None = None) -> bytes:
    """A statement as PDF/A-3b; the same bytes for the same statement."""
    told, pictures = _told(statement, logo)
    made_us = statement.period.end_us
    return set_page(told, pictures, made_us=made_us, template=TEMPLATE)


def statement_pages(
    statement: PrepaidStatement, logo: Logo | None = None
) -> list[bytes]:
    """Its pages as pictures, to be looked at."""
    return drawn_pages(*_told(statement, logo), template=TEMPLATE)


def _told(
    statement: PrepaidStatement, logo: Logo | None
) -> tuple[dict[str, Any], dict[str, bytes]]:
    said = SAID[statement.language]
    told: dict[str, Any] = {
        "language": statement.language,
        "region": "FR" if statement.language == "fr" else "GB",
        "words": {**WORDS[statement.language], **said},
        "period": span(statement.period, statement.language),
        "currency": statement.currency,
        "seller": _party(statement.seller, statement.language),
        "buyer": _party(statement.buyer, statement.language),
        "agreement": statement.agreement_id,
        "opening": _money(statement.opening_minor, statement),
        "closing": _money(statement.closing_minor, statement),
        "rows": [_row(move, statement) for move in statement.moves],
        "sums": [
            [said["received"], _sum(MoveKind.TOP_UP, statement)],
            [said["used"], _sum(MoveKind.USE, statement)],
        ],
        "notes": list(_notes(statement)),
    }
    if logo:
        told["logo"] = logo.name
        return told, {logo.name: logo.content}
    return told, {}


def _notes(statement: PrepaidStatement) -> Iterator[str]:
    said = SAID[statement.language]
    if not statement.moves:
        yield said["none"]
    if not statement.is_over:
        yield said["under_way"]
    yield said["receipt"]


def _row(move: Move, statement: PrepaidStatement) -> dict[str, Any]:
    form = SAID[statement.language][move.kind.value]
    return {
        "date": long_date(day(move.at_us), statement.language),
        "text": form.format(reference=move.reference),
        "amount": _money(move.amount_minor, statement),
        "balance": _money(move.balance_minor, statement),
        "lines": list(_lines(move.invoice, statement)) if move.invoice else [],
    }


def _lines(paper: Paper, statement: PrepaidStatement) -> Iterator[list[str]]:
    language, words = statement.language, WORDS[statement.language]
    for line in paper.lines:
        quantity = f"{number(str(line.quantity), language)} {words[line.unit]}"
        net = _money(-line.net_minor, statement)
        yield [line.text, span(line.span, language), quantity.strip(), net]
    for each in paper.taxes:
        if each.tax_minor:
            rate = number(percent(each.rate_bp), language)
            label = SAID[language]["vat"].format(rate=rate)
            yield [label, "", "", _money(-each.tax_minor, statement)]


def _party(party: PaperParty, language: str) -> dict[str, Any]:
    words = WORDS[language]
    place = " ".join(each for each in (party.postcode, party.city) if each)
    numbers = ((words["vat_id"], party.vat_id), (words["tax_id"], party.tax_id))
    return {
        "name": party.name,
        "address": [each for each in (party.street, place, party.country) if each],
        "numbers": [f"{label} {text}" for label, text in numbers if text],
    }


def _sum(kind: MoveKind, statement: PrepaidStatement) -> str:
    return _money(statement.total_minor(kind), statement)


def _money(minor: int, statement: PrepaidStatement) -> str:
    return number(amount(minor, statement.currency), statement.language)
