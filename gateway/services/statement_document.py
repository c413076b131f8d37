"""What a usage statement says: one JSON document for a customer's own records.

Its summary of content has the fields that the European Commission's template for the
public summary of training content asks for of a source (Regulation (EU) 2024/1689,
Article 53(1)(d), part 2.3): which domains, when, how much, under what permission.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.kernel.clock import iso
from gateway.kernel.period import Period
from gateway.licensing.agreement import Agreement
from gateway.licensing.ports import AcceptedOffer
from gateway.metering.usage_statement import (
    HOUR_US,
    Ended,
    Portion,
    UsageStatement,
    Window,
    silences,
)

SCHEMA = "copyfair-statement/1"
WARRANTY = "No warranty of title is given beyond the stated basis."
OBJECT_LINES = "object_sha256 deliveries body_bytes, sorted, LF after each"
TEMPLATE = "Regulation (EU) 2024/1689, Article 53(1)(d), template part 2.3"
NO_MODALITIES = "not recorded; sizes are bytes of response bodies as delivered"


@dataclass(frozen=True, slots=True)
class CollectionTerms:
    """On what a collection is given; fields as in `licensing.collection`.

    Attributes:
        licence: SPDX id or LicenseRef-….
        basis: What is charged.
        rights: On whose authority.
        domains: Host names it is served under.
    """

    licence: str = ""
    basis: str = ""
    rights: str = ""
    domains: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Everything that a statement is made of.

    Attributes:
        issuer: The archive's public address.
        window: Which usage.
        previous: The statement of this month that it supplements, or None.
        agreement: Under which agreement.
        offer: What was accepted; None where nothing was kept of it.
        portions: What was taken.
        terms: On what each collection is given, by id.
        tariffs: Digest of each published version that was applied.
        objects_sha256: Digest over the object versions.
        objects: How many there are.
        heard: Nodes and hours in which each was heard.
        ended: What became of requests without an event.
        undeclared: Spans that the customer owes a declaration for.
        issued_us: Now, microseconds UTC.
    """

    issuer: str
    window: Window
    previous: UsageStatement | None
    agreement: Agreement
    offer: AcceptedOffer | None
    portions: tuple[Portion, ...]
    terms: Mapping[str, CollectionTerms]
    tariffs: Mapping[tuple[str, int], str]
    objects_sha256: str
    objects: int
    heard: tuple[tuple[str, int], ...]
    ended: Ended
    undeclared: tuple[Period, ...]
    issued_us: int


def statement_document(found: Found) -> dict[str, Any]:
    """The statement, to be spelled canonically and signed."""
    period, previous = found.window.period, found.previous
    return {
        "schema": SCHEMA,
        "issuer": found.issuer,
        "issued_at": iso(found.issued_us),
        "period": _span(period),
        "number": previous.number + 1 if previous else 1,
        "supplements": previous.sha256 if previous else None,
        "agreement": _agreement(found),
        **(
            {"undeclared": list(map(str, found.undeclared))} if found.undeclared else {}
        ),
        "usage": _sums(found.portions),
        "by": [_portion(each, found) for each in found.portions],
        "objects": {
            "versions": found.objects,
            "sha256": found.objects_sha256,
            "digest_over": OBJECT_LINES,
        },
        "content_summary": _content(found),
        "heartbeat": _heartbeat(period, found.heard),
        "without_event": {
            "orphaned": found.ended.orphaned,
            "released": found.ended.released,
            "meaning": "requests whose end nobody saw, or of which nothing passed;"
            " they count for nothing",
        },
        "warranty": WARRANTY,
    }


def _agreement(found: Found) -> dict[str, Any]:
    agreement = found.agreement
    ends_us = agreement.ends_us
    return {
        "agreement_id": agreement.id,
        "party_id": agreement.party_id,
        "terms_sha256": agreement.terms_sha256 or None,
        "offer_id": found.offer.offer_id if found.offer else None,
        "uses": sorted(agreement.uses),
        "commercial": agreement.commercial.value,
        "starts_at": iso(agreement.starts_us),
        "ends_at": iso(ends_us) if ends_us is not None else None,
    }


def _portion(portion: Portion, found: Found) -> dict[str, Any]:
    terms = found.terms[portion.collection]
    tariff = (portion.tariff, portion.tariff_version)
    return {
        "collection": portion.collection,
        "licence": terms.licence or None,
        "basis": terms.basis or None,
        "rights": terms.rights or None,
        "tariff": portion.tariff or None,
        "tariff_version": portion.tariff_version or None,
        "tariff_sha256": found.tariffs.get(tariff),
        "use": portion.use,
        "policy_version": portion.policy_version,
        **_sums([portion]),
        "objects": portion.objects,
        "first_at": iso(portion.first_us),
        "last_at": iso(portion.last_us),
    }


def _sums(portions: Iterable[Portion]) -> dict[str, int]:
    each = tuple(portions)
    return {
        "events": sum(one.events for one in each),
        "bytes": sum(one.body_bytes for one in each),
        "counted_requests": sum(one.counted_requests for one in each),
        "counted_bytes": sum(one.counted_bytes for one in each),
        "repeats": sum(one.repeats for one in each),
        "repeat_bytes": sum(one.repeat_bytes for one in each),
    }


def _content(found: Found) -> dict[str, Any]:
    """Per collection and use, what a template for training content asks for."""
    groups: dict[tuple[str, str], list[Portion]] = {}
    for each in found.portions:
        groups.setdefault((each.collection, each.use), []).append(each)
    return {
        "template": TEMPLATE,
        "modalities": NO_MODALITIES,
        "sources": [
            {
                "collection": collection,
                "domains": list(found.terms[collection].domains),
                "permission": "agreement",
                "use": use,
                "licence": found.terms[collection].licence or None,
                "collected_from": iso(min(one.first_us for one in portions)),
                "collected_until": iso(max(one.last_us for one in portions)),
                "bytes": sum(one.body_bytes for one in portions),
                "responses": sum(one.events for one in portions),
            }
            for (collection, use), portions in groups.items()
        ],
    }


def _heartbeat(period: Period, heard: tuple[tuple[str, int], ...]) -> dict[str, Any]:
    """Tells silence from zero: hours in which no gateway was heard at all."""
    silent = silences(period, (hour_us for _, hour_us in heard))
    hours_by_node: dict[str, int] = {}
    for node, _ in heard:
        hours_by_node[node] = hours_by_node.get(node, 0) + 1
    return {
        "hours": (period.end_us - period.start_us) // HOUR_US,
        "hours_silent": sum((one.end_us - one.start_us) // HOUR_US for one in silent),
        "silent": [_span(each) for each in silent],
        "nodes": hours_by_node,
    }


def _span(period: Period) -> dict[str, str]:
    return {"from": iso(period.start_us), "until": iso(period.end_us)}


def offered_terms(offer: AcceptedOffer | None) -> dict[str, CollectionTerms]:
    """What an accepted offer said of its collection, by the collection's id."""
    if offer is None:
        return {}
    said = json.loads(offer.document)
    collection = said.get("collection")
    if not isinstance(collection, dict) or "id" not in collection:
        return {}
    terms = CollectionTerms(
        licence=said.get("licence") or "",
        basis=said.get("basis") or "",
        rights=said.get("rights") or "",
        domains=tuple(collection.get("hosts", ())),
    )
    return {collection["id"]: terms}
