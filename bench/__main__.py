"""`python -m bench`: measure, write the results, and say what was found.

Exit status: 0 measured, 69 nginx or the gateway itself could not be started.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

from bench.chart import chart
from bench.contenders import OURS
from bench.document import Document, about, document
from bench.effort import EFFORTS
from bench.machine import ROOT
from bench.peers.debian import install_missing
from bench.processes import NotMeasured
from bench.run import measure
from bench.scoreboard import scoreboard

COMMITTED = ROOT / "bench" / "results"
WORKSHOP = ROOT / "var"  # on a disk: /tmp may be memory, and syncing that is no work
THROWN_AWAY = ROOT / "var" / "bench"
PAGE = ROOT / "docs" / "reference" / "scoreboard.md"
EXIT_UNREACHABLE = 69


def main(arguments: list[str]) -> int:
    """Run the benchmark; the exit status."""
    told = _options().parse_args(arguments)
    if told.redraw:
        latest = (COMMITTED / "latest.json").read_text(encoding="utf-8")
        _show(json.loads(latest), COMMITTED)
        return 0
    effort = EFFORTS["quick" if told.quick else told.effort]
    is_full = effort.name == "full"
    results = Path(told.results or (COMMITTED if is_full else THROWN_AWAY))
    install_missing(_say)
    opening = about(effort)
    WORKSHOP.mkdir(parents=True, exist_ok=True)
    try:
        with tempfile.TemporaryDirectory(prefix="bench-", dir=WORKSHOP) as place:
            found = measure(Path(place), effort, _say)
    except NotMeasured as fault:
        _say(f"nothing can be measured: {fault}; `make services` installs nginx")
        return EXIT_UNREACHABLE
    written = document(found, opening)
    _write(written, results)
    _show(written, results)
    _summarise(written)
    return EXIT_UNREACHABLE if OURS in found.faults else 0


def _options() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a smoke of a few minutes")
    parser.add_argument("--effort", choices=list(EFFORTS), default="full")
    parser.add_argument(
        "--redraw",
        action="store_true",
        help="measure nothing; make the scoreboard and its chart again",
    )
    parser.add_argument(
        "--results",
        help="folder for the results and the page (default: bench/results and the "
        "scoreboard for a full run, var/bench for others)",
    )
    return parser


def _write(written: Document, folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    text = json.dumps(written, indent=2, ensure_ascii=False) + "\n"
    for name in (f"{written['date']}-{written['commit']}", "latest"):
        (folder / f"{name}.json").write_text(text, encoding="utf-8")


def _show(written: Document, results: Path) -> None:
    """The scoreboard and its chart, beside the results or among the docs."""
    page = PAGE if results == COMMITTED else results / PAGE.name
    page.write_text(scoreboard(written), encoding="utf-8")
    page.with_suffix(".svg").write_text(chart(written), encoding="utf-8")


def _summarise(written: Document) -> None:
    for size, at_size in written["inline"].items():
        rows = {OURS: at_size["cpu_us"], **at_size["peers_cpu_us"]}
        for name, one in rows.items():
            found = f"{one['median']:>12,.1f} µs" if one else f"{'–':>15}"
            print(f"{size:>5}  {name:<20} {found}")
    for what, reason in written["reasons"].items():
        print(f"not measured: {what}: {reason}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
