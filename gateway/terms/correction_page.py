"""The page on which a reader corrects a record: a plain form, in their language."""

from __future__ import annotations

from dataclasses import dataclass

from gateway.reciprocity.correction import LINE_CHARS_MAX, TEXT_CHARS_MAX, Correction
from gateway.web.answer import Answer
from gateway.web.security_headers import NO_STORE, SAFE
from gateway.web.templates.rendering import render
from gateway.web.texts import Language, Said

TITLE = Said("Correct this record", "Corriger cette notice")
INTRODUCTION = Said(
    "Tell us what is wrong and how it should be. You need no account, a person reads "
    "it, and what is put right counts as a contribution of yours if you leave a name "
    "to credit. We keep what you write here, and not your address.",
    "Dites-nous ce qui est faux et ce qu'il faudrait lire. Aucun compte n'est "
    "nécessaire, une personne vous lit, et ce qui est corrigé compte comme votre "
    "contribution si vous laissez un nom à créditer. Nous gardons ce que vous écrivez "
    "ici, pas votre adresse.",
)
KEPT_TITLE = Said("Thank you", "Merci")
KEPT = Said(
    "Your correction is kept as {correction_id}; a person reads it.",
    "Votre correction est enregistrée sous {correction_id} ; une personne la lira.",
)
ABOUT = Said("Address of the record, from /", "Adresse de la notice, à partir de /")
TEXT = Said(
    "What is wrong, and how should it be?",
    "Qu'est-ce qui est faux, et que faut-il lire ?",
)
NAME = Said(
    "A name or pseudonym to credit (optional)",
    "Un nom ou pseudonyme à créditer (facultatif)",
)
CONTACT = Said(
    "Where may we answer? (e-mail, optional)",
    "Où vous répondre ? (courriel, facultatif)",
)
SEND = Said("Send", "Envoyer")
BACK = Said("Back to the record", "Retour à la notice")


@dataclass(frozen=True, slots=True)
class Form:
    """The form's words, what is known already, and where it goes."""

    action: str
    about: str
    about_known: str
    text: str
    name: str
    contact: str
    send: str
    text_chars_max: int = TEXT_CHARS_MAX
    line_chars_max: int = LINE_CHARS_MAX


@dataclass(frozen=True, slots=True)
class CorrectionPage:
    """What `correction.html` sees."""

    language: str
    title: str
    introduction: str
    form: Form | None = None
    back: str = ""
    record: str = ""


def form_page(language: Language, *, action: str, about: str) -> Answer:
    """The page with the form; the record is filled in where it is known."""
    form = Form(
        action=action,
        about=ABOUT.in_(language),
        about_known=about,
        text=TEXT.in_(language),
        name=NAME.in_(language),
        contact=CONTACT.in_(language),
        send=SEND.in_(language),
    )
    title, text = TITLE.in_(language), INTRODUCTION.in_(language)
    return _answer(200, CorrectionPage(language.value, title, text, form=form))


def kept_page(language: Language, kept: Correction) -> Answer:
    """The page after the form was sent, with the way back to the record."""
    page = CorrectionPage(
        language.value,
        KEPT_TITLE.in_(language),
        KEPT.in_(language).format(correction_id=kept.id),
        back=BACK.in_(language),
        record=kept.about,
    )
    return _answer(201, page)


def _answer(status: int, page: CorrectionPage) -> Answer:
    fields = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Vary", "Accept, Accept-Language, Referer"),
    )
    body = render("correction.html", page)
    return Answer(status, (*fields, *SAFE, *NO_STORE), body)
