"""What collections carry: their capacities by the policies in force, and how much of
it was taken.
"""

from __future__ import annotations

from collections.abc import Callable

from gateway.bootstrap.house import House
from gateway.kernel.clock import US_PER_DAY
from gateway.kernel.period import Period
from gateway.licensing.capacity import Capacity
from gateway.licensing.policy import PolicySet
from gateway.services.capacities import Capacities, Carried
from gateway.storage.stores.effort_store import StoredEffort
from gateway.storage.stores.usage_sums import SqlUsageSums

MEASURED_DAYS = 90


def capacities_of(
    house: House, policies: Callable[[], PolicySet], last_seq: Callable[[], int]
) -> Capacities:
    """Capacities, exact in the process that keeps the caps.

    Args:
        house: Whose store and settings.
        policies: Those in force; they may be reloaded.
        last_seq: The place of the last event that was recorded.
    """

    def terms(collection: str) -> Capacity | None:
        found = policies().collection(collection) if collection else None
        return found.capacity if found else None

    def cpu_us_per_request() -> int:
        now_us = house.clock.now_us()
        span = Period(now_us - MEASURED_DAYS * US_PER_DAY, now_us + 1)
        effort = StoredEffort(house.store).measured(span).effort
        return -(-effort.cpu_us // effort.requests) if effort.requests else 0

    return Capacities(
        Carried(
            terms,
            SqlUsageSums(house.store),
            last_seq,
            house.settings.footprint,
            cpu_us_per_request,
        ),
        clock=house.clock,
    )
