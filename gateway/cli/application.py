"""copyfair agreement applications, answer: who asks for terms of its own."""

from __future__ import annotations

import asyncio
from typing import Any

import click

from gateway.bootstrap import opened
from gateway.cli.screen import console, counted, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import iso
from gateway.kernel.letter import Letter
from gateway.licensing.application import Application, Standing
from gateway.settings import Settings
from gateway.telemetry.legible import legible

NAME_CHARS_MAX, WISH_CHARS_MAX = 60, 200


@click.command("applications")
@click.option("--open", "only_open", is_flag=True, help="Only what awaits an answer.")
@config_option
@json_option
def applications(settings: Settings, *, only_open: bool, as_json: bool) -> None:
    """List applications for individual terms, and until when each is owed an answer.

    Where none is given in time the published tariff applies by itself: the applicant
    accepts it without you.
    """
    with opened(settings) as house:
        known = house.applications.list()
        rows = [(one, house.applications.standing(one)) for one in known]
    chosen = [
        (one, standing)
        for one, standing in rows
        if standing is Standing.OPEN or not only_open
    ]
    if as_json:
        documents = [_document(one, standing) for one, standing in chosen]
        emit("applications", {"applications": documents})
        return
    table(
        ("application", "from", "asks", "collection", "answer due", "stands"),
        [
            (
                one.id,
                legible(f"{one.name} {one.email}", chars_max=NAME_CHARS_MAX),
                legible(one.wish, chars_max=WISH_CHARS_MAX) or "–",
                one.collection,
                iso(one.due_us)[:16],
                standing.value,
            )
            for one, standing in chosen
        ],
    )
    console().print(counted(len(chosen), "application"), markup=False)


@click.command("answer")
@click.argument("application_id", metavar="APPLICATION")
@click.option("--say", "text", required=True, help="What you answer.")
@config_option
@json_option
def answer(
    settings: Settings, *, application_id: str, text: str, as_json: bool
) -> None:
    """Answer an APPLICATION for individual terms; a letter waits to be sent.

    \b
    Example:  copyfair agreement answer apn_01k9… --say "Yes: write to us for 2027."
    """
    with opened(settings) as house:
        answered = house.applications.answer(application_id, text)
        letter = Letter(
            answered.email,
            f"Your application {answered.id} / Votre demande {answered.id}",
            f"{answered.answer}\n",
            once=f"application:{answered.id}",
        )
        asyncio.run(house.mailroom.postbox.send(letter))
        standing = house.applications.standing(answered)
    if as_json:
        emit("application", _document(answered, standing))
    else:
        console().print(f"{answered.id} {standing.value}", markup=False)


def _document(one: Application, standing: Standing) -> dict[str, Any]:
    answered_us = one.answered_us
    return {
        "application_id": one.id,
        "offer_id": one.offer_id,
        "collection": one.collection,
        "tariff": one.tariff,
        "tariff_version": one.tariff_version,
        "name": one.name,
        "email": one.email,
        "wish": one.wish,
        "asked_at": iso(one.asked_us),
        "due_at": iso(one.due_us),
        "answered_at": None if answered_us is None else iso(answered_us),
        "answer": one.answer,
        "standing": standing.value,
    }
