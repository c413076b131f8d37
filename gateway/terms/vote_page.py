"""Votes for people: what is asked, a ballot as a plain form, and what they keep."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from gateway.terms.sheets import (
    Anchor,
    Row,
    Section,
    Sheet,
    Table,
    sheet_answer,
)
from gateway.terms.site import PREFIX
from gateway.terms.vote_texts import (
    ABOUT,
    ANSWER,
    ANSWERS,
    ANY_MEMBER,
    BY_MEMBERS,
    CHANGED,
    CLOSED_ON,
    CLOSES_ON,
    COLLECTION,
    DECIDED,
    DEPUTY,
    HOW_CREDITS,
    HOW_MEMBERS,
    KEEP_IT,
    KEY,
    LIST,
    MATTERS,
    MAY_ACT,
    METHODS,
    NO_VOTES,
    NOT_YOURS,
    OPTION,
    OUTCOMES,
    OVERRIDDEN,
    RECEIPT,
    SECRET,
    SEND,
    STEWARD,
    STEWARDS,
    SUBJECT,
    UNTIL,
    VOTED,
    WEIGHT,
    YOURS,
)
from gateway.web.answer import Answer
from gateway.web.negotiation import Tongue
from gateway.web.security_headers import NO_STORE, SAFE
from gateway.web.templates.rendering import render
from gateway.web.texts import Language

PRIORITIES = "priorities"


@dataclass(frozen=True, slots=True)
class Field:
    """One option of the ballot: its name in the form, and what it says."""

    name: str
    label: str
    value: str


@dataclass(frozen=True, slots=True)
class BallotForm:
    """The ballot's words, and where it goes.

    Attributes:
        action: Where it goes.
        how: How votes are given.
        numbers: Options that take a number; empty where one answer is chosen.
        answers: Answers of which one is chosen; empty where numbers are given.
        answer: What the choice is called.
        votes_max: The largest number that makes sense.
        key: What the key is called.
        send: What the button says.
    """

    action: str
    how: str
    numbers: tuple[Field, ...]
    answers: tuple[Field, ...]
    answer: str
    votes_max: int
    key: str
    send: str


@dataclass(frozen=True, slots=True)
class VoteSheet:
    """What `vote.html` sees."""

    language: str
    title: str
    sentences: tuple[str, ...]
    rows: tuple[Row, ...]
    form: BallotForm | None
    back: Anchor


def list_page(
    votes: Sequence[Mapping[str, Any]],
    stewards: Sequence[Mapping[str, Any]],
    tongue: Tongue,
) -> Answer:
    """The page of all votes, and of who may act for whom."""
    language = tongue.language
    sections = [_section(one, tongue) for one in votes]
    if not sections:
        sections = [Section(sentences=(NO_VOTES.in_(language),))]
    if stewards:
        head = tuple(each.in_(language) for each in (COLLECTION, UNTIL, MAY_ACT))
        lines = tuple(
            (one["collection"], one["until"][:10], _who(one, language))
            for one in stewards
        )
        title = STEWARDS.in_(language)
        sections.append(Section(title, table=Table(title, head, lines)))
    return sheet_answer(Sheet(LIST.in_(language), tuple(sections), language.value))


def vote_page(
    vote: Mapping[str, Any],
    own: Mapping[str, Any] | None,
    tongue: Tongue,
) -> Answer:
    """The page of one vote; with the ballot while it is open."""
    language = tongue.language
    back = Anchor(tongue.href(f"{PREFIX}votes"), LIST.in_(language))
    if vote["closed_at"]:
        section = _section(vote, tongue, heading="")
        sheet = Sheet(vote["title"], (section, Section(links=(back,))), language.value)
        return sheet_answer(sheet)
    sentences = [SECRET.in_(language), CHANGED.in_(language)]
    if own is not None:
        sentences.append((YOURS if own["may_vote"] else NOT_YOURS).in_(language))
    page = VoteSheet(
        language.value,
        vote["title"],
        tuple(sentences),
        _rows(vote, language),
        _form(vote, own, tongue),
        back,
    )
    return _answer(200, page)


def receipt_page(receipt: Mapping[str, Any], tongue: Tongue) -> Answer:
    """The page after a ballot was cast: what its voter keeps."""
    language = tongue.language
    text = json.dumps(receipt, indent=2, ensure_ascii=False)
    section = Section(sentences=(KEEP_IT.in_(language),), example=text)
    sheet = Sheet(RECEIPT.in_(language), (section,), language.value)
    return sheet_answer(sheet)


def _form(
    vote: Mapping[str, Any], own: Mapping[str, Any] | None, tongue: Tongue
) -> BallotForm:
    language = tongue.language
    before = dict(own["votes"] or {}) if own else {}
    is_free = vote["about"] == PRIORITIES
    fields = tuple(
        Field(
            f"votes.{name}" if is_free else name,
            title if is_free else ANSWERS[name].in_(language),
            str(before.get(name, 0)),
        )
        for name, title in vote["options"].items()
    )
    how = HOW_CREDITS if is_free else HOW_MEMBERS
    return BallotForm(
        _href(vote, tongue),
        how.in_(language).format(credits=vote["credits"]),
        numbers=fields if is_free else (),
        answers=() if is_free else fields,
        answer=ANSWER.in_(language),
        votes_max=int(vote["credits"]),
        key=KEY.in_(language),
        send=SEND.in_(language),
    )


def _href(vote: Mapping[str, Any], tongue: Tongue) -> str:
    return tongue.href(f"{PREFIX}votes/{vote['vote_id']}")


def _section(
    vote: Mapping[str, Any], tongue: Tongue, heading: str | None = None
) -> Section:
    language = tongue.language
    link = Anchor(_href(vote, tongue), vote["title"])
    links = () if heading == "" else (link,)
    return Section(
        vote["title"] if heading is None else heading,
        sentences=_sentences(vote, language),
        rows=_rows(vote, language),
        table=_table(vote, language),
        links=links,
    )


def _who(seat: Mapping[str, Any], language: Language) -> str:
    if seat["deputy_since"] is None:
        return STEWARD.in_(language)
    who = ANY_MEMBER if seat["open_to_members"] else DEPUTY
    return who.in_(language).format(day=seat["deputy_since"][:10])


def _rows(vote: Mapping[str, Any], language: Language) -> tuple[Row, ...]:
    matter = MATTERS.get(vote["about"])
    about = matter.in_(language) if matter else vote["about"]
    rows = [Row(ABOUT.in_(language), about)]
    if vote["subject"]:
        rows.append(Row(SUBJECT.in_(language), vote["subject"]))
    when = CLOSED_ON if vote["closed_at"] else CLOSES_ON
    day = (vote["closed_at"] or vote["closes_at"])[:16].replace("T", " ")
    rows.append(Row(when.in_(language), f"{day} UTC"))
    turnout = f"{vote['voted']} / {vote['entitled']}"
    rows.append(Row(VOTED.in_(language), turnout))
    return tuple(rows)


def _sentences(vote: Mapping[str, Any], language: Language) -> tuple[str, ...]:
    decision, tally = vote["decision"], vote["tally"]
    if decision:
        word = OUTCOMES[decision["outcome"]].in_(language)
        return (DECIDED.in_(language).format(outcome=word),)
    if not tally:
        return ()
    said = [METHODS[tally["method"]].in_(language)]
    if tally["overridden_by"]:
        by = tally["overridden_by"]
        said.append(OVERRIDDEN.in_(language).format(decision=by))
    return tuple(said)


def _table(vote: Mapping[str, Any], language: Language) -> Table | None:
    decision, tally = vote["decision"], vote["tally"]
    if decision:
        lines = tuple(
            (ANSWERS[name].in_(language), str(decision[name])) for name in ANSWERS
        )
        head = (OPTION.in_(language), VOTED.in_(language))
        return Table(BY_MEMBERS.in_(language), head, lines)
    if not tally:
        return None
    weights = tally["weights_in_force"]
    titles = vote["options"]
    lines = tuple((titles.get(name, name), str(each)) for name, each in weights.items())
    head = (OPTION.in_(language), WEIGHT.in_(language))
    return Table(WEIGHT.in_(language), head, lines)


def _answer(status: int, page: VoteSheet) -> Answer:
    fields = (
        ("Content-Type", "text/html; charset=utf-8"),
        ("Vary", "Accept, Accept-Language"),
    )
    return Answer(status, (*fields, *SAFE, *NO_STORE), render("vote.html", page))
