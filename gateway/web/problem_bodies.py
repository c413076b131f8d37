"""One problem in three dialects: a page, a problem document, a plain line."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from gateway.kernel.request import Request
from gateway.web import texts
from gateway.web.answer import Answer, HeaderPairs
from gateway.web.negotiation import language_of, wants_page
from gateway.web.problem_types import PROBLEM_TYPES, type_uri
from gateway.web.security_headers import NO_STORE, SAFE
from gateway.web.templates.rendering import render
from gateway.web.texts import Language, Said
from gateway.web.wait_page import wait_page


@dataclass(frozen=True, slots=True)
class Link:
    """Somewhere to go from here."""

    href: str
    text: Said


@dataclass(slots=True)
class Problem:
    """What is to be said, before it is known in which dialect.

    Attributes:
        code: A key of `PROBLEM_TYPES`.
        detail: One sentence for whoever asked.
        decision: The decision's word, or `error`.
        rule: The rule that answered.
        collection: Whose rule; empty where none.
        retry_after_s: When to come back; 0 for no such promise.
        headers: Fields of this answer.
        links: Ways on.
        more: Extension members of the problem document.
        remedy: What can be done, where the type's own does not fit.
        spoken: Gives the sentence by language, as far as it was written in any.
        ticket_for: The page that a button gives a ticket for; or empty.
    """

    code: str
    detail: str
    decision: str
    rule: str
    collection: str = ""
    retry_after_s: int = 0
    headers: HeaderPairs = ()
    links: tuple[Link, ...] = ()
    more: dict[str, Any] = field(default_factory=dict)
    remedy: Said | None = None
    ticket_for: str = ""
    spoken: Callable[[], Mapping[str, str]] = dict


@dataclass(frozen=True, slots=True)
class Headings:
    """The page's headings in the reader's language."""

    why: str
    what_next: str
    details: str


@dataclass(frozen=True, slots=True)
class Anchor:
    """A link as the template sees it."""

    href: str
    text: str


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the details."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class ProblemPage:
    """What `problem.html` sees."""

    language: str
    title: str
    reason: str
    remedies: tuple[str, ...]
    links: tuple[Anchor, ...]
    headings: Headings
    rows: tuple[Row, ...]


def written(
    problem: Problem, asked: Request, *, status: int = 0, is_plain: bool = False
) -> Answer:
    """Write a problem in the client's dialect.

    Args:
        problem: What is to be said.
        asked: The request; it says which dialect and language.
        status: Instead of the problem type's own.
        is_plain: One line of text: the client shows no body anyway.
    """
    status = status or PROBLEM_TYPES[problem.code].status
    fields = (
        ("Request-Id", asked.id),
        *problem.headers,
        *NO_STORE,
        *SAFE,
        ("Vary", "Accept, Accept-Language"),
    )
    if is_plain:
        media_type, body = "text/plain; charset=utf-8", f"{problem.detail}\n".encode()
    elif wants_page(asked.headers):
        media_type, body = "text/html; charset=utf-8", _page_of(problem, asked)
    else:
        media_type = "application/problem+json"
        body = document(problem, asked, status=status)
    return Answer(status, (("Content-Type", media_type), *fields), body)


def _page_of(problem: Problem, asked: Request) -> bytes:
    if not problem.ticket_for:
        return page(problem, asked)
    return wait_page(
        asked.headers,
        problem.ticket_for,
        retry_after_s=problem.retry_after_s,
        request_id=asked.id,
    )


def document(problem: Problem, asked: Request, *, status: int) -> bytes:
    """The problem document (RFC 9457); our members are listed in the reference."""
    kind = PROBLEM_TYPES[problem.code]
    members = {
        "type": type_uri(problem.code),
        "title": kind.title.en,
        "status": status,
        "detail": problem.detail,
        "code": problem.code,
        "request_id": asked.id,
        "decision": problem.decision,
        "rule": problem.rule,
        "collection": problem.collection or None,
        "remedy": (problem.remedy or kind.remedy).en,
        **problem.more,
    }
    return json.dumps(members, indent=2, ensure_ascii=False).encode() + b"\n"


def page(problem: Problem, asked: Request) -> bytes:
    """The readable page."""
    language = language_of(asked.headers)
    kind = PROBLEM_TYPES[problem.code]
    view = ProblemPage(
        language=language.value,
        title=kind.title.in_(language),
        reason=problem.spoken().get(language.value, problem.detail),
        remedies=_remedies(problem, language),
        links=tuple(
            Anchor(link.href, link.text.in_(language)) for link in problem.links
        ),
        headings=Headings(
            texts.WHY.in_(language),
            texts.WHAT_NEXT.in_(language),
            texts.DETAILS.in_(language),
        ),
        rows=_rows(problem, asked, language),
    )
    return render("problem.html", view)


def _remedies(problem: Problem, language: Language) -> tuple[str, ...]:
    said = problem.remedy or PROBLEM_TYPES[problem.code].remedy
    remedy = said.in_(language)
    if not problem.retry_after_s:
        return (remedy,)
    wait = texts.spoken_wait(problem.retry_after_s, language)
    again = texts.AGAIN.in_(language).format(wait=wait)
    return (remedy, again)


def _rows(problem: Problem, asked: Request, language: Language) -> tuple[Row, ...]:
    known = (
        (texts.RULE, problem.rule),
        (texts.COLLECTION, problem.collection),
        (texts.REQUEST_ID, asked.id),
    )
    return tuple(Row(name.in_(language), text) for name, text in known if text)
