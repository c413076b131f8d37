"""copyfair vote verify: every vote counted again, from published books."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gateway.cli.published import from_option, key_option, read_source
from gateway.cli.screen import complain, console, emit, json_option, table
from gateway.kernel.errors import InvalidValue
from gateway.transparency import published
from gateway.transparency.counted import Fate, fate_of
from gateway.transparency.recompute import Recomputation
from gateway.transparency.recount import Recount
from gateway.transparency.rows import shown


@click.command()
@from_option
@click.option(
    "--receipt",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A voter's receipt: what became of that ballot?",
)
@key_option
@json_option
def verify(*, source: str, receipt: Path | None, key: str, as_json: bool) -> int:
    """Count every vote again from published books, and nothing else.

    Each ballot that is opened must open a commitment that stood there before, as many
    must count as voted, and tallies and decisions must be what ballots give.

    \b
    Exit status: 0 it comes out, and the ballot counts · 1 it does not · 69 unreachable
    Example:     copyfair vote verify --from https://archive.example/_copyfair/books
    """
    fate = None
    try:
        with read_source(source, key) as books:
            votes = _recounted(books)
        if receipt is not None:
            fate = fate_of(_read(receipt), votes)
    except InvalidValue as fault:
        if as_json:
            number = getattr(fault, "number", None)
            told = {"ok": False, "bad_row": number, "reason": fault.detail}
            emit("vote-verify", {**told, "votes": [], "receipt": None})
        else:
            complain(fault.detail)
        return 1
    _tell(votes, fate, as_json=as_json)
    return 1 if fate is Fate.MISSING else 0


def _recounted(books: Any) -> Recount:
    """Every vote, from rows that are those that were signed.

    Raises:
        InvalidValue: with the first row that is not, or does not come to what it says.
    """
    made = Recomputation()
    published.verify(books.files, books.head, look=made.look)
    made.result()
    return made.votes


def _tell(votes: Recount, fate: Fate | None, *, as_json: bool) -> None:
    listed = [
        {
            "vote_id": vote_id,
            "about": polled.row.body["about"],
            "entitled": len(polled.row.body["electorate"]),
            "voted": len(polled.opened),
            "counted": polled.is_counted,
            "weights": dict(votes.tallies[vote_id].weights)
            if vote_id in votes.tallies
            else {},
            "outcome": _outcome(votes, vote_id),
        }
        for vote_id, polled in votes.votes.items()
    ]
    word = fate.value if fate else None
    if as_json:
        told = {"ok": fate is not Fate.MISSING, "bad_row": None, "reason": ""}
        emit("vote-verify", {**told, "votes": listed, "receipt": word})
        return
    table(
        ("vote", "about", "voted", "of", "came to"),
        [
            (
                shown(one["vote_id"]),
                shown(one["about"]),
                one["voted"],
                one["entitled"],
                _spelled(one),
            )
            for one in listed
        ],
    )
    if word:
        console().print(f"your ballot: {word}")


def _spelled(one: dict[str, Any]) -> str:
    if not one["counted"]:
        return "open"
    if one["outcome"]:
        return str(one["outcome"])
    return ", ".join(f"{shown(name)} {each}" for name, each in one["weights"].items())


def _outcome(votes: Recount, vote_id: str) -> str | None:
    for each in votes.decisions.values():
        if each.vote_id == vote_id:
            return each.outcome.value
    return None


def _read(receipt: Path) -> dict[str, Any]:
    try:
        told = json.loads(receipt.read_text("utf-8"))
    except ValueError:
        told = None
    if not isinstance(told, dict):
        raise InvalidValue("this is no receipt as `copyfair vote cast` writes")
    return told
