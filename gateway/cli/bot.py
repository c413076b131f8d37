"""copyfair bot: is a signed request from whom it says?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import click

from gateway.bootstrap.chance import SystemClock
from gateway.classification.testimony import Outcome
from gateway.cli.entry import EXIT_NO, EXIT_UNREACHABLE
from gateway.cli.screen import console, emit, json_option
from gateway.credentials.signature_agent import EVERY, Profile
from gateway.credentials.signed_request import checked
from gateway.kernel.clock import US_PER_S
from gateway.kernel.errors import InvalidValue

EXITS = {
    Outcome.VERIFIED: 0,
    Outcome.INVALID: EXIT_NO,
    Outcome.UNVERIFIED: EXIT_UNREACHABLE,
}
FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
FILE_BYTES_MAX = 1_048_576


@click.group()
def bot() -> None:
    """Check what signed requests prove (Web Bot Auth, RFC 9421)."""


@bot.command()
@click.option("--request", "request", type=FILE, required=True, help="A request.")
@click.option("--directory", type=FILE, required=True, help="The signer's keys.")
@click.option("--now", type=int, metavar="T", help="Seconds since 1970; else now.")
@click.option(
    "--profile",
    "profiles",
    type=click.Choice([profile.value for profile in Profile]),
    multiple=True,
    help="Only this draft's Signature-Agent; may be repeated. Every one without.",
)
@json_option
def verify(
    request: Path,
    directory: Path,
    *,
    now: int | None,
    profiles: tuple[str, ...],
    as_json: bool,
) -> int:
    """Check a signed request offline; nothing is fetched.

    The request is {"method", "url", "headers", "body"}; the directory a key set
    {"keys": […]}, with "url" beside it where it stands for one address only.

    \b
    Exit status: 0 verified · 1 invalid · 2 unreadable file · 69 unverified
    Example:
      copyfair bot verify --request request.json --directory directory.json
    """
    found = checked(
        _document(request),
        _document(directory),
        now_s=SystemClock().now_us() // US_PER_S if now is None else now,
        profiles=frozenset(Profile(word) for word in profiles) or EVERY,
    )
    told = {
        "outcome": found.outcome.value,
        "reason": found.reason,
        "detail": found.detail,
        "identity": found.identity,
        "keyid": found.keyid,
    }
    if as_json:
        emit("bot-verify", told)
    else:
        console().print(f"{found.outcome.value}  {found.reason}", markup=False)
        console().print(f"  {found.detail}", markup=False)
        if found.identity:
            console().print(f"  signed for {found.identity}", markup=False)
    return EXITS[found.outcome]


def _document(file: Path) -> Any:
    with file.open("rb") as opened:
        raw = opened.read(FILE_BYTES_MAX + 1)
    if len(raw) > FILE_BYTES_MAX:
        detail = f"{file} is longer than {FILE_BYTES_MAX} bytes"
        raise InvalidValue(detail)
    try:
        return json.loads(raw)
    except (ValueError, RecursionError) as error:
        detail = f"{file} is not JSON: {error}"
        raise InvalidValue(detail) from None
