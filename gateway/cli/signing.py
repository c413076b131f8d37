"""copyfair key token, copyfair key ring: licence tokens and the keys that sign them."""

from __future__ import annotations

import click

from gateway.bootstrap import SystemClock, opened
from gateway.bootstrap.door import tokens_of
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.credentials.key_ring import (
    KeyRing,
    load_key_ring,
    make_signing_key,
    retire_signing_key,
)
from gateway.settings import Settings

HOUR_S = 3_600


@click.command()
@click.argument("key_id", metavar="KEY_ID")
@click.option(
    "--hours",
    type=click.IntRange(1, 744),
    default=24,
    help="How long it holds.",
    show_default=True,
)
@click.option("--agreement", "agreement_id", default="", help="Under which agreement.")
@config_option
@json_option
def token(
    settings: Settings, *, key_id: str, hours: int, agreement_id: str, as_json: bool
) -> None:
    """Issue a licence token (a signed JWT) for the holder of a key.

    It ends by itself, or with the key. Shown once.

    \b
    Example:  copyfair key token key_01k9… --hours 12
    """
    with opened(settings) as house:
        held = house.keys.show(key_id)
        issued = tokens_of(house).issue(
            held.party_id, held.id, lifetime_s=hours * HOUR_S, agreement_id=agreement_id
        )
    if as_json:
        document = {"token": issued.reveal(), "key_id": held.id, "hours": hours}
        emit("licence-token", document)
    else:
        console().print(issued.reveal(), markup=False, soft_wrap=True)


@click.group()
def ring() -> None:
    """The signing keys: the newest signs, older ones still verify."""


@ring.command("list")
@config_option
@json_option
def list_(settings: Settings, *, as_json: bool) -> None:
    """List the signing keys by their thumbprint, newest first."""
    _report(load_key_ring(settings.keys_folder), as_json=as_json)


@ring.command()
@config_option
@json_option
def rotate(settings: Settings, *, as_json: bool) -> None:
    """Make a new signing key; tokens of the older ones hold until they end."""
    now_us = SystemClock().now_us()
    made = make_signing_key(settings.keys_folder, now_us=now_us)
    _report(made, as_json=as_json)


# A thumbprint may begin with a dash and is no option then.
@ring.command(context_settings={"ignore_unknown_options": True})
@click.argument("thumbprint")
@config_option
@json_option
def retire(settings: Settings, *, thumbprint: str, as_json: bool) -> None:
    """Remove an older signing key; tokens it signed no longer hold."""
    left = retire_signing_key(settings.keys_folder, thumbprint)
    _report(left, as_json=as_json)


def _report(keys: KeyRing, *, as_json: bool) -> None:
    if as_json:
        emit("key-ring", {"signs": keys.current.id, "jwks": keys.jwks()})
        return
    table(
        ("thumbprint", "does"),
        [
            (one.id, "signs" if one.id == keys.current.id else "verifies")
            for one in reversed(keys.keys)
        ],
    )
