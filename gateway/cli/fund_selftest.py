"""copyfair fund selftest: are we a false commons?"""

from __future__ import annotations

from pathlib import Path

import click

from gateway.bootstrap import opened
from gateway.bootstrap.selftesting import selftest_of
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.settings import Settings
from gateway.storage.published_folder import PublishedFolder


@click.command()
@click.option(
    "--books",
    type=click.Path(path_type=Path, file_okay=False),
    help="Where the books were published; the folder of the set-up without.",
)
@config_option
@json_option
def selftest(settings: Settings, *, books: Path | None, as_json: bool) -> int:
    """Prove that this commons is not captured by its own host.

    The operator's fee is at most 10 %, in code and in every posting; the labour reserve
    reached nobody barred; votes rest on contribution; no payment steers an allocation;
    everybody can take everything and leave (tried with the latest 25 parties, and
    taken back); the published books come out to the unit.

    \b
    Exit status: 0 every answer is as it must be · 1 one is not
    Example:     copyfair fund selftest --json --config my-archive/gateway.yaml
    """
    folder = PublishedFolder(books or settings.books_folder)
    with opened(settings) as house:
        found = selftest_of(house, folder).run()
    is_well = all(one.holds for one in found)
    if as_json:
        listed = [
            {"check": one.check, "holds": one.holds, "evidence": one.evidence}
            for one in found
        ]
        emit("fund-selftest", {"ok": is_well, "findings": listed})
        return 0 if is_well else 1
    table(
        ("question", "answer", "evidence"),
        [
            (one.check, "holds" if one.holds else "DOES NOT HOLD", one.evidence)
            for one in found
        ],
    )
    console().print("no false commons" if is_well else "captured: mend what is named")
    return 0 if is_well else 1
