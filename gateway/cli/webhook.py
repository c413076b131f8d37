"""copyfair webhook: who is told what happens, and where."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.bootstrap.house import House
from gateway.bootstrap.notifying import courier_of, posting_of
from gateway.cli.screen import console, counted, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.fetch.pinned import Refused, assert_may_ask
from gateway.identity.webhook import Webhook
from gateway.kernel.clock import iso
from gateway.kernel.errors import InvalidValue
from gateway.kernel.outgoing import Outgoing
from gateway.settings import Settings
from gateway.telemetry.legible import legible

URL_CHARS_MAX = 2_000
LOOKS_MAX, LOOK_EVERY_S = 40, 0.5


@click.group()
def webhook() -> None:
    """Webhooks: signed events for a party's own systems."""


@webhook.command("set")
@click.option("--party", "reference", required=True, help="The party's id or name.")
@click.argument("url")
@config_option
@json_option
def set_(settings: Settings, *, reference: str, url: str, as_json: bool) -> None:
    """Tell a party at URL from now on. The secret is shown once.

    \b
    Example:  copyfair webhook set --party Mapworks https://mapworks.example/hooks
    """
    _assert_may_be_asked(url, allows_loopback=settings.evidence.loopback)
    with opened(settings) as house:
        made = house.mailroom.webhooks.set(reference, url)
    if as_json:
        secret = made.secret.reveal()
        emit("webhook-set", {**_document(made.webhook), "secret": secret})
        return
    console().print(made.secret.reveal(), markup=False)
    console().print(
        f"{made.webhook.id}; the secret is shown this once, keep it now.", markup=False
    )


@webhook.command("list")
@click.option("--party", "reference", default="", help="Only this party's.")
@config_option
@json_option
def list_(settings: Settings, *, reference: str, as_json: bool) -> None:
    """List webhooks that hold."""
    with opened(settings) as house:
        found = house.mailroom.webhooks.list(reference)
    if as_json:
        emit("webhooks", {"webhooks": [_document(one) for one in found]})
        return
    table(
        ("webhook", "party", "address", "since"),
        [
            (one.id, one.party_id, legible(one.url, chars_max=200), iso(one.made_us))
            for one in found
        ],
    )


@webhook.command("end")
@click.argument("webhook_id", metavar="WEBHOOK")
@config_option
@json_option
def end(settings: Settings, *, webhook_id: str, as_json: bool) -> None:
    """Tell nothing at a WEBHOOK any more; what waits for it is given up."""
    with opened(settings) as house:
        ended = house.mailroom.webhooks.end(webhook_id)
    if as_json:
        emit("webhook", _document(ended))
    else:
        console().print(f"ended {ended.id}", markup=False)


@webhook.command("test")
@click.argument("webhook_id", metavar="WEBHOOK")
@config_option
@json_option
@click.pass_context
def test(
    context: click.Context, settings: Settings, *, webhook_id: str, as_json: bool
) -> None:
    """Send a test event to a WEBHOOK now. Exit 1 if it is not taken."""
    with opened(settings) as house:
        met = asyncio.run(_tested(house, webhook_id))
    if as_json:
        emit("webhook-delivery", _delivery(met))
    else:
        console().print(f"{met.id} {met.state.value} {met.answer}", markup=False)
    if met.state.value != "delivered":
        context.exit(1)


@webhook.command("deliveries")
@click.argument("webhook_id", metavar="WEBHOOK")
@config_option
@json_option
def deliveries(settings: Settings, *, webhook_id: str, as_json: bool) -> None:
    """List what went to a WEBHOOK or waits for it, newest first."""
    with opened(settings) as house:
        found = house.mailroom.webhooks.deliveries(webhook_id)
    if as_json:
        rows = [_delivery(one) for one in found]
        emit("webhook-deliveries", {"deliveries": rows})
        return
    table(
        ("message", "type", "made", "tries", "state", "answer"),
        [
            (
                one.id,
                one.subject,
                iso(one.made_us),
                one.tries,
                one.state.value,
                one.answer,
            )
            for one in found
        ],
    )
    console().print(counted(len(found), "message"), markup=False)


async def _tested(house: House, webhook_id: str) -> Outgoing:
    """Carry a test event out, or wait for the gateway that was quicker."""
    webhooks, posting = house.mailroom.webhooks, posting_of(house)
    met = webhooks.test_event(webhook_id)
    try:
        await courier_of(house, posting).carry(met)
    finally:
        await posting.close()
    for _ in range(LOOKS_MAX):
        met = next(one for one in webhooks.deliveries(webhook_id) if one.id == met.id)
        if met.answer:
            break
        await asyncio.sleep(LOOK_EVERY_S)
    return met


def _assert_may_be_asked(url: str, *, allows_loopback: bool) -> None:
    try:
        assert_may_ask(url, allows_loopback=allows_loopback)
    except Refused:
        is_short = False
    else:
        is_short = len(url) <= URL_CHARS_MAX and url.isprintable()
    if not is_short:
        detail = "a webhook is an https address on the public internet, port 443"
        raise InvalidValue(detail)


def _document(one: Webhook) -> dict[str, Any]:
    return {
        "webhook_id": one.id,
        "party_id": one.party_id,
        "url": one.url,
        "created_at": iso(one.made_us),
        "ended_at": None if one.ended_us is None else iso(one.ended_us),
    }


def _delivery(one: Outgoing) -> dict[str, Any]:
    return {
        "message_id": one.id,
        "type": one.subject,
        "created_at": iso(one.made_us),
        "tries": one.tries,
        "state": one.state.value,
        "answer": one.answer,
        "next_at": iso(one.next_us) if one.state.value == "waiting" else None,
    }
