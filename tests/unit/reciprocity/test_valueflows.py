"""gateway.reciprocity.valueflows: claims as other commons' books can read them."""

from __future__ import annotations

import json
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from pyld import jsonld

from gateway.reciprocity.contribution import Claim, Kind
from gateway.reciprocity.review import State
from gateway.reciprocity.valueflows import ACTIONS, VF, Action, Agent, Told, document

OM = "http://www.ontology-of-units-of-measure.org/resource/om-2/"
ARCHIVE = "https://archive.example"
# Terms of Valueflows 1.0, as its ontology publishes them (all_vf.TTL).
PUBLISHED = {
    *("EconomicEvent", "ResourceSpecification", "Agent", "Person", "Organization"),
    *("Measure", "action", "provider", "receiver", "resourceConformsTo"),
    *("resourceClassifiedAs", "effortQuantity", "resourceQuantity", "hasUnit"),
    *("hasNumericalValue", "hasPointInTime", "created", "name", "note", "corrects"),
    *("work", "produce", "cite", "copy", "transfer"),
}
CLAIM = Claim(
    id="ctb_1",
    party_id="pty_1",
    kind=Kind.MIRRORS,
    title="A whole copy",
    evidence="https://mirror.example",
    weight_hundredths=350,
    claimed_us=1_700_000_000_000_000,
    done_us=1_600_000_000_000_000,
)


def offline(url: str, options: Any) -> Any:
    raise AssertionError(url)


def exported(*told: Told) -> dict[str, Any]:
    agents = [Agent("pty_1", "Mirrors Coop", "Organization")]
    made: dict[str, Any] = json.loads(
        json.dumps(document(told, agents, archive=ARCHIVE))
    )
    return made


def expanded(*told: Told) -> dict[str, Any]:
    """Every node by its id, read by a JSON-LD processor that asks nobody."""
    nodes = jsonld.expand(exported(*told), {"documentLoader": offline})
    return {node["@id"]: node for node in nodes}


def value(node: dict[str, Any], term: str) -> Any:
    (only,) = node[f"{VF}{term}"]
    return only.get("@value", only.get("@id", only))


def test_a_claim_is_an_economic_event() -> None:
    nodes = expanded(Told(CLAIM, State.VESTED))
    event = nodes[f"{ARCHIVE}/_copyfair/contributions/ctb_1"]
    giver = nodes[value(event, "provider")]

    assert event["@type"] == [f"{VF}EconomicEvent"]
    assert value(event, "action") == f"{VF}copy"
    assert value(giver, "name") == "Mirrors Coop"
    assert giver["@type"] == [f"{VF}Organization"]
    assert value(event, "receiver") == ARCHIVE
    assert value(nodes[value(event, "resourceConformsTo")], "name") == "mirrors"
    (when,) = event[f"{VF}hasPointInTime"]
    assert when["@value"] == "2020-09-13T12:26:40Z"
    assert when["@type"].endswith("#dateTimeStamp")
    effort = value(event, "effortQuantity")
    assert Decimal(value(effort, "hasNumericalValue")) == Decimal("3.5")
    assert value(effort, "hasUnit") == f"{OM}hour"
    assert value(value(event, "resourceQuantity"), "hasUnit") == f"{OM}one"


@pytest.mark.parametrize("kind", Kind, ids=[kind.value for kind in Kind])
def test_every_kind_is_one_of_five_actions_and_every_term_is_published(
    kind: Kind,
) -> None:
    nodes = expanded(Told(replace(CLAIM, kind=kind), State.RECOGNISED))

    words = json.dumps([*nodes.values()]).split(VF)[1:]
    assert {word.partition('"')[0] for word in words} <= PUBLISHED
    assert ACTIONS[kind] in Action
    event = nodes[f"{ARCHIVE}/_copyfair/contributions/ctb_1"]
    assert (f"{VF}resourceQuantity" in event) == (ACTIONS[kind] is not Action.WORK)


def test_a_reversed_claim_is_taken_back_by_an_event_that_corrects_it() -> None:
    nodes = expanded(Told(CLAIM, State.REVERSED))
    back = nodes[f"{ARCHIVE}/_copyfair/contributions/ctb_1/reversal"]

    assert value(back, "corrects") == f"{ARCHIVE}/_copyfair/contributions/ctb_1"
    assert value(value(back, "effortQuantity"), "hasNumericalValue") == "-3.50"
    assert value(value(back, "resourceQuantity"), "hasNumericalValue") == "-1"
    standing = expanded(Told(CLAIM, State.VESTED))
    assert not any(each.endswith("/reversal") for each in standing)


def test_who_paid_is_told_where_somebody_did() -> None:
    paid = replace(CLAIM, paid_by="Mirrors Coop")

    (event,) = (
        each
        for each in exported(Told(paid, State.VESTED))["@graph"]
        if each["type"] == "EconomicEvent"
    )
    assert event["paidBy"] == "Mirrors Coop"
    assert "paidBy" not in exported(Told(CLAIM, State.VESTED))["@graph"][2]
