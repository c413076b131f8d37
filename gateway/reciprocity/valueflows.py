"""Claims in the words of ValueFlows: who else keeps such accounts can read ours.

The vocabulary is Valueflows 1.0 (https://w3id.org/valueflows/ont/vf#); quantities
are in units of OM 2. `work` is an effort; `produce`, `copy` and `transfer` leave a
resource, `cite` credits one that others made. The context stands in the document:
nothing has to be fetched to read it. A reversed claim is followed by the event that
takes it back, so that whoever adds up gets the right sum.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType
from typing import Any

from gateway.kernel.clock import iso
from gateway.reciprocity.contribution import HUNDREDTHS_PER_HOUR, Claim, Kind
from gateway.reciprocity.review import State

VF = "https://w3id.org/valueflows/ont/vf#"
OURS = "https://copyfair.example/terms#"
"""What ValueFlows has no word for: where a claim stands, and who paid for it."""
OM = "http://www.ontology-of-units-of-measure.org/resource/om-2/"


class Action(StrEnum):
    """Actions of ValueFlows that a contribution can be."""

    WORK = "work"
    PRODUCE = "produce"
    CITE = "cite"
    COPY = "copy"
    TRANSFER = "transfer"


ACTIONS: Mapping[Kind, Action] = MappingProxyType(
    {
        Kind.RECORDS: Action.PRODUCE,
        Kind.CORRECTIONS: Action.WORK,
        Kind.CURATION: Action.CITE,
        Kind.SOFTWARE: Action.PRODUCE,
        Kind.TRANSLATION: Action.PRODUCE,
        Kind.MODERATION: Action.WORK,
        Kind.HOSTING: Action.TRANSFER,
        Kind.MIRRORS: Action.COPY,
        Kind.COMPUTE: Action.TRANSFER,
        Kind.TEACHING: Action.WORK,
        Kind.GOVERNANCE: Action.WORK,
        Kind.CARE: Action.WORK,
        Kind.OTHER: Action.WORK,
    }
)
"""What each kind of work is in ValueFlows."""

CONTEXT: Mapping[str, Any] = MappingProxyType(
    {
        "vf": VF,
        "om2": OM,
        "xsd": "http://www.w3.org/2001/XMLSchema#",
        "id": "@id",
        "type": "@type",
        "EconomicEvent": "vf:EconomicEvent",
        "ResourceSpecification": "vf:ResourceSpecification",
        "Agent": "vf:Agent",
        "Person": "vf:Person",
        "Organization": "vf:Organization",
        "Measure": "vf:Measure",
        "action": {"@id": "vf:action", "@type": "@id"},
        "provider": {"@id": "vf:provider", "@type": "@id"},
        "receiver": {"@id": "vf:receiver", "@type": "@id"},
        "resourceConformsTo": {"@id": "vf:resourceConformsTo", "@type": "@id"},
        "resourceClassifiedAs": {"@id": "vf:resourceClassifiedAs"},
        "effortQuantity": {"@id": "vf:effortQuantity"},
        "resourceQuantity": {"@id": "vf:resourceQuantity"},
        "hasNumericalValue": {"@id": "vf:hasNumericalValue", "@type": "xsd:decimal"},
        "hasUnit": {"@id": "vf:hasUnit", "@type": "@id"},
        "hasPointInTime": {"@id": "vf:hasPointInTime", "@type": "xsd:dateTimeStamp"},
        "created": {"@id": "vf:created", "@type": "xsd:dateTimeStamp"},
        "name": {"@id": "vf:name"},
        "note": {"@id": "vf:note"},
        "corrects": {"@id": "vf:corrects", "@type": "@id"},
        "reviewState": {"@id": f"{OURS}reviewState"},
        "paidBy": {"@id": f"{OURS}paidBy"},
    }
)


@dataclass(frozen=True, slots=True)
class Told:
    """A claim as it is exported.

    Attributes:
        claim: The claim.
        state: Where it stands.
    """

    claim: Claim
    state: State


@dataclass(frozen=True, slots=True)
class Agent:
    """Who gave.

    Attributes:
        id: The party's id.
        name: As it is shown; empty for one whose name is not told.
        type: `Person`, `Organization` or `Agent`.
    """

    id: str
    name: str
    type: str


def document(
    told: Sequence[Told], agents: Sequence[Agent], *, archive: str
) -> dict[str, Any]:
    """Claims as one JSON-LD document.

    Args:
        told: The claims.
        agents: Everybody who made one.
        archive: The archive's own address, without a slash at the end; ids are made
            under it and it is who receives.
    """
    kinds = sorted({each.claim.kind for each in told})
    return {
        "@context": dict(CONTEXT),
        "@graph": [
            *(_agent(each, archive) for each in agents),
            *(_specification(kind, archive) for kind in kinds),
            *(_event(each, archive) for each in told),
            *(
                _taken_back(each, archive)
                for each in told
                if each.state is State.REVERSED
            ),
        ],
    }


def _agent(agent: Agent, archive: str) -> dict[str, Any]:
    named = {"name": agent.name} if agent.name else {}
    return {"id": _id(archive, agent.id), "type": agent.type, **named}


def _specification(kind: Kind, archive: str) -> dict[str, Any]:
    about = {"type": "ResourceSpecification", "name": kind.value}
    return {"id": _kind_id(archive, kind), **about}


def _event(told: Told, archive: str) -> dict[str, Any]:
    claim = told.claim
    action = ACTIONS[claim.kind]
    when_us = claim.claimed_us if claim.done_us is None else claim.done_us
    event: dict[str, Any] = {
        "id": _id(archive, claim.id),
        "type": "EconomicEvent",
        "action": f"vf:{action.value}",
        "provider": _id(archive, claim.party_id),
        "receiver": archive,
        "resourceConformsTo": _kind_id(archive, claim.kind),
        "resourceClassifiedAs": [claim.kind.value],
        "effortQuantity": _measure(_hours(claim.weight_hundredths), "om2:hour"),
        "hasPointInTime": iso(when_us),
        "created": iso(claim.claimed_us),
        "note": f"{claim.title} ({claim.evidence})",
        "reviewState": told.state.value,
    }
    if action is not Action.WORK:
        event["resourceQuantity"] = _measure("1", "om2:one")
    if not claim.is_unpaid:
        event["paidBy"] = claim.paid_by
    return event


def _taken_back(told: Told, archive: str) -> dict[str, Any]:
    """The event that takes a reversed one back, quantity by quantity."""
    event = _event(told, archive)
    for name in {"effortQuantity", "resourceQuantity"} & event.keys():
        number = event[name]["hasNumericalValue"]
        event[name] = {**event[name], "hasNumericalValue": f"-{number}"}
    id_ = event["id"]
    return {**event, "id": f"{id_}/reversal", "corrects": id_}


def _measure(number: str, unit: str) -> dict[str, str]:
    return {"type": "Measure", "hasNumericalValue": number, "hasUnit": unit}


def _hours(hundredths: int) -> str:
    whole, part = divmod(hundredths, HUNDREDTHS_PER_HOUR)
    return f"{whole}.{part:02d}"


def _id(archive: str, name: str) -> str:
    return f"{archive}/_copyfair/contributions/{name}"


def _kind_id(archive: str, kind: Kind) -> str:
    return f"{archive}/_copyfair/contributions/kinds/{kind.value}"
