"""copyfair audit: every invariant of the books, checked from the rows."""

from __future__ import annotations

import click

from gateway.bootstrap import opened
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.settings import Settings

FIGURES = ("events", "rated", "unrated", "duplicates", "intents_open")
OF_MONEY = {"rated", "unrated"}
OF_NO_MONEY = {
    *("usage_conserved", "intents_match_usage", "documents_unchanged", "chain_ok"),
}


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
    speaks_of_money = settings.invoicing.seller != "none"
    table(
        ("figure", "count"),
        [
            (name, document[name])
            for name in (*FIGURES, "intents_orphaned")
            if speaks_of_money or name not in OF_MONEY
        ],
    )
    console().print()
    table(
        ("check", "finding"),
        [
            (name, "; ".join(found) or "holds")
            for name, found in report.findings.items()
            if speaks_of_money or found or name in OF_NO_MONEY
        ],
    )
    console().print("audit: ok" if report.ok else "audit: NOT ok")
    return 0 if report.ok else 1
