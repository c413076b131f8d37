"""Usage so far, for people: what was taken under each agreement, in their language."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from gateway.terms.sheets import Anchor, Row, Section, Sheet, Table
from gateway.web.negotiation import Tongue
from gateway.web.numbers import Numbers
from gateway.web.texts import Language, Said

TITLE = Said("What you have taken", "Ce que vous avez pris")
MONTH = Said(
    "In {period}, as the statement of the month will count it.",
    "En {period}, comme le relevé du mois le comptera.",
)
NOTHING = Said("You have no agreement here.", "Vous n'avez pas d'accord ici.")
NO_USE = Said("Nothing was taken yet.", "Rien n'a été pris jusqu'ici.")
AGREEMENT = Said("Agreement {id}", "Accord {id}")
COLLECTION = Said("Collection", "Fonds")
REQUESTS = Said("Requests", "Requêtes")
TAKEN = Said("Taken", "Pris")
COUNTED = Said("Counts", "Compte")
ALL = Said("All together", "En tout")
LEFT = Said("Paid ahead and left", "Payé d'avance et restant")
UNDECLARED = Said("Turnover still to declare", "Chiffre d'affaires à déclarer")
STATEMENTS = Said("Signed statements", "Relevés signés")
LIMITS = Said("Your agreements and limits", "Vos accords et limites")
PORTAL = Said("More of this gateway", "Autour de cette passerelle")


def usage_sheet(usage: Mapping[str, Any], tongue: Tongue) -> Sheet:
    """The page of a usage document.

    Args:
        usage: As programs get it (`copyfair-usage/1`).
        tongue: Of the page.
    """
    language = tongue.language
    period = Numbers(language.value).day(usage["period"][:7])
    first = MONTH.in_(language).format(period=period)
    agreements: Sequence[Mapping[str, Any]] = usage["agreements"]
    none = () if agreements else (NOTHING.in_(language),)
    links = (
        Anchor("/_copyfair/usage/statements", STATEMENTS.in_(language)),
        Anchor("/_copyfair/agreements", LIMITS.in_(language)),
        Anchor(tongue.href("/_copyfair/portal/"), PORTAL.in_(language)),
    )
    sections = (
        Section(sentences=(first, *none)),
        *(_agreement(each, language) for each in agreements),
        Section(links=links),
    )
    return Sheet(TITLE.in_(language), sections, language.value)


def _agreement(one: Mapping[str, Any], language: Language) -> Section:
    heading = AGREEMENT.in_(language).format(id=one["agreement_id"])
    usage = one["usage"]
    if not usage["events"]:
        sentence = NO_USE.in_(language)
        return Section(heading, (sentence,), rows=tuple(_rows(one, language)))
    number = Numbers(language.value)

    def line(name: str, figures: Mapping[str, Any]) -> tuple[str, ...]:
        return (
            name,
            number.whole(figures["events"]),
            number.size(figures["bytes"]),
            number.size(figures["billable_bytes"]),
        )

    head = tuple(each.in_(language) for each in (COLLECTION, REQUESTS, TAKEN, COUNTED))
    lines = [line(each["collection"], each) for each in usage["by"]]
    if len(lines) > 1:
        lines.append(line(ALL.in_(language), usage))
    table = Table(heading, head, tuple(lines))
    return Section(heading, rows=tuple(_rows(one, language)), table=table)


def _rows(one: Mapping[str, Any], language: Language) -> Iterator[Row]:
    if "prepaid_minor" in one:
        money = Numbers(language.value).money(one["prepaid_minor"], one["currency"])
        yield Row(LEFT.in_(language), money)
    if one.get("undeclared"):
        yield Row(UNDECLARED.in_(language), ", ".join(one["undeclared"]))
