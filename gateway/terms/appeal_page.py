"""The page on which somebody appeals: a plain form, in the reader's language."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.terms.sheets import Anchor
from gateway.web.answer import Answer
from gateway.web.security_headers import NO_STORE, SAFE
from gateway.web.templates.rendering import render
from gateway.web.texts import Language, Said

TITLE = Said("Appeal", "Recours")
INTRODUCTION = Said(
    "If you were refused or slowed and think that was wrong, tell us, and name the "
    "request id that stands on the refusal. You need no account, and a person reads "
    "it.",
    "Si l'on vous a refusé ou ralenti à tort, dites-le nous, avec l'identifiant de "
    "requête qui figure sur le refus. Aucun compte n'est nécessaire, et une personne "
    "vous lit.",
)
KEPT_TITLE = Said("Thank you", "Merci")
KEPT = Said(
    "Your appeal is kept as {appeal_id}; a person reads it.",
    "Votre recours est enregistré sous {appeal_id} ; une personne le lira.",
)
TEXT = Said("What was wrong?", "Qu'est-ce qui n'allait pas ?")
REQUEST = Said("Request id, if you have it", "Identifiant de la requête, si connu")
CONTACT = Said(
    "Where may we answer? (e-mail, optional)",
    "Où vous répondre ? (courriel, facultatif)",
)
SEND = Said("Send", "Envoyer")
WRITE_TO = Said("Or write to", "Ou écrivez à")


@dataclass(frozen=True, slots=True)
class Form:
    """The form's words, and where it goes."""

    action: str
    text: str
    request_id: str
    request_id_known: str
    contact: str
    send: str


@dataclass(frozen=True, slots=True)
class AppealPage:
    """What `appeal.html` sees."""

    language: str
    title: str
    introduction: str
    form: Form | None = None
    write_to: str = ""
    contacts: tuple[Anchor, ...] = ()


def form_page(
    language: Language, *, action: str, request_id: str, contacts: tuple[Anchor, ...]
) -> Answer:
    """The page with the form; *request_id* is filled in where it is known."""
    form = Form(
        action=action,
        text=TEXT.in_(language),
        request_id=REQUEST.in_(language),
        request_id_known=request_id,
        contact=CONTACT.in_(language),
        send=SEND.in_(language),
    )
    page = AppealPage(
        language.value,
        TITLE.in_(language),
        INTRODUCTION.in_(language),
        form=form,
        write_to=WRITE_TO.in_(language),
        contacts=contacts,
    )
    return _answer(200, page)


def kept_page(language: Language, *, appeal_id: str) -> Answer:
    """The page after the form was sent."""
    kept = KEPT.in_(language).format(appeal_id=appeal_id)
    return _answer(201, AppealPage(language.value, KEPT_TITLE.in_(language), kept))


def _answer(status: int, page: AppealPage) -> Answer:
    fields = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Vary", "Accept, Accept-Language"),
    )
    body = render("appeal.html", page)
    return Answer(status, (*fields, *SAFE, *NO_STORE), body)
