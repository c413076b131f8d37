"""copyfair key: API keys, shown once."""

from __future__ import annotations

from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.cap import key_cap
from gateway.cli.names import names_of
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.cli.signing import ring, token
from gateway.identity.api_key import ApiKey
from gateway.kernel.clock import iso
from gateway.services.keys import IssuedKey
from gateway.settings import Settings

HOUR_S = 3_600


@click.group()
def key() -> None:
    """Keys with which a party shows who it is; a key proves who, never what."""


@key.command("issue")
@click.option("--party", "reference", required=True, help="The party's id or name.")
@click.option(
    "--create",
    is_flag=True,
    help="Make the party (a vouched company with a test agreement) and a test key.",
)
@click.option("--label", default="", help="What the key is for.")
@config_option
@json_option
def issue(settings: Settings, *, reference: str, as_json: bool, **told: Any) -> None:
    """Issue a key for a party. It is shown once; we keep only a keyed hash.

    \b
    Examples:
      copyfair key issue --party "Mapworks" --create     # try it out, never invoiced
      copyfair key issue --party pty_01k9… --label crawler-1
    """
    with opened(settings) as house:
        if told["create"]:
            issued = house.issue_test_key(reference, label=told["label"])
        else:
            known = house.parties.show(reference)
            issued = house.keys.issue(known.id, label=told["label"])
    _issued(issued, as_json=as_json)


@key.command("list")
@click.option("--party", "reference", default="", help="Only this party's.")
@config_option
@json_option
def list_(settings: Settings, *, reference: str, as_json: bool) -> None:
    """List keys; never the secrets, which nobody has."""
    with opened(settings) as house:
        party_id = house.parties.show(reference).id if reference else ""
        keys = house.keys.list(party_id)
        names = names_of(house)
    if as_json:
        emit("keys", {"keys": [_document(one) for one in keys]})
        return
    table(
        ("key", "party", "fingerprint", "label", "state"),
        [
            (
                one.id,
                names.get(one.party_id, one.party_id),
                one.fingerprint,
                "–" if one.label == one.id else one.label,
                _state(one),
            )
            for one in keys
        ],
    )


@key.command("rotate")
@click.argument("key_id", metavar="KEY_ID")
@click.option(
    "--overlap-hours",
    type=click.IntRange(0, 720),
    default=168,
    help="How long the old key still holds.",
    show_default=True,
)
@config_option
@json_option
def rotate(
    settings: Settings, *, key_id: str, overlap_hours: int, as_json: bool
) -> None:
    """Replace a key; the old one holds for the overlap and no longer."""
    with opened(settings) as house, house.together() as within:
        issued = within.keys.rotate(key_id, overlap_s=overlap_hours * HOUR_S)
        agreements = within.agreements.list(issued.key.party_id)
        within.caps.hand_on([one.id for one in agreements], key_id, issued.key.id)
    _issued(issued, as_json=as_json)


@key.command("revoke")
@click.argument("key_id", metavar="KEY_ID")
@config_option
@json_option
def revoke(settings: Settings, *, key_id: str, as_json: bool) -> None:
    """End a key for good; a running gateway follows within a second."""
    with opened(settings) as house:
        revoked = house.keys.revoke(key_id)
    if as_json:
        emit("key", _document(revoked))
    else:
        console().print(f"revoked {revoked.id}", markup=False)


key.add_command(key_cap)
key.add_command(token)
key.add_command(ring)


def _state(one: ApiKey) -> str:
    if one.revoked_us is not None:
        return f"revoked {iso(one.revoked_us)[:10]}"
    if one.expires_us is not None:
        return f"until {iso(one.expires_us)[:10]}"
    return "in use"


def _document(one: ApiKey) -> dict[str, Any]:
    return {
        "key_id": one.id,
        "party_id": one.party_id,
        "fingerprint": one.fingerprint,
        "label": one.label,
        "test": one.is_test,
        "created_at": iso(one.created_us),
        "expires_at": None if one.expires_us is None else iso(one.expires_us),
        "revoked_at": None if one.revoked_us is None else iso(one.revoked_us),
    }


def _issued(issued: IssuedKey, *, as_json: bool) -> None:
    secret = issued.secret.reveal()
    if as_json:
        emit("key-issued", {"key": secret, **_document(issued.key)})
        return
    console().print(secret, markup=False)
    console().print(
        f"{issued.key.id} of {issued.key.party_id}; shown this once, keep it now.",
        markup=False,
    )
