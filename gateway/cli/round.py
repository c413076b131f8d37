"""copyfair round: rounds that are paid, and any round again, under any rule."""

from __future__ import annotations

import csv
import sys
from fractions import Fraction
from pathlib import Path
from typing import Any

import click

from gateway.cli.round_files import SOURCES, Imported, read_clusters, read_round
from gateway.cli.round_live import list_, open_, run, show, voice
from gateway.cli.screen import console, emit, json_option, say, table
from gateway.fund.gate import Verdict
from gateway.fund.replay import RULES, Outcome, Terms
from gateway.fund.replay import replay as replayed
from gateway.fund.round_file import decimal, units
from gateway.fund.rules.sharing import Limits, Rounding

DECIMALS = 6
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
SAID = {
    Verdict.PASS: "it passes the concentration gate",
    Verdict.FAIL: "it fails the concentration gate",
    Verdict.EQUAL_SPLIT: "with fewer than five recipients a live round splits equally",
}


@click.group("round")
def round_() -> None:
    """Rounds: open, give voice, run; and what others published, under any rule."""


for command in (open_, voice, run, show, list_):
    round_.add_command(command)


@round_.command("import")
@click.argument("source", type=click.Choice(list(SOURCES)))
@click.argument("file", type=FILE)
@click.option("--meta", type=FILE, help="What it was run under; else beside FILE.")
@json_option
def import_(source: str, file: Path, *, meta: Path | None, as_json: bool) -> None:
    """Turn a published round into a table that `round replay` reads.

    The table goes to standard output, the command that replays it to standard error.

    \b
    Examples:
      copyfair round import clrfund clrfund-0xcf022876.csv > round.csv
      copyfair round import optimism op-retrofunding-S8-M9.csv > round.csv
    """
    made = SOURCES[source](file, meta)
    if as_json:
        rows = [dict(zip(made.columns, row, strict=True)) for row in made.rows]
        terms = {"unit": made.unit, "rule": "proportional", "terms": dict(made.terms)}
        emit("round-import", {"source": source, **terms, "rows": rows})
        return
    out = csv.writer(sys.stdout, lineterminator="\n")
    out.writerow(made.columns)
    out.writerows(made.rows)
    say(f"one unit is {made.unit}; to run it again:\n  {_command(made)}")


def _command(made: Imported) -> str:
    options = (
        f"--{name.replace('_', '-')} {told}" for name, told in made.terms.items()
    )
    return f"copyfair round replay round.csv --rule proportional {' '.join(options)}"


@round_.command()
@click.argument("file", type=FILE)
@click.option("--rule", type=click.Choice(list(RULES)), required=True)
@click.option("--pool", required=True, help="Whole units to divide.")
@click.option("--minimum", default="0", help="Whoever would get less gets nothing.")
@click.option("--cap-share", default="1", help="At most this share of the pool each.")
@click.option("--bound", default="0", help="The most two can move: pairwise.")
@click.option("--clusters", type=FILE, help="contributor,cluster: cluster-match.")
@click.option(
    "--rounding",
    type=click.Choice([one.value for one in Rounding]),
    default=Rounding.LARGEST_REMAINDER.value,
    show_default=True,
    help="Who gets what is left over; with `floor` the reserve.",
)
@json_option
def replay(
    file: Path, *, rule: str, clusters: Path | None, as_json: bool, **told: str
) -> None:
    """Run the round in FILE under a rule, and judge how concentrated it is.

    FILE has the columns recipient,contributor,amount, or recipient,score[,own]: a
    score may have an exponent, an empty one is no recipient, `own` is paid on top.
    With a column `published` the differences are told.

    quadratic, pairwise and cluster-match divide the pool among what contributors
    agree on; capital-constrained has the contributions themselves in its pool. Where
    less is deserved than the pool holds, the rest goes to the reserve.

    \b
    Examples:
      copyfair round replay round.csv --rule quadratic --pool 100000
      copyfair round replay round.csv --rule pairwise --pool 100000 --bound 25
      copyfair round replay scores.csv --rule proportional --pool 16158396 \\
          --minimum 20000 --cap-share 0.03 --json
    """
    limits = Limits(
        decimal(told["cap_share"]), units(told["minimum"]), Rounding(told["rounding"])
    )
    terms = Terms(
        units(told["pool"]),
        limits,
        bound=units(told["bound"]),
        clusters=read_clusters(clusters) if clusters else {},
    )
    made = replayed(read_round(file), rule=rule, terms=terms)
    if as_json:
        emit("round-replay", {"rule": rule, "pool": terms.pool, **_document(made)})
        return
    ranked = sorted(made.paid.items(), key=lambda item: (-item[1], item[0]))
    table(("recipient", "paid"), ranked)
    _print_verdict(made)


def _print_verdict(made: Outcome) -> None:
    figures = made.gate.figures
    concentration = (
        f"Gini {_number(figures.gini)} · normalised HHI "
        f"{_number(figures.normalised_hhi)} (limit {_number(made.gate.hhi_max)}) · "
        f"largest share {_number(figures.top_share)} "
        f"(limit {_number(made.gate.top_share_max)})"
    )
    lines = [
        f"to the reserve {made.to_reserve}",
        concentration,
        f"{made.gate.recipients} recipients: {SAID[made.gate.verdict]}",
    ]
    lines += [
        f"{who} got {made.paid.get(who, 0)} here, {published} was published"
        for who, published in made.differences.items()
    ]
    for line in lines:
        console().print(line, markup=False)


def _document(made: Outcome) -> dict[str, Any]:
    figures = made.gate.figures
    return {
        "paid": dict(made.paid),
        "to_reserve": made.to_reserve,
        "concentration": {
            "gini": _number(figures.gini),
            "hhi": _number(figures.hhi),
            "normalised_hhi": _number(figures.normalised_hhi),
            "top_share": _number(figures.top_share),
        },
        "gate": made.gate.verdict.value,
        "gate_limits": {
            "normalised_hhi": _number(made.gate.hhi_max),
            "top_share": _number(made.gate.top_share_max),
        },
        "differences": [
            {"recipient": who, "paid": made.paid.get(who, 0), "published": published}
            for who, published in made.differences.items()
        ],
    }


def _number(figure: Fraction) -> float:
    """A figure to look at, to six decimals; nothing is computed with it."""
    return round(float(figure), DECIMALS)
