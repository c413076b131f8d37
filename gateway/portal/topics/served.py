"""Who serving was for: by class of whoever asked, and by who took under agreements."""

from __future__ import annotations

from collections.abc import Iterable

from gateway.portal.say import Say
from gateway.portal.sections import Grid
from gateway.services.public_books.figures import (
    ClassFootprintRow,
    PublicFigures,
    TakerFootprintRow,
)

MS_PER_HOUR = 3_600_000
FIGURES = ("h_requests", "h_bytes", "h_cpu", "h_energy")


def served_grids(seen: PublicFigures, say: Say) -> tuple[Grid, Grid]:
    """By class, and by who took; without lines where nothing was counted."""
    return (
        _grid(
            "footprint-classes",
            ("table_footprint_classes", "h_class"),
            ((say.word("class", one.klass), one) for one in seen.footprint_classes),
            say=say,
        ),
        _grid(
            "footprint-takers",
            ("table_footprint_takers", "h_taker"),
            (
                (say.who(one.who, one.name, one.parties), one)
                for one in seen.footprint_takers
            ),
            say=say,
        ),
    )


def _grid(
    name: str,
    words: tuple[str, str],
    rows: Iterable[tuple[str, ClassFootprintRow | TakerFootprintRow]],
    *,
    say: Say,
) -> Grid:
    caption, first = words
    return Grid(
        name,
        say(caption),
        tuple(say(each) for each in (first, *FIGURES)),
        tuple(
            (
                of,
                say.number.whole(one.requests),
                say.number.size(one.body_bytes),
                hours(one.cpu_ms, say),
                energy(one.energy_mwh, say),
            )
            for of, one in rows
        ),
        figures_from=1,
    )


def hours(cpu_ms: int, say: Say) -> str:
    """Processor time, in minutes or hours."""
    if cpu_ms < MS_PER_HOUR:
        return f"{say.number.decimal(cpu_ms / 60_000)}\u00a0min"
    return f"{say.number.decimal(cpu_ms / MS_PER_HOUR)}\u00a0h"


def energy(mwh: int, say: Say) -> str:
    """Energy, in watt-hours or thousands of them."""
    if mwh < 1_000_000:
        return f"{say.number.decimal(mwh / 1_000)}\u00a0Wh"
    return f"{say.number.decimal(mwh / 1_000_000)}\u00a0kWh"
