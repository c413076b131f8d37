"""copyfair explain: what a request would get, and which line decides."""

from __future__ import annotations

import re
from ipaddress import ip_address
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.asking import (
    OWN_PAGE,
    Explained,
    explained,
    explanation_document,
)
from gateway.cli.entry import EXIT_DENIED, EXIT_NO
from gateway.cli.screen import console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.licensing.switches import Switches
from gateway.services.standing import Standing
from gateway.settings import Settings

EXITS = {
    "allow": 0,
    "meter": 0,
    "redirect": 0,
    "offer": EXIT_NO,
    "throttle": EXIT_NO,
    "identify": EXIT_NO,
    "deny": EXIT_DENIED,
}
# RFC 9110 §5.6.2: a method is a token.
TOKEN = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")


def _address(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    try:
        return str(ip_address(text))
    except ValueError:
        detail = f"an address such as 192.0.2.7 or 2001:db8::7, not {text!r}"
        raise click.BadParameter(detail) from None


def _method(_ctx: click.Context, _param: click.Parameter, text: str) -> str:
    if not TOKEN.fullmatch(text):
        detail = f"a method such as GET or HEAD, not {text!r}"
        raise click.BadParameter(detail)
    return text


@click.command()
@click.option("--url", required=True, help="What is asked for, as a reader types it.")
@click.option(
    "--method",
    default="GET",
    callback=_method,
    help="HTTP method.",
    show_default=True,
)
@click.option(
    "--ip",
    "client_ip",
    default="127.0.0.1",
    callback=_address,
    help="From which address.",
    show_default=True,
)
@click.option(
    "--header",
    "fields",
    multiple=True,
    metavar="'NAME: VALUE'",
    help="A field of the request; may be repeated.",
)
@click.option("--token", default="", help="A key or licence token.")
@config_option
@json_option
def explain(settings: Settings, *, as_json: bool, **told: Any) -> int:
    """Say what the gateway would answer with both switches on, and why.

    The same code answers live requests; nothing is consumed. Both switches of the
    set-up are shown, because they decide how much of the answer acts.

    \b
    Exit status: 0 allow, meter, redirect · 1 offer, throttle, identify · 3 deny
    Example:
      copyfair explain --url https://archive.example/registers/1742 \\
          --header 'User-Agent: GPTBot/1.2' --config my-archive/gateway.yaml
    """
    with opened(settings) as house:
        answer = explained(house, **told)
    if as_json:
        emit("explain", explanation_document(answer, settings.switches))
    else:
        _print(answer, settings.switches)
    return EXITS[answer.word]


def _print(answer: Explained, switches: Switches) -> None:
    told = explanation_document(answer, switches)
    whose = "gateway" if answer.decision == OWN_PAGE else "upstream"
    status = told["status"] or f"the {whose} answers"
    console().print(f"{told['decision']}  {told['rule']}  ({status})", markup=False)
    place = f"{told['file']}:{told['line']}" if told["file"] else "the gateway itself"
    console().print(f"  because {told['reason']}", markup=False)
    console().print(f"  at {place}\n", markup=False)
    if told["facts"]:
        table(
            ("fact", "value", "how well known", "source"),
            [tuple(one.values()) for one in told["facts"]],
        )
        console().print()
    if answer.answer.evidence:
        table(
            ("evidence", "says", "weight", "because"),
            [
                (piece.signal, piece.word.value, str(piece.weight), piece.because)
                for piece in answer.answer.evidence
            ],
        )
        console().print()
    for name in ("class", "collection", "budget"):
        console().print(f"{name}: {told[name] or 'none'}", markup=False)
    console().print(f"lane: {_lane(answer.standing)}", markup=False)
    console().print(f"duties: {', '.join(told['duties']) or 'none'}", markup=False)
    console().print(
        f"switches: protect {switches.protect.value}, licence "
        f"{switches.licence_mode.word} (the answer above is with both on)",
        markup=False,
    )


def _lane(standing: Standing | None) -> str:
    """Before which lane it would stand, as people read it."""
    if standing is None:
        return "none; nobody waits for this page"
    room = f" ({standing.room})" if standing.room else ""
    return (
        f"{standing.page_class}{room}, as {standing.rank}; {standing.places} such pages"
        f" at once in a gateway just started; waits {standing.patience_s} s at most"
    )
