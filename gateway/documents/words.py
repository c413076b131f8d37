"""The words of papers, in English and French."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from types import MappingProxyType

from gateway.billing.paper import Paper
from gateway.documents.figures import day
from gateway.kernel.clock import US_PER_DAY

NARROW = "\u202f"  # between thousands, and before a colon, in French
WIDE = "\u00a0"

MONTHS: Mapping[str, str] = MappingProxyType(
    {
        "en": "January February March April May June July August September October"
        " November December",
        "fr": "janvier février mars avril mai juin juillet août septembre octobre"
        " novembre décembre",
    }
)

WORDS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "invoice": "Invoice",
                "credit-note": "Credit note",
                "issued": "Issued",
                "due": "Due",
                "period": "Period",
                "agreement": "Agreement",
                "order": "Purchase order",
                "your_reference": "Your reference",
                "corrects": "Corrects invoice",
                "from": "From",
                "to": "To",
                "vat_id": "VAT ID",
                "tax_id": "Tax number",
                "register": "Register",
                "description": "Description",
                "quantity": "Quantity",
                "price": "Unit price",
                "net": "Net",
                "vat": "VAT",
                "no_vat": "no VAT",
                "per": "per",
                "subtotal": "Net total",
                "vat_on": "VAT {rate} on {basis}",
                "no_vat_on": "VAT, category {category}, on {basis}",
                "total": "Total",
                "paid": "Paid in advance",
                "set_off": "Set off (barter)",
                "to_pay": "To pay",
                "credited": "To your credit",
                "pay": "How to pay",
                "account": "Account holder",
                "reference": "Reference",
                "scan": "Scan with your banking app",
                "terms": "Payable by {due}, within {days} days, without deduction.",
                "terms_paid": "Settled in full from the balance paid in advance.",
                "terms_set_off": "Settled in full; nothing is left to pay.",
                "attached": (
                    "What is said here is attached as data (Factur-X, EN 16931)."
                ),
                "signed": "The data is signed.",
                "page": "Page",
                "of": "of",
                "bytes": "bytes",
                "requests": "requests",
                "records": "records",
                "one": "",
            }
        ),
        "fr": MappingProxyType(
            {
                "invoice": "Facture",
                "credit-note": "Avoir",
                "issued": "Émise le",
                "due": "Échéance",
                "period": "Période",
                "agreement": "Contrat",
                "order": "Bon de commande",
                "your_reference": "Votre référence",
                "corrects": "Corrige la facture",
                "from": "De",
                "to": "À",
                "vat_id": "N° de TVA",
                "tax_id": "N° fiscal",
                "register": "Immatriculation",
                "description": "Désignation",
                "quantity": "Quantité",
                "price": "Prix unitaire",
                "net": "Montant HT",
                "vat": "TVA",
                "no_vat": "sans TVA",
                "per": "pour",
                "subtotal": "Total HT",
                "vat_on": "TVA {rate} sur {basis}",
                "no_vat_on": "TVA, catégorie {category}, sur {basis}",
                "total": "Total TTC",
                "paid": "Payé d’avance",
                "set_off": "Compensé (échange)",
                "to_pay": "À payer",
                "credited": "À votre crédit",
                "pay": "Pour payer",
                "account": "Titulaire",
                "reference": "Référence",
                "scan": "À scanner avec votre application bancaire",
                "terms": "À régler avant le {due}, à {days} jours, sans escompte.",
                "terms_paid": "Réglée en totalité sur la provision versée d’avance.",
                "terms_set_off": "Réglée en totalité : il ne reste rien à payer.",
                "attached": (
                    "Ce qui est dit ici est joint sous forme de données"
                    " (Factur-X, EN 16931)."
                ),
                "signed": "Les données sont signées.",
                "page": "Page",
                "of": "sur",
                "bytes": "octets",
                "requests": "requêtes",
                "records": "notices",
                "one": "",
            }
        ),
    }
)


def long_date(when: date, language: str) -> str:
    """`28 November 2026`, `28 novembre 2026`, `1er décembre 2026`."""
    number = "1er" if language == "fr" and when.day == 1 else str(when.day)
    month = MONTHS[language].split()[when.month - 1]
    return f"{number}{WIDE}{month}{WIDE}{when.year}"


def terms(paper: Paper) -> str:
    """When and how a paper is to be paid, in one sentence."""
    words = WORDS[paper.language]
    if paper.due_us is None:
        return ""
    if not paper.due_minor:
        return words["terms_set_off" if paper.set_off_minor else "terms_paid"]
    days = (paper.due_us - paper.issued_us) // US_PER_DAY
    due = long_date(day(paper.due_us), paper.language)
    return words["terms"].format(due=due, days=days)
