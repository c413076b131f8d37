"""`/_copyfair/problems/{code}`: what the `type` of a problem leads to."""

from __future__ import annotations

from typing import Any

from gateway.kernel.request import Request
from gateway.terms import replies
from gateway.terms.sheets import Anchor, Row, Section, Sheet, sheet_answer
from gateway.terms.site import PREFIX
from gateway.web import texts
from gateway.web.answer import Answer
from gateway.web.negotiation import language_of, wants_page
from gateway.web.problem_types import PROBLEM_TYPES, ProblemType, type_uri
from gateway.web.texts import Language, Said

METHODS = "GET, HEAD"
LIST_TITLE = Said("Kinds of problems", "Types de problèmes")
STATUS = Said("HTTP status", "Statut HTTP")
CODE = Said("Code", "Code")


async def problem_page(asked: Request, body: bytes) -> Answer:
    """Explain one type of problem, or list them all."""
    if asked.method not in {"GET", "HEAD"}:
        return replies.not_allowed(asked, METHODS)
    code = asked.path.removeprefix(f"{PREFIX}problems").strip("/")
    kind = PROBLEM_TYPES.get(code)
    if code and kind is None:
        detail = f"no problem is called {code[:64]}; see {PREFIX}problems/"
        return replies.problem(asked, "not-found", detail)
    if wants_page(asked.headers):
        language = language_of(asked.headers)
        sheet = _sheet(code, kind, language) if kind else _list(language)
        return sheet_answer(sheet, headers=replies.AN_HOUR)
    document: dict[str, Any]
    if kind is None:
        titles = {code: kind.title.en for code, kind in PROBLEM_TYPES.items()}
        document = {"schema": "copyfair-problem-types/1", "problems": titles}
    else:
        document = {
            "schema": "copyfair-problem-type/1",
            "code": code,
            "status": kind.status,
            "title": kind.title.en,
            "remedy": kind.remedy.en,
        }
    headers = (("Vary", "Accept, Accept-Language"), *replies.AN_HOUR)
    return replies.json_answer(200, document, headers=headers)


def _sheet(code: str, kind: ProblemType, language: Language) -> Sheet:
    facts = (
        Row(CODE.in_(language), code),
        Row(STATUS.in_(language), str(kind.status)),
    )
    remedy = Section(
        texts.WHAT_NEXT.in_(language),
        (kind.remedy.in_(language),),
        links=(Anchor(f"{PREFIX}appeals", texts.APPEAL.in_(language)),),
    )
    title = kind.title.in_(language)
    return Sheet(title, (Section(rows=facts), remedy), language.value)


def _list(language: Language) -> Sheet:
    links = tuple(
        Anchor(type_uri(code), f"{code}: {kind.title.in_(language)}")
        for code, kind in PROBLEM_TYPES.items()
    )
    title = LIST_TITLE.in_(language)
    return Sheet(title, (Section(links=links),), language.value)
