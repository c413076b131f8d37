"""What a tariff's unit costs: the host's unit costs, and what serving took lately."""

from __future__ import annotations

from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.period import Period
from gateway.licensing.derivation import CostLine, Served, UnitCosts, cost_line
from gateway.licensing.tariff import Tariff
from gateway.settings import Settings
from gateway.storage.database import Database
from gateway.storage.stores.effort_store import StoredEffort

MEASURED_DAYS = 90


def measured_cost(
    settings: Settings, store: Database, tariff: Tariff, *, now_us: int
) -> CostLine:
    """The cost line of a tariff, from the effort of the last 90 days."""
    told = settings.costs
    costs = None
    if told.are_known:
        costs = UnitCosts(
            told.cpu_hour_micros, told.egress_gib_micros, told.currency, told.source
        )
    span = Period(now_us - MEASURED_DAYS * US_PER_DAY, now_us)
    effort, hours = StoredEffort(store).measured(span)
    return cost_line(tariff, costs, Served(*effort, hours))
