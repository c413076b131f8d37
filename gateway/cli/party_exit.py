"""copyfair party export and leave: take everything along, and close the books."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import click

from gateway.billing.canonical import canonical_json
from gateway.bootstrap import opened
from gateway.bootstrap.party_desk import export_of, leaving_of
from gateway.cli.screen import console, counted, emit, json_option, say, table
from gateway.cli.setup import config_option
from gateway.services.leaving import Left, OpenItem
from gateway.services.party_export import File
from gateway.settings import Settings

FOLDER = click.Path(path_type=Path, file_okay=False)


@click.command()
@click.argument("reference", metavar="PARTY")
@click.option(
    "--folder", type=FOLDER, help="Write the document and every file into this folder."
)
@config_option
def export(settings: Settings, *, reference: str, folder: Path | None) -> None:
    """Give everything we hold about a party, as one JSON document.

    What it is with its evidence, its keys without their secrets, agreements with the
    offers they rest on, what it used, was sent, gave, wrote and got. Letters,
    applications and appeals lie under an e-mail address: they are in it once it is
    proven that the address is theirs. With `--folder` also usage event by event,
    signed statements, and papers byte for byte.

    \b
    Example:
      copyfair party export Mapworks --folder mapworks --config my-archive/gateway.yaml
    """
    with opened(settings) as house:
        desk = export_of(house)
        sells = settings.invoicing.seller != "none"
        document = desk.document(reference, sells=sells)
        document.pop("schema", None)
        if folder is None:
            emit("party-export", document)
            _warn(document)
            return
        written = _write(folder, desk.files(reference))
    folder.joinpath("party.json").write_text(
        canonical_json({"schema": "copyfair/party-export/1", **document}) + "\n",
        encoding="utf-8",
    )
    say(f"{folder}: {counted(written + 1, 'file')}")
    _warn(document)


@click.command()
@click.argument("reference", metavar="PARTY")
@config_option
@json_option
def leave(settings: Settings, *, reference: str, as_json: bool) -> int:
    """Let a party go: keys, agreements and webhooks end, and its books are closed.

    What was paid ahead and nothing can draw any more becomes a payout due. What cannot
    be closed today is named with what closes it; leave again then. Nothing is erased
    (`party erase` does that), and coming back takes a new agreement and a key.

    \b
    Exit status: 0 the books are closed · 1 something is still open, and named
    Example:     copyfair party leave Mapworks --config my-archive/gateway.yaml
    """
    with opened(settings) as house, house.together() as within:
        left = leaving_of(within).leave(reference)
    if as_json:
        emit("party-left", _document(left))
    else:
        _show(left)
    return 0 if left.is_closed else 1


def _warn(document: dict[str, Any]) -> None:
    if document["address_is_proven"] is False:
        say(
            "left out: what was written to and from its e-mail address, which nobody"
            " proved is theirs; `party set PARTY email=…` says that you know"
        )


def _write(folder: Path, files: Iterable[File]) -> int:
    written = 0
    for file in files:
        place = folder.joinpath(file.path)
        place.parent.mkdir(parents=True, exist_ok=True)
        with place.open("wb") as stream:
            stream.writelines(file.pieces())
        written += 1
    folder.mkdir(parents=True, exist_ok=True)
    return written


def _show(left: Left) -> None:
    console().print(f"{left.party.name} left", markup=False)
    table(
        ("what ended", "how many"),
        [
            ("keys", left.keys_revoked),
            ("agreements", len(left.agreements_ended)),
            ("webhooks", left.webhooks_ended),
        ],
    )
    for agreement_id, amount in left.returned:
        said = f"{amount} paid ahead under {agreement_id} is to be sent back"
        console().print(said, markup=False)
    if left.open_items:
        table(
            ("still open", "which", "amount", "what closes it"),
            [
                (one.what, one.ref, one.amount or "", one.remedy)
                for one in left.open_items
            ],
        )
    console().print("closed: nothing is open" if left.is_closed else "not closed")


def _document(left: Left) -> dict[str, Any]:
    return {
        "party_id": left.party.id,
        "closed": left.is_closed,
        "keys_revoked": left.keys_revoked,
        "agreements_ended": list(left.agreements_ended),
        "webhooks_ended": left.webhooks_ended,
        "returned": [
            {
                "agreement_id": agreement_id,
                "amount_minor": amount.minor,
                "currency": amount.currency,
            }
            for agreement_id, amount in left.returned
        ],
        "open": [_open(one) for one in left.open_items],
    }


def _open(one: OpenItem) -> dict[str, Any]:
    return {
        "what": one.what,
        "ref": one.ref,
        "amount_minor": one.amount.minor if one.amount else None,
        "currency": one.amount.currency if one.amount else None,
        "remedy": one.remedy,
    }
