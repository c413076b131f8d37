"""copyfair statement: what a customer can hold against us, a month at a time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.amounts import spelled_bytes
from gateway.cli.entry import EXIT_NO
from gateway.cli.key_set import key_set_at
from gateway.cli.screen import (
    complain,
    console,
    counted,
    emit,
    json_option,
    say,
    table,
)
from gateway.cli.setup import config_option
from gateway.credentials.signed_bytes import Unproven
from gateway.credentials.signed_statement import (
    STATEMENT_LETTERS_MAX,
    Proven,
    proven_by,
)
from gateway.kernel.errors import InvalidValue
from gateway.kernel.period import parse_period
from gateway.metering.usage_statement import UsageStatement
from gateway.services.usage_statements import Due
from gateway.settings import Settings

FILE = click.Path(path_type=Path, exists=True, dir_okay=False)
OUT = click.Path(path_type=Path, dir_okay=False)
WORDS = {
    Unproven.MALFORMED.value: "it is no statement of ours",
    Unproven.KEY_UNKNOWN.value: "it was signed with another key than those given",
    Unproven.CHANGED.value: "it was changed after it was signed",
}


@click.group()
def statement() -> None:
    """Signed statements of what was taken, one a month."""


@statement.command()
@click.option("--period", default="", help="A month that is over (2026-11).")
@click.option("--due", "is_due", is_flag=True, help="All that the last year lacks.")
@click.option("--agreement", "agreement_id", default="", help="Only this agreement.")
@config_option
@json_option
def issue(
    settings: Settings, *, period: str, is_due: bool, agreement_id: str, as_json: bool
) -> int:
    """Issue the statements of a month; again, it is the same bytes.

    One for each agreement under which something was taken. What was recorded after a
    statement was issued goes on a supplement. A running gateway does the same as --due
    once a day. Where one cannot be issued it is named, and the others are.

    \b
    Exit status: 0 fine · 1 one could not be issued
    Example:  copyfair statement issue --period 2026-11
    """
    if is_due == bool(period) or (is_due and agreement_id):
        raise InvalidValue("say --period, with an --agreement or without; or --due")
    span = None if is_due else parse_period(period)
    with opened(settings) as house:
        desk = house.usage_statements
        if span is None:
            due = desk.issue_due()
        elif agreement_id:
            due = Due(desk.issue(span, agreement_id=agreement_id))
        else:
            due = desk.issue_all(span)
    for one in due.failed:
        complain(f"{one.agreement_id}, {one.period}: not issued; {one.reason}")
    if as_json:
        listed = [{**one.statement.told(), "new": one.is_new} for one in due.issued]
        missing = [
            {
                "agreement_id": one.agreement_id,
                "period": str(one.period),
                "reason": one.reason,
            }
            for one in due.failed
        ]
        told = {"period": str(span) if span else None, "statements": listed}
        emit("statements-issued", {**told, "failed": missing})
    else:
        _listed([one.statement for one in due.issued])
    return EXIT_NO if due.failed else 0


@statement.command("list")
@click.option("--agreement", "agreement_id", default="", help="Only this agreement.")
@config_option
@json_option
def list_(settings: Settings, *, agreement_id: str, as_json: bool) -> None:
    """List every statement that was issued."""
    with opened(settings) as house:
        found = house.usage_statements.list(agreement_id=agreement_id)
    if as_json:
        emit("statements", {"statements": [one.told() for one in found]})
        return
    _listed(found)


@statement.command()
@click.argument("statement_id", metavar="STATEMENT_ID")
@click.option("--jws", "as_jws", is_flag=True, help="The signed bytes themselves.")
@click.option("--out", type=OUT, help="Write the signed bytes to this file.")
@config_option
@json_option
def show(
    settings: Settings,
    *,
    statement_id: str,
    as_jws: bool,
    out: Path | None,
    as_json: bool,
) -> None:
    """Show what a statement says, or hand out the signed bytes.

    \b
    Example:  copyfair statement show stm_01k9… --out november.jws
    """
    with opened(settings) as house:
        found = house.usage_statements.find(statement_id)
        keys = house.jwks()
    if out is not None:
        out.write_text(found.jws, encoding="ascii")
        say(f"{out}: {len(found.jws)} bytes")
    elif as_jws:
        click.echo(found.jws, nl=False)
    else:
        said = _said(found.jws, keys)
        if as_json:
            emit("statement", {**found.told(), "statement": said})
        else:
            _shown(said)


@statement.command()
@click.argument("file", type=FILE)
@click.option(
    "--key", "place", required=True, help="The archive's key set: a file or a URL."
)
@json_option
def verify(file: Path, *, place: str, as_json: bool) -> int:
    """Check a statement offline: did the holder of a key say this, word for word?

    The key set is what the archive's `/_copyfair/keys` gives, and its
    `copyfair key ring list --json` prints.

    \b
    Exit status: 0 it did · 1 it did not · 2 unreadable file · 69 no key to be had
    Example:     copyfair statement verify november.jws --key keys.json
    """
    found = proven_by(_text(file), key_set_at(place))
    is_proven = isinstance(found, Proven)
    if as_json:
        told = {
            "file": file.name,
            "ok": is_proven,
            "reason": "" if isinstance(found, Proven) else found.value,
            "key": found.key_id if isinstance(found, Proven) else "",
            "statement": _read(found.content) if isinstance(found, Proven) else None,
        }
        emit("statement-verify", told)
    elif isinstance(found, Proven):
        _shown(_read(found.content))
        console().print(f"as it was signed by key {found.key_id}", markup=False)
    else:
        complain(f"{file} is not proven: {WORDS[found.value]}")
    return 0 if is_proven else EXIT_NO


def _text(file: Path) -> str:
    with file.open("rb") as stream:
        content = stream.read(STATEMENT_LETTERS_MAX + 1)
    return content.decode("ascii", "replace").strip()


def _said(jws: str, keys: Any) -> Any:
    """What a statement of our own says.

    Raises:
        InvalidValue: none of the keys of this set-up signed it.
    """
    found = proven_by(jws, keys)
    if not isinstance(found, Proven):
        detail = (
            f"no key of this set-up proves it ({found.value}); a retired key's public"
            " half still does: `copyfair statement verify`"
        )
        raise InvalidValue(detail)
    return _read(found.content)


def _read(content: bytes) -> Any:
    return json.loads(content)


def _listed(found: Sequence[UsageStatement]) -> None:
    table(
        ("statement", "agreement", "period", "number", "events", "bytes", "sha256"),
        [
            (
                one.id,
                one.window.agreement_id,
                one.window.period,
                one.number,
                one.events,
                spelled_bytes(one.body_bytes),
                one.sha256[:16],
            )
            for one in found
        ],
    )


def _shown(said: Any) -> None:
    """A statement for people: what was taken on which terms, and what is not known."""
    out = console()
    period, agreement = said["period"], said["agreement"]
    out.print(
        f"{said['issuer']}  {period['from'][:10]} to {period['until'][:10]}"
        f"  number {said['number']}",
        markup=False,
    )
    out.print(f"agreement {agreement['agreement_id']}", markup=False)
    out.print(f"terms     {agreement['terms_sha256'] or '–'}", markup=False)
    out.print()
    table(
        ("collection", "licence", "basis", "use", "responses", "bytes", "again"),
        [
            (
                each["collection"],
                each["licence"] or "–",
                each["basis"] or "–",
                each["use"],
                each["events"],
                spelled_bytes(each["bytes"]),
                each["repeats"],
            )
            for each in said["by"]
        ],
    )
    usage = said["usage"]
    out.print()
    out.print(
        f"in all    {counted(usage['events'], 'response')},"
        f" {usage['bytes']} bytes; {usage['counted_bytes']} bytes in"
        f" {counted(usage['counted_requests'], 'response')} count for the terms",
        markup=False,
    )
    heartbeat, without = said["heartbeat"], said["without_event"]
    out.print(
        f"objects   {said['objects']['versions']} versions,"
        f" sha256 {said['objects']['sha256']}",
        markup=False,
    )
    out.print(
        f"silent    {heartbeat['hours_silent']} of {heartbeat['hours']} hours;"
        " nothing was heard then, which is not the same as nothing taken",
        markup=False,
    )
    out.print(
        f"orphaned  {without['orphaned']} requests; they count for nothing",
        markup=False,
    )
    out.print(said["warranty"], markup=False)
