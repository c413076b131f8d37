"""The scene a policy looks at: who, what for, and which part of the archive.

Classification brings the facts about the requester. Here stand those that only
the collection and the agreement can know.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from gateway.classification.facts import Fact, Facts, FactValue
from gateway.kernel.evidence import Level
from gateway.licensing.agreement import Agreement
from gateway.licensing.collection import Collection


@dataclass(frozen=True, slots=True)
class Resource:
    """What is asked for.

    Attributes:
        collection: Where it belongs; None outside every collection.
        path: The canonical path.
        query: The raw query.
        method: The HTTP method.
        cost: Cost units, see `licensing.costs`.
        age_days: The record's age as the collection declares it, or None.
    """

    collection: Collection | None
    path: str
    query: str = ""
    method: str = "GET"
    cost: int = 1
    age_days: int | None = None

    @property
    def matched_path(self) -> str:
        """The path as patterns of its collection are compared with."""
        where = self.collection
        return self.path if where is None else where.matched(self.path)


@dataclass(frozen=True)
class Scene:
    """Everything a condition can look at, and nothing that changes.

    Attributes:
        facts: As classification gives them.
        resource: What is asked for.
        agreement: The agreement in force that covers it, or None.
    """

    facts: Facts
    resource: Resource
    agreement: Agreement | None

    @cached_property
    def own(self) -> dict[str, Fact]:
        """The facts that licensing works out by itself."""
        return {**_of_agreement(self.agreement), **_of_resource(self)}

    def fact(self, name: str) -> Fact:
        """A fact by name, whoever knows it."""
        found = self.own.get(name)
        return self.facts[name] if found is None else found


NO_AGREEMENT = Fact(False, Level.VERIFIED, "agreements")
IN_FORCE = Fact(True, Level.VERIFIED, "agreements")


def _of_agreement(agreement: Agreement | None) -> dict[str, Fact]:
    if agreement is None:
        return {"agreement.in_force": NO_AGREEMENT}
    version = Fact(agreement.tariff_version, Level.VERIFIED, "agreements")
    return {"agreement.in_force": IN_FORCE, "agreement.tariff_version": version}


def _of_resource(scene: Scene) -> dict[str, Fact]:
    resource, collection = scene.resource, scene.resource.collection
    own = {"resource.cost": Fact(resource.cost, Level.VERIFIED, "collection")}
    age_days = resource.age_days
    if age_days is not None:
        own["resource.age_days"] = Fact(age_days, Level.VERIFIED, "collection")
    if collection is None:
        return own
    release = collection.release_age_days
    is_released = None not in {age_days, release} and (age_days or 0) > (release or 0)
    # A grant is for whoever holds the key; a party's own word for its id is none.
    holder = scene.facts["party.id"]
    is_granted = holder.level >= Level.VERIFIED and holder.value in collection.grants
    said: dict[str, FactValue] = {
        "resource.collection": collection.id,
        "resource.licence": collection.licence,
        "resource.sensitivity": collection.sensitivity.value,
        "resource.released": is_released,
        "party.grant": is_granted,
    }
    return own | {
        name: Fact(value, Level.VERIFIED, "collection") for name, value in said.items()
    }
