"""copyfair contribution import: work that left its traces elsewhere."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, TypeVar

import click

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.bootstrap.wiki_reading import read_wiki
from gateway.cli.days import day_us
from gateway.cli.screen import aside, console, counted, emit, json_option
from gateway.cli.setup import config_option
from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import day_of
from gateway.reciprocity.contribution import COVERED, NOBODY, Kind, kind_of
from gateway.reciprocity.found_work import FoundWork
from gateway.reciprocity.standing import WINDOW_US
from gateway.services.claim_imports import Imported, PartyOf, authors_of
from gateway.settings import Settings
from gateway.telemetry.legible import legible
from gateway.work_logs import git_history, wiki_answers, wiki_dump
from gateway.work_logs.tables import read_authors, read_claims

F = TypeVar("F", bound=Callable[..., Any])
UNKNOWN_SHOWN = 10
FILE_BYTES_MAX = 64 * 1024 * 1024


@click.group("import")
def import_() -> None:
    """Claim work that was done elsewhere: git, mediawiki, csv.

    Everything is claimed once: the same import again changes nothing.
    """


def _who(kind: str) -> Callable[[F], F]:
    """Options of importers that find authors."""
    options = (
        click.option(
            "--authors",
            type=click.Path(path_type=Path, dir_okay=False, exists=True),
            help="Table author,party: whom an author stands for.",
        ),
        click.option(
            "--kind",
            type=click.Choice([*(each.value for each in Kind), *COVERED]),
            metavar="KIND",
            default=kind,
            show_default=True,
            help="What kind of work it is, as `contribution claim` lists them.",
        ),
        click.option("--paid-by", default=NOBODY, show_default=True),
        click.option("--since", default="", help="A day; 12 months ago if not said."),
    )

    def with_options(command: F) -> F:
        for option in reversed(options):
            command = option(command)
        return command

    return with_options


@import_.command("git")
@click.argument("place", type=click.Path(path_type=Path), metavar="DIR|BUNDLE")
@click.option("--link", default="", help="What a commit's id is put behind.")
@_who(Kind.SOFTWARE.value)
@config_option
@json_option
def git_(
    settings: Settings, *, place: Path, link: str, as_json: bool, **told: Any
) -> None:
    """Claim commits of a git repository, or of a bundle of one.

    A commit weighs 0.10 h and 0.01 h for each line added or removed, at most 2 h, in
    equal parts for all its authors; nobody's day counts for more than 8 h. Merges and
    machines are left out. An author is known by an e-mail address that was verified or
    vouched for, or by your table.

    \b
    Example:  copyfair contribution import git ../catalogue --authors authors.csv \\
                --link https://git.example/catalogue/commit/
    """
    with opened(settings) as house:
        since_us, until_us = _span(house, told["since"])
        found = git_history.read(place, since_us=since_us, until_us=until_us, link=link)
        _take(house, found, told, as_json=as_json)


@import_.command("mediawiki")
@click.argument("place", metavar="FILE|URL")
@click.option("--wiki", default="", help="The wiki's host, where a file does not say.")
@_who(Kind.RECORDS.value)
@config_option
@json_option
def mediawiki(
    settings: Settings, *, place: str, wiki: str, as_json: bool, **told: Any
) -> None:
    """Claim edits on a MediaWiki: an API's answer, an XML export, or the API itself.

    An edit weighs 0.05 h and 0.01 h for each 40 bytes it changed, at most 1 h; nobody's
    day counts for more than 8 h. Reverted edits and machines are left out. URL is the
    address of api.php; only the users in your table are asked for.

    \b
    Example:  copyfair contribution import mediawiki \\
                https://wiki.example/w/api.php --authors users.csv
    """
    with opened(settings) as house:
        span = _span(house, told["since"])
        if "://" in place:
            users = [*_told(house, told["authors"])]
            if not users:
                raise InvalidValue("say whose edits are meant: --authors TABLE")
            edits, reverted = read_wiki(
                place,
                users,
                since_us=span[0],
                until_us=span[1],
                allows_loopback=settings.evidence.loopback,
            )
        else:
            edits, reverted = _from_file(Path(place), wiki)
        found = [each.work for each in edits if span[0] <= each.at_us <= span[1]]
        if reverted:
            aside().print(f"{counted(reverted, 'edit')} left out: reverted")
        _take(house, found, told, as_json=as_json)


@import_.command("csv")
@click.argument("file", type=click.Path(path_type=Path))
@config_option
@json_option
def csv_(settings: Settings, *, file: Path, as_json: bool) -> None:
    """Claim what a table says: all of it, or nothing where one row is faulty.

    Columns party,kind,title,evidence,hours, and where wanted done_on,paid_by,id. A row
    is named by its id, else by what it says.

    \b
    Example:  copyfair contribution import csv november.csv
    """
    with opened(settings) as house:
        now_us = house.clock.now_us()
        rows = read_claims(file, _named(house), now_us=now_us)
        made = house.claim_imports.take_rows(rows)
    _show(made, as_json=as_json)


def _from_file(path: Path, wiki: str) -> tuple[tuple[Any, ...], int]:
    """An API's answer where it begins like JSON; else an XML export."""
    if path.suffix == ".json":
        if not wiki:
            raise InvalidValue(
                "an API's answer does not name its wiki: say --wiki HOST"
            )
        if path.stat().st_size > FILE_BYTES_MAX:
            detail = f"{path} is larger than {FILE_BYTES_MAX // 2**20} MiB"
            raise InvalidValue(detail)
        answered = wiki_answers.read(path.read_bytes(), wiki=wiki)
        if answered.more:
            aside().print("there is more to ask for than this answer holds")
        return answered.edits, answered.reverted
    dumped = wiki_dump.read_file(path, wiki=wiki)
    return dumped.edits, dumped.reverted


def _span(house: House, since: str) -> tuple[int, int]:
    now_us = house.clock.now_us()
    year_ago_us = now_us - WINDOW_US
    # Whole days, so that a day counts the same whenever it is read.
    return day_us(since) if since else day_of(year_ago_us).start_us, now_us


def _named(house: House) -> Callable[[str], str]:
    return lambda reference: house.parties.show(reference).id


def _told(house: House, authors: Path | None) -> PartyOf:
    return read_authors(authors, _named(house)) if authors else {}


def _take(
    house: House, found: list[FoundWork], told: Mapping[str, Any], *, as_json: bool
) -> None:
    made = house.claim_imports.take(
        found,
        authors_of(house.parties.list(), _told(house, told["authors"])),
        kind=kind_of(told["kind"]),
        paid_by=told["paid_by"],
    )
    _show(made, as_json=as_json)


def _show(made: Imported, *, as_json: bool) -> None:
    weight = sum(each.weight_hundredths for each in made.claims)
    if as_json:
        unknown = [{"author": who, "changes": number} for who, number in made.unknown]
        document = {
            "claims": [each.id for each in made.claims],
            "weight_hundredths": weight,
            "known": made.known,
            "over_a_day": made.over,
            "bots": made.bots,
            "unknown": unknown,
        }
        emit("contributions-imported", document)
        return
    console().print(
        f"{counted(len(made.claims), 'new claim')}, {made.known} known before,"
        f" {made.over} over a day's limit, {made.bots} by machines",
        markup=False,
    )
    for who, number in made.unknown[:UNKNOWN_SHOWN]:
        line = f"  nobody knows {legible(who)}: {counted(number, 'change')} left out"
        console().print(line, markup=False)
    if len(made.unknown) > UNKNOWN_SHOWN:
        rest = len(made.unknown) - UNKNOWN_SHOWN
        console().print(f"  and {counted(rest, 'author')} more", markup=False)
