"""What a reminder says, in the language of the party's papers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from gateway.billing.invoice import Invoice
from gateway.billing.paper import Letterhead
from gateway.kernel.clock import from_us
from gateway.kernel.money import Money

FIRST, AGAIN, LAST = "first", "again", "last"

SUBJECTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                FIRST: "Reminder: invoice {number}",
                AGAIN: "Second reminder: invoice {number}",
                LAST: "Last notice: invoice {number}",
            }
        ),
        "fr": MappingProxyType(
            {
                FIRST: "Rappel : facture {number}",
                AGAIN: "Relance : facture {number}",
                LAST: "Dernier rappel : facture {number}",
            }
        ),
    }
)

TEXTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                FIRST: (
                    "Invoice {number} of {issued} was due on {due}; {overdue} of it is"
                    " still open. It may have slipped through: please settle it, and"
                    " ignore this letter if your payment is on its way."
                ),
                AGAIN: (
                    "We wrote to you before about invoice {number} of {issued}, due on"
                    " {due}. {overdue} is overdue by {days} days. Please settle it now,"
                    " or tell us what is wrong with it."
                ),
                LAST: (
                    "This is our last notice about invoice {number} of {issued}, due on"
                    " {due}. {overdue} is overdue by {days} days. If we neither receive"
                    " it nor hear from you, the agreement {agreement} may be ended."
                ),
            }
        ),
        "fr": MappingProxyType(
            {
                FIRST: (
                    "La facture {number} du {issued} était à régler au {due} ;"
                    " {overdue} reste dû. Sans doute un oubli : merci de la régler. Si"
                    " votre paiement est en route, ne tenez pas compte de cette lettre."
                ),
                AGAIN: (
                    "Nous vous avons déjà écrit au sujet de la facture {number} du"
                    " {issued}, à régler au {due}. {overdue} est en retard de {days}"
                    " jours. Merci de la régler maintenant, ou de nous dire ce qui ne"
                    " va pas."
                ),
                LAST: (
                    "Dernier rappel au sujet de la facture {number} du {issued}, à"
                    " régler au {due}. {overdue} est en retard de {days} jours. Sans"
                    " paiement ni réponse de votre part, le contrat {agreement} pourra"
                    " prendre fin."
                ),
            }
        ),
    }
)
PARTS: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": MappingProxyType(
            {
                "dear": "Dear {buyer},",
                "disputed": "What you dispute ({disputed}) is not asked for here.",
                "pay": "Please pay to {iban}, with the reference {reference}.",
                "pay_plain": "Please give the reference {reference}.",
                "wrong": "Is something wrong? Say so to {email}: a dispute stops this.",
            }
        ),
        "fr": MappingProxyType(
            {
                "dear": "Bonjour {buyer},",
                "disputed": "Ce que vous contestez ({disputed}) n’est pas demandé ici.",
                "pay": "À payer sur {iban}, avec la référence {reference}.",
                "pay_plain": "Merci d’indiquer la référence {reference}.",
                "wrong": "Une erreur ? Écrivez à {email} : contester suspend tout.",
            }
        ),
    }
)


@dataclass(frozen=True, slots=True)
class Said:
    """The figures a letter names."""

    level: int
    is_last: bool
    overdue_minor: int
    disputed_minor: int
    days: int


def letter(
    invoice: Invoice, said: Said, *, head: Letterhead, language: str, reference: str
) -> tuple[str, str]:
    """Subject and text of a reminder.

    Args:
        invoice: Finalised.
        said: The figures it names.
        head: The seller's letterhead.
        language: `en` or `fr`.
        reference: What the payer writes, ISO 11649.
    """
    form = LAST if said.is_last else FIRST if said.level == 1 else AGAIN
    words = {
        "number": invoice.number,
        "issued": _day(invoice.issued_us),
        "due": _day(invoice.due_us),
        "overdue": _spelled(said.overdue_minor, invoice.currency, language),
        "disputed": _spelled(said.disputed_minor, invoice.currency, language),
        "days": said.days,
        "buyer": invoice.buyer.name,
        "agreement": invoice.agreement_id,
        "iban": head.iban,
        "email": head.email,
        "reference": reference,
    }
    parts = PARTS[language]
    body = [
        parts["dear"],
        TEXTS[language][form],
        parts["disputed"] if said.disputed_minor else "",
        parts["pay" if head.iban else "pay_plain"],
        parts["wrong"] if head.email else "",
    ]
    told = [each.format(**words) for each in body if each]
    subject = SUBJECTS[language][form].format(**words)
    return subject, "\n\n".join([*told, invoice.seller_name]) + "\n"


def _day(instant_us: int | None) -> str:
    return f"{from_us(instant_us or 0):%Y-%m-%d}"


def _spelled(minor: int, currency: str, language: str) -> str:
    text = str(Money(minor, currency))
    return text.replace(".", ",") if language == "fr" else text
