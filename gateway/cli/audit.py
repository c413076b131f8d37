"""copyfair audit: every invariant of the books, checked from the rows."""

from __future__ import annotations

import click

from gateway.bootstrap import opened
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.settings import Settings

FIGURES = ("events", "rated", "unrated", "duplicates", "intents_open")


@click.command()
@config_option
@json_option
def audit(settings: Settings, *, as_json: bool) -> int:
    """Check every invariant of the books; trusts no total that is stored.

    \b
    Exit status: 0 everything holds, 1 something does not.
    Example:     copyfair audit --config my-archive/gateway.yaml
    """
    with opened(settings) as house:
        report = house.audit.run()
    document = report.document()
    if as_json:
        document.pop("schema", None)
        emit("audit", document)
        return 0 if report.ok else 1
    table(
        ("figure", "count"),
        [(name, document[name]) for name in (*FIGURES, "intents_orphaned")],
    )
    console().print()
    table(
        ("check", "finding"),
        [
            (name, "; ".join(found) or "holds")
            for name, found in report.findings.items()
        ],
    )
    console().print("audit: ok" if report.ok else "audit: NOT ok")
    return 0 if report.ok else 1
