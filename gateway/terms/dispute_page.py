"""The page on which a customer disputes an invoice: a plain form, in its language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gateway.web.answer import Answer
from gateway.web.security_headers import NO_STORE, SAFE
from gateway.web.templates.rendering import render
from gateway.web.texts import Language, Said

TITLE = Said("Dispute an invoice", "Contester une facture")
INTRODUCTION = Said(
    "Say which lines of an invoice are wrong, and why. They stay owed, and nobody asks "
    "for them until a person has answered you. If they agree, a credit note gives them "
    "back.",
    "Dites quelles lignes d’une facture sont fausses, et pourquoi. Elles restent dues, "
    "et personne ne vous les réclame avant qu’une personne vous ait répondu. Si elle "
    "vous donne raison, un avoir vous les rend.",
)
KEPT_TITLE = Said("Your dispute is open", "Votre contestation est ouverte")
KEPT = Said(
    "{dispute_id}: lines {lines} of {invoice} are not asked for while it is open. A "
    "person reads what you wrote.",
    "{dispute_id} : les lignes {lines} de {invoice} ne vous sont pas réclamées tant "
    "qu’elle est ouverte. Une personne vous lit.",
)
KEY = Said("API key of your agreement", "Clé d’API de votre contrat")
INVOICE = Said("Number of the invoice", "Numéro de la facture")
LINES = Said(
    "Lines, such as 1, 3 (empty: all that is charged)",
    "Lignes, par exemple 1, 3 (vide : tout ce qui est facturé)",
)
REASON = Said("What is wrong? One sentence.", "Qu’est-ce qui est faux ? Une phrase.")
SEND = Said("Dispute", "Contester")


@dataclass(frozen=True, slots=True)
class Form:
    """The form's words, and where it goes."""

    action: str
    key: str
    invoice: str
    lines: str
    reason: str
    send: str


@dataclass(frozen=True, slots=True)
class DisputePage:
    """What `dispute.html` sees."""

    language: str
    title: str
    introduction: str
    form: Form | None = None


def form_page(language: Language, *, action: str) -> Answer:
    """The page with the form; it holds nothing of anybody's."""
    form = Form(
        action=action,
        key=KEY.in_(language),
        invoice=INVOICE.in_(language),
        lines=LINES.in_(language),
        reason=REASON.in_(language),
        send=SEND.in_(language),
    )
    page = DisputePage(
        language.value, TITLE.in_(language), INTRODUCTION.in_(language), form
    )
    return _answer(200, page)


def kept_page(language: Language, dispute: Mapping[str, Any]) -> Answer:
    """The page after the form was sent."""
    kept = KEPT.in_(language).format(
        dispute_id=dispute["dispute_id"],
        invoice=dispute["invoice"],
        lines=", ".join(map(str, dispute["lines"])),
    )
    return _answer(201, DisputePage(language.value, KEPT_TITLE.in_(language), kept))


def _answer(status: int, page: DisputePage) -> Answer:
    fields = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Vary", "Accept, Accept-Language"),
    )
    body = render("dispute.html", page)
    return Answer(status, (*fields, *SAFE, *NO_STORE), body)
