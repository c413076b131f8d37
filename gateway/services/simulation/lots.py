"""Lots: the places of a block, and what many of them have in common.

Most addresses of an archive differ by numbers alone. Where no policy names a number,
they are one place to us: the digits are all written alike, and what such an address
means is worked out once. Digits that a policy names stay what they are.
"""

from __future__ import annotations

import re
import string
from collections.abc import Sequence

from gateway.classification.appearance import asks_for_git
from gateway.identity.api_key import OURS
from gateway.kernel.request import Request
from gateway.licensing.collection import Collection
from gateway.licensing.costs import ASSET_SUFFIXES, PAGE_COST, cost_of
from gateway.licensing.policy import PolicySet
from gateway.services.admission import Admission
from gateway.services.simulation.places import PLAIN, Place, Reading

REMEMBERED_MAX = 65_536
NO_PLACE = Place("", "/", host="", path="/", query="")
EACH_APART = Place("", "/", host="", path="/", query="")
"""Stands where addresses that differ by numbers alone are not one place."""
ENCODED = ("utf-8", "surrogatepass")
# Of keys that hold digits, only so many are shown: which, the digits say.
NUMBERED_KEYS = re.compile(r"\?(?=[^&]*&)(?:[^&]*&)*[^=&]*[0-9]")

Where = tuple[str, str, str]


class Lots:
    """Finds the places of requests.

    Args:
        reading: What an address means.
        admission: As it answers live requests.
        policies: Its policies, for as long as this is used.
        host: The host of logs that do not say it.
    """

    def __init__(
        self,
        reading: Reading,
        admission: Admission,
        policies: PolicySet,
        *,
        host: str,
    ) -> None:
        self._reading = reading
        self._admission = admission
        self._host = host
        self._alike = alike_digits(policies)
        self._shared: dict[Where, Place] = {}
        self._apart: dict[Where, Place] = {}
        self._numbers: dict[tuple[str, int], int] = {}

    def places(
        self, methods: Sequence[str], targets: Sequence[str], hosts: Sequence[str]
    ) -> list[Place]:
        """The place of each request; `NO_PLACE` for what has no reading."""
        written = self._written_alike(targets)
        found = list(map(self._shared.get, zip(methods, written, hosts, strict=True)))
        places: list[Place] = []
        for number, place in enumerate(found):
            if place is None or place is EACH_APART:
                where = (methods[number], targets[number], hosts[number])
                shared = (where[0], written[number], where[2])
                place = self._found(where, shared)  # noqa: PLW2901
            places.append(place)
        return places

    def apart(self, method: str, target: str, host: str) -> Place:
        """The place of one address, by itself."""
        where = (method, target, host)
        place = self._apart.get(where)
        if place is None:
            read = self._reading(method, target, host or self._host) if method else None
            place = read or NO_PLACE
            if place is not NO_PLACE:
                self._give_lot(place)
            _keep(self._apart, where, place)
        return place

    def _found(self, where: Where, shared: Where) -> Place:
        place = self._shared.get(shared)
        if place is None:
            place = EACH_APART
            if _is_told_by_shape(where[1]):
                place = self.apart(*where)
            _keep(self._shared, shared, place)
        return self.apart(*where) if place is EACH_APART else place

    def _written_alike(self, targets: Sequence[str]) -> Sequence[str]:
        """The targets with all digits alike that no policy tells apart."""
        if self._alike is None:
            return targets
        whole = "\n".join(targets).encode(*ENCODED).translate(self._alike)
        written = whole.decode(*ENCODED).split("\n")
        if len(written) == len(targets):
            return written
        return [target.replace("\n", " ") for target in targets]

    def _give_lot(self, place: Place) -> None:
        """Say with which others it is settled, unless the address says more itself."""
        asked = Request(*place.asked)
        target = asked.target
        if "%" not in target and OURS not in target and not asks_for_git(asked):
            collection = self._admission.collection_of(asked)
            name = collection.id if collection is not None else ""
            cost = place.cost = page_cost(collection, place)
            place.lot = self._numbers.setdefault((name, cost), len(self._numbers))


def page_cost(collection: Collection | None, place: Place) -> int:
    """Cost units of a place."""
    if collection is None:
        return PAGE_COST
    return cost_of(collection, place.path, place.query)


def alike_digits(policies: PolicySet) -> bytes | None:
    """A table that writes alike all digits which no pattern tells apart; None where
    dates in addresses count, or no two digits are alike.
    """
    told = "".join(ASSET_SUFFIXES)
    for collection in policies.collections:
        if collection.dated:
            return None
        told += "".join(collection.paths)
        told += "".join(cost.pattern for cost in collection.costs)
    alike = [digit for digit in string.digits if digit not in told]
    if len(alike) < 2:
        return None
    return bytes.maketrans("".join(alike).encode(), alike[0].encode() * len(alike))


def _is_told_by_shape(target: str) -> bool:
    if "%" in target or OURS in target or NUMBERED_KEYS.search(target):
        return False
    return PLAIN.fullmatch(target) is not None


def _keep(known: dict[Where, Place], where: Where, place: Place) -> None:
    if len(known) >= REMEMBERED_MAX:
        known.clear()
    known[where] = place
