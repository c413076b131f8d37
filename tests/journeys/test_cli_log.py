"""Open books: published, proven, and computed again by a stranger."""

from __future__ import annotations

import hmac
import json
import shutil
import sqlite3
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.journeys.command_line import Archive, Said, an_archive, copyfair
from tests.journeys.running import Gateway, free_port

GIB = 2**30
ROWS = "rows/000/000.jsonl"
ORIGIN = "archive.example/_copyfair/books"


def lived_in(folder: Path) -> Archive:
    """An invoice, paid, split, and given to somebody whose work nobody paid."""
    archive = an_archive(folder)
    for name in ("Mapworks", "Amina", "Ines"):
        entity = "company" if name == "Mapworks" else "person"
        words = ("party", "add", name, "--set", f"entity={entity}")
        archive.tells(*words, "--set", "country=FR")
    agreement = archive.tells("agreement", "accept", "--party", "Mapworks")
    archive.meter(agreement, 3 * GIB)
    exported = archive.says("usage", "export").out.splitlines()
    month = json.loads(exported[0])["occurred_at"][:7]
    invoice = archive.tells("invoice", "run", "--period", month)["invoices"][0]
    claim = archive.tells(
        *("contribution", "claim", "--party", "Amina", "--kind", "records"),
        *("--title", "Corrected 120 names", "--evidence", "https://archive.example/1"),
        *("--hours", "12"),
    )
    archive.tells("contribution", "review", claim["claim_id"], "accept", "--by", "Ines")
    paid = ("invoice", "pay", invoice["number"], "3.60 EUR", "--reference", "iban-b1")
    archive.tells(*paid)
    archive.tells("fund", "allocate", "first")
    return archive


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Archive:
    """An archive whose books were published; nobody changes them any more."""
    archive = lived_in(tmp_path_factory.mktemp("open") / "my-archive")
    archive.tells("log", "publish")
    return archive


@pytest.fixture
def archive(published: Archive, tmp_path: Path) -> Archive:
    """The same archive, for whoever changes something."""
    place = tmp_path / "my-archive"
    shutil.copytree(published.folder, place)
    return Archive(place)


@pytest.fixture
def copy(published: Archive, tmp_path: Path) -> Path:
    """A stranger's copy of what was published, and nothing else."""
    place = tmp_path / "copy"
    shutil.copytree(published.folder / "books", place)
    return place


def recomputed(place: Path | str, *words: str) -> Said:
    return copyfair("fund", "recompute", "--from", place, *words, "--json")


def verified(place: Path | str, *words: str | Path) -> Said:
    return copyfair("log", "verify", place, *words, "--json")


def rows_of(place: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (place / ROWS).read_text().splitlines()]


def test_a_stranger_computes_every_balance_again(
    published: Archive, copy: Path
) -> None:
    said = recomputed(copy)
    assert said.status == 0, said.err
    told = said.json
    own = published.tells("fund", "balance")["accounts"]

    def figures(accounts: list[dict[str, Any]]) -> list[tuple[str, int]]:
        return sorted((one["currency"], one["balance_minor"]) for one in accounts)

    assert figures(told["accounts"]) == figures(own)
    assert told["rows"]["allocation"] == told["rows"]["waterfall-as-booked"] == 1
    assert (told["without_basis"], told["unchecked"]) == (0, {})


def test_nobody_is_named_in_what_was_published(copy: Path) -> None:
    files = [each for each in copy.rglob("*") if each.is_file()]
    text = "".join(each.read_bytes().decode("latin-1") for each in files)
    for private in ("Amina", "Mapworks", "pty_", "iban-b1", "Corrected"):
        assert private not in text


def test_publishing_again_adds_nothing_and_changes_nothing(published: Archive) -> None:
    place = published.folder / "books"
    before = {each: each.read_bytes() for each in place.rglob("*") if each.is_file()}
    assert published.tells("log", "publish")["added"] == 0
    after = {each: each.read_bytes() for each in place.rglob("*") if each.is_file()}
    assert after == before


def test_the_checkpoint_is_the_one_that_lies_there(
    published: Archive, copy: Path
) -> None:
    note = published.tells("log", "checkpoint")["note"]
    assert note == (copy / "checkpoint").read_text()
    assert note.startswith(f"{ORIGIN}\n{len(rows_of(copy))}\n")


def test_books_that_grew_are_those_that_were_kept(
    archive: Archive, tmp_path: Path
) -> None:
    place, kept = archive.folder / "books", tmp_path / "kept"
    first = archive.tells("log", "publish")
    kept.write_text((place / "checkpoint").read_text())
    archive.tells("invoice", "credit", "INV-2026-0001", "--reason", "Not delivered")
    archive.tells("party", "erase", "Amina")
    second = archive.tells("log", "publish")
    assert second["size"] == first["size"] + second["added"]
    assert {"credit-note", "usage", "policy", "tariff", "run"} <= {
        row["kind"] for row in rows_of(place)
    }
    assert verified(place, "--since", kept).status == 0
    assert recomputed(place).status == 0
    forged = kept.read_text().replace(f"\n{first['size']}\n", "\n1\n")
    kept.write_text(forged)
    assert verified(place, "--since", kept).status == 1


@pytest.mark.parametrize("what", ["flip", "delete", "insert", "reorder"])
def test_the_first_bad_row_is_named(copy: Path, what: str) -> None:
    lines = (copy / ROWS).read_text().splitlines(keepends=True)
    bad = 3
    match what:
        case "flip":
            lines[bad] = lines[bad].replace("0", "1", 1)
        case "delete":
            del lines[bad]
        case "insert":
            lines.insert(bad, lines[0])
        case "reorder":
            lines[bad], lines[bad + 1] = lines[bad + 1], lines[bad]
    (copy / ROWS).write_text("".join(lines))
    for said in (recomputed(copy), verified(copy)):
        assert said.status == 1
        assert said.json["bad_row"] == bad
        assert f"row {bad} " in said.json["reason"]


def test_somebody_elses_signature_is_no_signature(
    published: Archive, copy: Path, tmp_path: Path
) -> None:
    other = an_archive(tmp_path / "other", sells=False).tells("log", "publish")
    assert other["origin"] == ORIGIN
    for said in (
        verified(copy, "--key", other["key"]),
        recomputed(copy, "--key", other["key"]),
    ):
        assert said.status == 1
        assert "not signed with the pinned key" in said.json["reason"]
    key = published.tells("log", "publish")["key"]
    assert verified(copy, "--key", key).status == 0


def test_a_row_is_proven_with_nothing_but_its_proof(copy: Path, tmp_path: Path) -> None:
    entry = next(row for row in rows_of(copy) if row["kind"] == "allocation")
    said = copyfair("log", "prove", entry["key"], "--from", copy, "--json")
    assert said.status == 0, said.err
    proof = tmp_path / "proof.json"
    proof.write_text(said.out)
    assert said.json["row"].startswith('{"at_us"')
    assert verified(proof).status == 0
    proof.write_text(said.out.replace("first", "furst"))
    assert verified(proof).status == 1
    assert copyfair("log", "prove", "9999", "--from", copy).status == 1


def test_a_buyer_can_find_their_invoice_and_nobody_else_can(
    published: Archive, copy: Path
) -> None:
    opening = published.tells("log", "opening", "INV-2026-0001")
    row = next(row for row in rows_of(copy) if row["kind"] == "invoice")
    assert (opening["key"], opening["commitment"]) == (
        row["key"],
        row["body"]["commitment"],
    )
    salted = hmac.digest(opening["salt"].encode(), opening["sha256"].encode(), "sha256")
    assert opening["commitment"] == f"sha256:{salted.hex()}"
    assert opening["salt"] not in (copy / ROWS).read_text()
    assert published.says("log", "opening", "INV-2026-0009").status == 2


def test_a_changed_folder_is_not_written_over(archive: Archive, tmp_path: Path) -> None:
    rows = archive.folder / "books" / ROWS
    rows.write_text(rows.read_text().replace("EUR", "USD", 1))
    said = archive.says("log", "publish")
    assert said.status == 1
    assert "is not what was logged" in said.err
    other = an_archive(tmp_path / "other", sells=False)
    other.rewrite("archive.example", "other.example")
    said = other.says("log", "publish", archive.folder / "books")
    assert said.status == 1
    assert "holds the books of" in said.err


def test_a_changed_past_is_not_published(archive: Archive) -> None:
    store = next(archive.folder.glob("*.db"))
    with sqlite3.connect(store) as db:
        db.execute("DROP TRIGGER posting_stays")
        db.execute("UPDATE posting SET amount_minor = 2 * amount_minor")
    said = archive.says("log", "publish")
    assert said.status == 1
    assert "no longer say what was logged of entry" in said.err


def test_where_nothing_was_published_there_is_no_checkpoint(tmp_path: Path) -> None:
    archive = an_archive(tmp_path / "my-archive", sells=False)
    assert archive.says("log", "checkpoint").status == 1
    assert verified(tmp_path / "nowhere").status == 69


@pytest.fixture
def address(copy: Path) -> Iterator[str]:
    """The copy on a web server that knows nothing of us."""

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *_: Any) -> None:
            """Says nothing."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(copy)))
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


def test_any_web_server_can_serve_the_books(address: str) -> None:
    assert verified(address).status == 0
    assert recomputed(address).status == 0
    assert recomputed(f"{address}elsewhere").status == 69


def test_a_gateway_serves_its_own_books(archive: Archive) -> None:
    gateway = Gateway(archive.folder, free_port(), free_port())
    gateway.start()
    try:
        books = f"http://127.0.0.1:{gateway.port}/_copyfair/books"
        assert verified(books).status == 0
        assert recomputed(books).status == 0
        assert gateway.ask("/_copyfair/books/gateway.yaml").status == 404
        shutil.rmtree(archive.folder / "books")
        assert gateway.ask("/_copyfair/books/checkpoint").status == 404
    finally:
        gateway.stop()
