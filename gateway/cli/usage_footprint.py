"""copyfair usage footprint: what serving took of the world."""

from __future__ import annotations

import click

from gateway.bootstrap import SystemClock, opened
from gateway.cli.amounts import spelled_bytes
from gateway.cli.names import names_of
from gateway.cli.screen import emit, json_option, prose, table
from gateway.cli.setup import config_option
from gateway.kernel.period import month_of, parse_period
from gateway.metering.footprint import UNMETERED
from gateway.services.footprints import BY, FootprintReport
from gateway.settings import Settings


@click.command()
@click.option(
    "--period",
    default="",
    help="A month (2026-11) or a year (2026); this month without.",
)
@click.option(
    "--by",
    type=click.Choice(BY),
    default="collection",
    show_default=True,
    help="Group by collection, by operator (beneficial owner), or by class.",
)
@config_option
@json_option
def footprint(settings: Settings, *, period: str, by: str, as_json: bool) -> None:
    """Say what serving took: bytes, requests, CPU time, and estimated energy.

    Bytes and requests are counted; CPU time is measured for everybody together and
    divided by requests; energy is an estimate, and its model is stated (`footprint` in
    gateway.yaml sets your own figures). By collection and operator, what nobody had an
    agreement for is one group. By class everybody is counted, readers too, by the hour:
    no reader's address is kept, nor what they read.

    \b
    Example:  copyfair usage footprint --period 2026-11 --by operator --json
    """
    span = parse_period(period) if period else month_of(SystemClock().now_us())
    with opened(settings) as house:
        found = house.footprints.report(span, by=by)
        names = names_of(house)
    if as_json:
        _emit(found, by)
        return
    table(
        (by, "requests", "bytes", "CPU s", "Wh"),
        [
            (
                _named(one.group, names, by),
                one.requests,
                spelled_bytes(one.body_bytes),
                f"{one.cpu_us / 1_000_000:.1f}",
                f"{one.energy_mwh / 1_000:.1f}",
            )
            for one in found.groups
        ],
    )
    model = found.model
    prose(
        f"estimated with {model.core_mw / 1_000:g} W per busy core, "
        f"PUE {model.pue_hundredths / 100:g}, "
        f"{model.network_mwh_per_gb / 1_000:g} Wh per GB carried ({model.source})"
    )


def _named(group: str, names: dict[str, str], by: str) -> str:
    if group == UNMETERED:
        return "not told apart" if by == "class" else "not metered"
    return names.get(group, group)


def _emit(found: FootprintReport, by: str) -> None:
    effort, model = found.measured.effort, found.model
    emit(
        "usage-footprint",
        {
            "period": str(found.period),
            "by": by,
            "groups": [
                {
                    "group": one.group or None,
                    "requests": one.requests,
                    "bytes": one.body_bytes,
                    "cpu_us": one.cpu_us,
                    "energy_mwh": one.energy_mwh,
                }
                for one in found.groups
            ],
            "measured": {
                "requests": effort.requests,
                "bytes": effort.egress_bytes,
                "cpu_us": effort.cpu_us,
                "hours": found.measured.hours,
            },
            "model": {
                "core_mw": model.core_mw,
                "pue_hundredths": model.pue_hundredths,
                "network_mwh_per_gb": model.network_mwh_per_gb,
                "source": model.source,
            },
        },
    )
