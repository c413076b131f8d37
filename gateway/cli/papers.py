"""copyfair invoice pdf, xml, verify: documents as written, and their proof."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import click

from gateway.billing.paper import Rendition
from gateway.bootstrap import opened
from gateway.bootstrap.pressing import carried_by, number_in
from gateway.cli.entry import EXIT_NO
from gateway.cli.key_set import key_set_at
from gateway.cli.screen import complain, console, emit, json_option, say
from gateway.cli.setup import config_option
from gateway.credentials.signed_bytes import Unproven, signed_by
from gateway.kernel.errors import InvalidValue, NotFound
from gateway.settings import Settings

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
OUT = click.Path(path_type=Path, dir_okay=False)
PDF_BYTES_MAX = 32 * 1_048_576
DATA, SIGNATURE = "factur-x.xml", "factur-x.xml.jws"
NOTHING_SOLD = "nothing is sold here (`seller: none`), so there is no such document"
WORDS = {
    "no-data": "it carries no factur-x.xml",
    "no-signature": "its data is not signed",
    Unproven.MALFORMED.value: "its signature is none of ours",
    Unproven.KEY_UNKNOWN.value: "it was signed with another key than those given",
    Unproven.CHANGED.value: "its data was changed after it was signed",
    Unproven.SWAPPED.value: "its signature belongs to another document",
}

out_option = click.option(
    "--out", type=OUT, help="Write to this file, not to standard output."
)


@click.command()
@click.argument("number", metavar="NUMBER")
@out_option
@config_option
def pdf(settings: Settings, *, number: str, out: Path | None) -> None:
    """Write an issued document's PDF, byte for byte as it was made.

    Factur-X: PDF/A-3 with the data attached. NUMBER is an invoice's or a credit note's.

    \b
    Example:  copyfair invoice pdf INV-2026-0001 --out invoice.pdf
    """
    content = _papers(settings, number).pdf
    if out is None and sys.stdout.isatty():
        raise click.UsageError("a PDF is nothing for a terminal; say --out FILE")
    _write(content, out)


@click.command()
@click.argument("number", metavar="NUMBER")
@click.option("--ubl", "as_ubl", is_flag=True, help="UBL 2.1 instead of CII.")
@out_option
@config_option
def xml(settings: Settings, *, number: str, as_ubl: bool, out: Path | None) -> None:
    """Write an issued document's data, byte for byte as it was made.

    Cross Industry Invoice in the profile EN 16931, the same that is in the PDF; or UBL.

    \b
    Example:  copyfair invoice xml INV-2026-0001 --ubl --out invoice.xml
    """
    papers = _papers(settings, number)
    _write(papers.ubl if as_ubl else papers.cii, out)


@click.command()
@click.argument("file", type=FILE)
@click.option(
    "--key", "place", required=True, help="The seller's key set: a file or a URL."
)
@json_option
def verify(file: Path, *, place: str, as_json: bool) -> int:
    """Check a PDF offline: did the holder of a key write the data in it?

    What is proven is the attached data, which bookkeeping reads; not how the page
    looks. The key set is what the seller's `copyfair key ring list --json` prints.

    \b
    Exit status: 0 it did · 1 it did not · 2 unreadable file · 69 no key to be had
    Example:     copyfair invoice verify invoice.pdf --key keys.json
    """
    outcome, key = _outcome(_bounded(file), key_set_at(place))
    if as_json:
        told = {"file": file.name, "ok": not outcome, "reason": outcome, "key": key}
        emit("invoice-verify", told)
    elif outcome:
        complain(f"{file} is not proven: {WORDS[outcome]}")
    else:
        console().print(f"{file.name} holds", markup=False)
        console().print(f"  its data is as it was signed by key {key}", markup=False)
    return EXIT_NO if outcome else 0


def _outcome(content: bytes, keys: Any) -> tuple[str, str]:
    """Why the data is not proven, or an empty reason and the key that signed it."""
    carried = carried_by(content)
    if DATA not in carried:
        return "no-data", ""
    if SIGNATURE not in carried:
        return "no-signature", ""
    signature = carried[SIGNATURE].decode("ascii", "replace").strip()
    data = carried[DATA]
    found = signed_by(data, signature, keys, about=number_in(data))
    return (found.value, "") if isinstance(found, Unproven) else ("", found)


def _papers(settings: Settings, number: str) -> Rendition:
    with opened(settings) as house:
        try:
            return house.invoices.papers(number)
        except NotFound:
            if settings.invoicing.seller == "none":
                raise NotFound(NOTHING_SOLD) from None
            raise


def _write(content: bytes, out: Path | None) -> None:
    if out is None:
        click.echo(content, nl=False)
        return
    out.write_bytes(content)
    say(f"{out}: {len(content)} bytes")


def _bounded(file: Path) -> bytes:
    with file.open("rb") as stream:
        content = stream.read(PDF_BYTES_MAX + 1)
    if len(content) > PDF_BYTES_MAX:
        detail = f"{file} is longer than {PDF_BYTES_MAX} bytes"
        raise InvalidValue(detail)
    return content
