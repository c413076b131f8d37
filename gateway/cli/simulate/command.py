"""copyfair simulate: what a policy would have done with the traffic of a log."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import click
from rich.progress import Progress, TextColumn, TimeElapsedColumn

from gateway.bootstrap.simulating import Simulation, policies_in, silently
from gateway.cli.screen import aside, emit, json_option, say
from gateway.cli.setup import optional_config_option
from gateway.cli.simulate.summary import print_difference, print_summary
from gateway.kernel.errors import InvalidValue
from gateway.licensing.policy import PolicySet
from gateway.licensing.switches import LicenceMode, Protect, Switches
from gateway.services.simulation.figures import figures
from gateway.services.simulation.load import PressureModel
from gateway.services.simulation.shares import share_of
from gateway.services.simulation.suggestions import suggestions
from gateway.services.simulation.tally import Tally
from gateway.settings import Settings
from gateway.web.report import report_page

FOLDER = click.Path(path_type=Path, exists=True, file_okay=False)
WRITTEN = click.Path(path_type=Path, dir_okay=False, writable=True)


@click.command()
@click.argument("logs", metavar="LOG…", nargs=-1, required=True)
@click.option(
    "--format",
    "said",
    default="",
    help="A name (combined, caddy, haproxy …), or your server's format string.",
)
@click.option("--policies", "folder", type=FOLDER, help="Judge by these policies.")
@click.option("--against", type=FOLDER, help="And compare with these.")
@click.option("--html", "html", type=WRITTEN, help="Write a report with charts.")
@click.option("--share", type=WRITTEN, help="Write aggregates that name nobody.")
@click.option(
    "--lang", type=click.Choice(["en", "fr"]), default="en", help="Of the report."
)
@click.option(
    "--protect", type=click.Choice(["watch", "on"]), default="on", show_default=True
)
@click.option(
    "--licence",
    type=click.Choice(["off", "label", "offer", "invoice"]),
    default="invoice",
    show_default=True,
)
@click.option(
    "--pressure",
    type=click.Choice([each.value for each in PressureModel]),
    default=PressureModel.LOG.value,
    show_default=True,
    help="When budgets that act under pressure act: when the log was busy, or …",
)
@click.option(
    "--page-ms",
    type=click.IntRange(1, 60_000),
    default=250,
    show_default=True,
    help="How long a page keeps the archive busy, where the log does not say.",
)
@click.option("--host", default="", help="The site, where the log does not say.")
@click.option(
    "--jobs", type=click.IntRange(0, 64), help="Processes that parse beside this one."
)
@optional_config_option
@json_option
def simulate(logs: tuple[str, ...], settings: Settings | None, **told: Any) -> None:
    """Replay access logs (packed or not; - is standard input) through the policies.

    The same code that answers live requests answers past ones; nothing is installed,
    nothing is sent anywhere, and addresses are cut to their network. Without --config
    or --policies the shipped policy counts.

    \b
    Examples:
      copyfair simulate access.log
      copyfair simulate access.log* --html report.html
      zcat old.gz | copyfair simulate - --format '%h %l %u %t "%r" %>s %b'
    """
    switches = Switches(Protect(told["protect"]), LicenceMode.named(told["licence"]))
    simulation = Simulation(
        logs,
        said=told["said"],
        switches=switches,
        model=PressureModel(told["pressure"]),
        unit_us=told["page_ms"] * 1_000,
        jobs=told["jobs"],
        host=told["host"],
    )
    sets = [policies_in(told["folder"], settings)]
    if told["against"] is not None:
        sets.append(policies_in(told["against"], None))
    _assert_readable(logs)
    with _progress() as on_lines:
        tallies = replace(simulation, on_lines=on_lines).run(sets, settings)
    documents = [
        _document(tally, policies, switches, pressure=told["pressure"])
        for tally, policies in zip(tallies, sets, strict=True)
    ]
    _write_files(told, tallies[0], documents)
    if told["as_json"]:
        against = {"against": documents[1]} if len(documents) > 1 else {}
        emit("simulate", documents[0] | against)
        return
    print_summary(documents[0])
    if len(documents) > 1:
        print_difference(documents[0], documents[1], str(told["against"]))


def _document(
    tally: Tally, policies: PolicySet, switches: Switches, *, pressure: str
) -> dict[str, Any]:
    told = figures(tally, policies)
    told["suggested"] = [each.document() for each in suggestions(tally, told)]
    told["switches"] = {
        "protect": switches.protect.value,
        "licence_mode": switches.licence_mode.word,
        "pressure": pressure,
    }
    return told


def _write_files(
    told: dict[str, Any], tally: Tally, documents: list[dict[str, Any]]
) -> None:
    if told["html"] is not None:
        page = report_page(documents[0], tally, language=told["lang"])
        told["html"].write_bytes(page)
        say(f"The report is in {told['html']}; it needs nothing but a browser.")
    if told["share"] is not None:
        told["share"].write_text(share_of(tally, documents[0]), encoding="utf-8")
        say(
            f"The aggregates are in {told['share']}; look at them before you send them."
        )


def _assert_readable(logs: tuple[str, ...]) -> None:
    if logs.count("-") > 1:
        raise InvalidValue("standard input can be read once; give - once")
    for log in logs:
        if log != "-" and not Path(log).is_file():
            raise InvalidValue(f"{log} is no file; give access logs, or - for a pipe")
    known: dict[Path, str] = {}
    for log in logs:
        first = known.setdefault(Path(log).resolve(), log)
        if first is not log:
            raise InvalidValue(f"{log} is {first}; each log is counted once")


@contextmanager
def _progress() -> Iterator[Callable[[int], None]]:
    """Progress for people; a pipe sees nothing of it."""
    if not sys.stderr.isatty():
        yield silently
        return
    columns = (TextColumn("{task.completed:,} lines read"), TimeElapsedColumn())
    with Progress(*columns, console=aside(), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda lines: progress.update(task, advance=lines)
