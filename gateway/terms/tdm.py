"""The TDM Reservation Protocol: tdmrep.json, its headers and its policies.

`tdm-reservation: 1` reserves text and data mining under Article 4 of Directive
(EU) 2019/790; research by research organisations stays free by Article 3, and the
policy says so. The file's first matching row counts, so narrow rows come first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from gateway.terms.rsl import Published, contact_url
from gateway.terms.site import PREFIX
from gateway.terms.statements import Statement
from gateway.terms.vocabularies import path_patterns

CONTEXT = ["http://www.w3.org/ns/odrl.jsonld", "http://www.w3.org/ns/tdmrep.jsonld"]
PROFILE = "http://www.w3.org/ns/tdmrep"


def policy_href(origin: str, statement: Statement) -> str:
    """Where the TDM policy of a collection stands."""
    return f"{origin}{PREFIX}tdm/{statement.collection.id}"


def reservations(
    statements: Sequence[Statement], *, origin: str
) -> list[dict[str, Any]]:
    """The rows of tdmrep.json, the narrowest first."""
    rows: list[tuple[int, dict[str, Any]]] = []
    for statement in statements:
        for pattern in path_patterns(statement.collection):
            row: dict[str, Any] = {
                "location": pattern,
                "tdm-reservation": int(statement.reserves),
            }
            if statement.reserves:
                row["tdm-policy"] = policy_href(origin, statement)
            rows.append((len(pattern.partition("*")[0]), row))
    rows.sort(key=lambda row: -row[0])
    return [row for _, row in rows]


def reservation_headers(statement: Statement, *, origin: str) -> list[tuple[str, str]]:
    """The header fields of a page."""
    fields = [("TDM-Reservation", str(int(statement.reserves)))]
    if statement.reserves:
        fields.append(("TDM-Policy", policy_href(origin, statement)))
    return fields


def policy_document(published: Published, *, origin: str) -> dict[str, Any]:
    """The policy of one collection: an ODRL 2.2 offer in the TDMRep profile."""
    statement = published.statement
    collection = statement.collection
    assigner: dict[str, Any] = {"uid": origin, "vcard:fn": collection.steward}
    contact = contact_url(collection.contact)
    if contact:
        is_mail = contact.startswith("mailto:")
        assigner["vcard:hasEmail" if is_mail else "vcard:hasURL"] = contact
    asks = ["obtainConsent"] + (["compensate"] if statement.is_offered else [])
    return {
        "@context": CONTEXT,
        "@type": "Offer",
        "profile": PROFILE,
        "uid": policy_href(origin, statement),
        "assigner": assigner,
        "permission": [
            {"action": "tdm:mine", "constraint": [_purpose("tdm:research")]},
            {
                "action": "tdm:mine",
                "duty": [{"action": action} for action in asks],
                "constraint": [_purpose("tdm:non-research")],
            },
        ],
    }


def _purpose(purpose: str) -> dict[str, str]:
    return {"leftOperand": "purpose", "operator": "eq", "rightOperand": purpose}
