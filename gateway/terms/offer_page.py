"""The offer for people: what it costs, what is measured, how to accept."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from gateway.terms.sheets import Row, Section, Sheet, Table, anchor

INTRODUCTION = (
    "Reading is free and needs no agreement. These terms are for automated "
    "commercial use."
)
EXAMPLE = (
    "curl -X POST {href} \\\n"
    "  -H 'Content-Type: application/json' \\\n"
    "  -H 'Idempotency-Key: a-text-of-your-own' \\\n"
    '  -d \'{{"name": "Your organisation", "email": "accounts@company.example"}}\''
)


def offer_sheet(document: Mapping[str, Any]) -> Sheet:
    """The page of an offer document."""
    collection = document["collection"]
    titles: Mapping[str, str] = collection["title"]
    name = titles.get("en") or next(iter(titles.values()), collection["id"])
    door = document["cheaper_door"]
    sections = (
        Section(
            sentences=(INTRODUCTION,),
            rows=(
                Row("Offer", document["id"]),
                Row("Steward", collection["steward"]),
                Row("Licence of the content", document["licence"] or "not stated"),
                Row("Contact", document["contact"]),
            ),
            links=(anchor(door, "The same content, for less"),) if door else (),
        ),
        *_prices(document),
        _acceptance(document),
        Section("Individual terms", (f"{document['guaranteed_offer']['because']}.",)),
    )
    return Sheet(f"Offer: {name}", sections)


def _acceptance(document: Mapping[str, Any]) -> Section:
    if document["accept"] is None:
        sentence = (
            "Nothing can be accepted here at present. Whoever wants terms may "
            f"write to {document['contact']}."
        )
        return Section("How to get terms", (sentence,))
    return Section(
        "How to accept",
        ("One request; the answer holds an API key, which is shown once.",),
        example=EXAMPLE.format(href=document["accept"]["href"]),
    )


def _prices(document: Mapping[str, Any]) -> tuple[Section, ...]:
    if "tariff" not in document:
        return ()
    tariff, metering = document["tariff"], document["metering"]
    lines = tuple(
        (f"up to {one['up_to']}" if one["up_to"] else "beyond that", one["price"])
        for one in tariff["brackets"]
    )
    caption = f"Per {tariff['per']}, counted over a {tariff['brackets_over']}"
    table = Table(caption, ("Quantity", "Price"), lines)
    quantity = metering["quantity"]
    measured = f"{quantity[:1].upper()}{quantity[1:]}. Repeats: {metering['repeat']}."
    return (
        Section("Prices", (f"Credit: {document['credit']}.",), table=table),
        Section("What is measured", (measured,)),
    )
