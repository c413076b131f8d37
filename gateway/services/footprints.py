"""The footprint ledger, read: what serving took in a time, and for whom."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from gateway.identity.party import Party
from gateway.kernel.period import Period
from gateway.metering.effort import EffortStore, Measured
from gateway.metering.footprint import EnergyModel, Footprint, footprints
from gateway.metering.summary import UsageSum

BY = ("collection", "operator", "class")


class Sums(Protocol):
    """Adds usage up."""

    def usage_sums(
        self, by: Sequence[str], *, period: Period | None = None, agreement_id: str = ""
    ) -> tuple[UsageSum, ...]:
        """Events added up by dimensions; see `metering.ports.UsageSums`."""


class Parties(Protocol):
    """Who the parties are."""

    def all_parties(self) -> tuple[Party, ...]:
        """Every party."""


@dataclass(frozen=True, slots=True)
class FootprintReport:
    """What serving took in a time.

    Attributes:
        period: Which time.
        groups: By group; the one without a name is what was not metered.
        measured: What was measured of everything, and in how many hours of a node.
        model: How energy was estimated.
    """

    period: Period
    groups: tuple[Footprint, ...]
    measured: Measured
    model: EnergyModel


class Footprints:
    """Reads the ledger; changes nothing."""

    def __init__(
        self, sums: Sums, effort: EffortStore, parties: Parties, *, model: EnergyModel
    ) -> None:
        self._sums = sums
        self._effort = effort
        self._parties = parties
        self._model = model

    def report(self, period: Period, *, by: str = "collection") -> FootprintReport:
        """What serving took in a time, by collection, operator or class.

        An operator is a beneficial owner with an agreement. Classes are counted by the
        hour as requests are answered; nobody's is kept with what they read.

        Raises:
            InvalidValue: an unknown dimension.
            Unavailable: the store does not answer.
        """
        measured = self._effort.measured(period)
        if by == "class":
            served = {
                name: (each.requests, each.egress_bytes)
                for name, each in self._effort.by_class(period).items()
            }
            groups = footprints(served, measured.effort, self._model)
            return FootprintReport(period, groups, measured, self._model)
        requests: Counter[str] = Counter()
        taken: Counter[str] = Counter()
        owners = (
            {one.id: one.beneficial_owner_id for one in self._parties.all_parties()}
            if by == "operator"
            else {}
        )
        dimension = {"operator": "party_id"}.get(by, by)
        for one in self._sums.usage_sums([dimension], period=period):
            name = str(one.group[dimension])
            group = owners.get(name, name)
            requests[group] += one.events
            taken[group] += one.body_bytes
        metered = {group: (requests[group], taken[group]) for group in requests}
        groups = footprints(metered, measured.effort, self._model)
        return FootprintReport(period, groups, measured, self._model)
