"""Keeps the effort of one process, or of all that serve together."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from gateway.bootstrap.house import House
from gateway.bootstrap.plant import Plant
from gateway.services.measuring import keep_measuring
from gateway.storage.stores.effort_store import StoredEffort
from gateway.telemetry.effort_figures import reading_of
from gateway.telemetry.merging import Snapshot, snapshot


async def measured(
    house: House,
    plant: Plant,
    snapshots: Callable[[], Iterable[Snapshot]] | None = None,
) -> None:
    """Write down every few minutes what serving took, until cancelled.

    Args:
        house: Whose store it is.
        plant: Whose node it is; its own figures are read where nothing else is said.
        snapshots: The figures of all processes, those that ended included.
    """

    def own() -> Iterable[Snapshot]:
        return [snapshot(plant.metrics.registry)]

    read = snapshots or own
    await keep_measuring(
        StoredEffort(house.store),
        plant.node,
        house.clock,
        read=lambda: reading_of(read()),
        missed=lambda why: plant.log.say("effort.missed", reason=why),
    )
