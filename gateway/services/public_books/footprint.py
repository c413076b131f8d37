"""What serving took: month by month, by class, and by who took under an agreement."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from gateway.fund.public_ports import Taken
from gateway.identity.public_name import Shown
from gateway.kernel.clock import iso
from gateway.kernel.period import Period, month_of
from gateway.metering.effort import EffortStore
from gateway.metering.footprint import EnergyModel, Footprint, footprints
from gateway.services.public_books.figures import (
    ClassFootprintRow,
    FootprintRow,
    TakerFootprintRow,
)

MONTHS = 12
US_PER_MS = 1_000


def footprint_rows(
    effort: EffortStore, model: EnergyModel, *, now_us: int
) -> tuple[FootprintRow, ...]:
    """The last 12 calendar months, the newest first; only where something passed.

    Args:
        effort: What was measured.
        model: How energy is estimated.
        now_us: The last month is the one that this is in.
    """
    rows = []
    for month in _months(now_us):
        took, hours = effort.measured(month)
        if hours and took.requests:
            rows.append(
                FootprintRow(
                    month=iso(month.start_us)[:7],
                    requests=took.requests,
                    body_bytes=took.egress_bytes,
                    cpu_ms=took.cpu_us // US_PER_MS,
                    energy_mwh=model.energy_mwh(
                        cpu_us=took.cpu_us, body_bytes=took.egress_bytes
                    ),
                )
            )
    return tuple(rows)


def _months(now_us: int) -> Iterator[Period]:
    at_us = now_us
    for _ in range(MONTHS):
        month = month_of(at_us)
        yield month
        at_us = month.start_us - 1


def class_rows(
    effort: EffortStore, model: EnergyModel, year: Period
) -> tuple[ClassFootprintRow, ...]:
    """By class of whoever asked, the most energy first; what was not told apart last.

    Args:
        effort: What was measured.
        model: How energy is estimated.
        year: In which time.
    """
    served = {
        name: (each.requests, each.egress_bytes)
        for name, each in effort.by_class(year).items()
    }
    if not served:
        return ()
    groups = footprints(served, effort.measured(year).effort, model)
    return tuple(
        ClassFootprintRow(
            klass=one.group,
            requests=one.requests,
            body_bytes=one.body_bytes,
            cpu_ms=one.cpu_us // US_PER_MS,
            energy_mwh=one.energy_mwh,
        )
        for one in sorted(groups, key=_most_first)
    )


def taker_rows(
    taken: Mapping[str, Taken],
    shown: Callable[[str], Shown],
    effort: EffortStore,
    *,
    model: EnergyModel,
    year: Period,
) -> tuple[TakerFootprintRow, ...]:
    """By who took, named where that is proven or was asked for, else together.

    Args:
        taken: By party.
        shown: As what a party stands on a public page.
        effort: What was measured of everything.
        model: How energy is estimated.
        year: In which time.
    """
    sums: dict[Shown, list[Taken]] = {}
    for party_id, each in taken.items():
        sums.setdefault(shown(party_id), []).append(each)
    names = {f"{number:06d}": who for number, who in enumerate(sorted(sums))}
    metered = {
        name: (
            sum(each.requests for each in sums[who]),
            sum(each.body_bytes for each in sums[who]),
        )
        for name, who in names.items()
    }
    groups = footprints(metered, effort.measured(year).effort, model)
    return tuple(
        TakerFootprintRow(
            who=names[one.group].who,
            name=names[one.group].name,
            parties=len(sums[names[one.group]]),
            requests=one.requests,
            body_bytes=one.body_bytes,
            cpu_ms=one.cpu_us // US_PER_MS,
            energy_mwh=one.energy_mwh,
        )
        for one in sorted(groups, key=_most_first)
        if one.group
    )


def _most_first(one: Footprint) -> tuple[bool, int, str]:
    return not one.group, -one.energy_mwh, one.group
