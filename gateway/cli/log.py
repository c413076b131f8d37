"""copyfair log: open books that a stranger can check."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.publishing import publish as published_now
from gateway.cli.published import Source, from_option, key_option, read_source
from gateway.cli.screen import complain, console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.settings import Settings
from gateway.storage.published_folder import PublishedFolder
from gateway.transparency.checkpoint import Checkpoint, checkpoint_in
from gateway.transparency.merkle import Peaks, leaf_hash
from gateway.transparency.proofs import assert_included, inclusion_proof
from gateway.transparency.published import log_hashes, published_lines, verify
from gateway.transparency.recompute import BadRow, LookAtVotes
from gateway.transparency.rows import leaf_of, row_in, shown


@click.group()
def log() -> None:
    """Open books: publish them, prove a row, verify anybody's copy."""


@log.command()
@click.argument(
    "folder", required=False, type=click.Path(file_okay=False, path_type=Path)
)
@config_option
@json_option
def publish(settings: Settings, *, folder: Path | None, as_json: bool) -> None:
    """Add what the books gained to the log, sign it, and write its files.

    FOLDER is `books` beside gateway.yaml if you name none; any web server can serve it
    as it is. What was published never changes: books, log and folder are compared
    first, and nothing is written where one of them says something else.

    \b
    Exit status: 0 published · 1 the past was changed · 69 cannot be written
    Example:     copyfair log publish /var/www/books
    """
    place = folder or settings.books_folder
    with opened(settings) as house:
        made = published_now(house, PublishedFolder(place))
    if as_json:
        told = {"folder": str(place), "added": made.added, "key": str(made.key)}
        emit("log-publish", {**told, **_document(made.head)})
        return
    out = console()
    out.print(f"{made.added} rows added, {made.head.size} in all, in {place}")
    out.print(f"check them with --key {made.key}", markup=False, soft_wrap=True)


@log.command()
@config_option
@json_option
def checkpoint(settings: Settings, *, as_json: bool) -> int:
    """Print the last signed checkpoint; keep it, and compare later (`--since`).

    Exit status: 0 here it is · 1 nothing was published yet
    """
    with opened(settings) as house:
        last = house.log.last_head()
    if last is None:
        complain("nothing was published yet; see `copyfair log publish`")
        return 1
    if as_json:
        head = checkpoint_in(last[1].rpartition("\n\n")[0] + "\n")
        emit("log-checkpoint", {**_document(head), "note": last[1]})
    else:
        click.echo(last[1], nl=False)
    return 0


@log.command()
@click.argument("number")
@config_option
@json_option
def opening(settings: Settings, *, number: str, as_json: bool) -> None:
    """What shows a buyer that the row of an invoice or credit note is theirs.

    The commitment in the row is HMAC-SHA256 of the document's digest under the salt.
    Give it to the buyer only: who knows the salt can check guesses about the rest.

    \b
    Example:  copyfair log opening INV-2026-0001
    """
    with opened(settings) as house:
        told = asdict(house.open_books.opening(number))
    if as_json:
        emit("log-opening", told)
    else:
        table(("what", "value"), list(told.items()))


@log.command()
@click.argument("row")
@from_option
@key_option
@json_option
def prove(*, row: str, source: str, key: str, as_json: bool) -> int:
    """Prove that a row is in published books.

    ROW is its number, its key, or kind and key such as "entry ent_01k9…". The proof
    needs nothing but itself and the key: `copyfair log verify PROOF.json`.

    \b
    Exit status: 0 proven · 1 it is not in the log, or the copy is not what was signed
    Example:     copyfair log prove 17 --from books --json > proof.json
    """
    with read_source(source, key) as books:
        try:
            number, line = _found(books, row)
            leaves = log_hashes(books.files, books.head)
            proof = inclusion_proof(leaves, number)
            _assert_proven(line, proof, number=number, head=books.head)
        except (InvalidValue, NotFound) as fault:
            complain(fault.detail)
            return 1
    hashes = [each.hex() for each in proof]
    told = {
        "number": number,
        "row": line,
        "proof": hashes,
        "checkpoint": books.note,
        "key": str(books.key),
    }
    if as_json:
        emit("log-proof", told)
        return 0
    out = console()
    out.print(f"row {number} of {books.head.size}: {shown(line)}", markup=False)
    for each in hashes:
        out.print(f"  {each}", markup=False)
    return 0


@log.command("verify")
@click.argument("source", metavar="DIR|URL|PROOF.json")
@key_option
@click.option(
    "--since",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A checkpoint you kept: the log must be the same, grown.",
)
@json_option
def verify_(*, source: str, key: str, since: Path | None, as_json: bool) -> int:
    """Check published books, or a proof, with nothing but what was published.

    Every vote in them is counted again as well; `copyfair fund recompute` does all the
    sums. Without `--key` the key that lies beside the books is believed: that shows
    whether the copy is whole, not whose it is.

    \b
    Exit status: 0 all is as it was signed · 1 it is not · 69 not reachable
    Example:     copyfair log verify https://archive.example/_copyfair/books
    """
    try:
        if Path(source).is_file():
            head = _proof_head(json.loads(Path(source).read_text("utf-8")), key)
        else:
            with read_source(source, key) as books:
                head = books.head
                votes = LookAtVotes()
                verify(books.files, head, look=votes.look)
                votes.assert_complete()
                if since is not None:
                    _assert_grown(books, since.read_text("utf-8"))
    except BadRow as fault:
        return _told_bad(fault, as_json=as_json)
    except InvalidValue as fault:
        return _told_bad(BadRow(fault.detail), as_json=as_json)
    if as_json:
        told = {"ok": True, **_document(head), "bad_row": None, "reason": ""}
        emit("log-verify", told)
    else:
        console().print(f"{head.size} rows of {head.origin}: all as they were signed")
    return 0


def _told_bad(fault: BadRow, *, as_json: bool) -> int:
    if as_json:
        nothing = dict.fromkeys(("origin", "size", "root"))
        told = {"ok": False, "bad_row": fault.number, "reason": fault.detail}
        emit("log-verify", {**told, **nothing})
    else:
        complain(fault.detail)
    return 1


def _document(head: Checkpoint) -> dict[str, Any]:
    return {"origin": head.origin, "size": head.size, "root": head.root.hex()}


def _found(books: Source, wanted: str) -> tuple[int, str]:
    """A row by number, by key, or by kind and key."""
    for number, raw in enumerate(published_lines(books.files, books.head.size)):
        line = raw.decode("utf-8", "replace")
        if wanted == str(number):
            return number, line
        if wanted.rpartition(" ")[2] in line:
            row = row_in(line)
            if wanted in {row.key, row.name}:
                return number, line
    detail = f"there is no row {wanted!r} in these books"
    raise NotFound(detail)


def _assert_proven(
    line: str, proof: list[bytes], *, number: int, head: Checkpoint
) -> None:
    size, root = head.size, head.root
    assert_included(leaf_of(line), proof, index=number, size=size, root=root)


def _proof_head(told: Any, key: str) -> Checkpoint:
    """The checkpoint of a proof that holds."""
    try:
        books = Source.of(told["checkpoint"], key or told["key"])
        proof = [bytes.fromhex(each) for each in told["proof"]]
        number = int(told["number"])
        _assert_proven(told["row"], proof, number=number, head=books.head)
    except (KeyError, TypeError, ValueError, AttributeError):
        raise InvalidValue("this is no proof as `copyfair log prove` writes") from None
    return books.head


def _assert_grown(books: Source, note: str) -> None:
    """Refuse books that are not those of a kept checkpoint, grown."""
    before = Source.of(note, str(books.key)).head
    peaks = Peaks()
    for line in published_lines(books.files, books.head.size):
        if peaks.size == before.size:
            break
        peaks.append(leaf_hash(line))
    if (peaks.size, peaks.root()) != (before.size, before.root):
        detail = f"these are not the books of {before.size} rows that you kept, grown"
        raise InvalidValue(detail)
