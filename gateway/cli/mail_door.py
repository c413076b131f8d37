"""copyfair doctor: whether letters and events get out."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

from gateway.bootstrap import opened
from gateway.bootstrap.house import store_file
from gateway.cli.finding import Found
from gateway.cli.screen import counted
from gateway.kernel.clock import iso
from gateway.kernel.errors import GatewayError
from gateway.kernel.outgoing import Waiting, Way
from gateway.mail.smtp import SmtpPostbox
from gateway.settings import Settings


def mail_door(settings: Settings) -> Iterator[Found]:
    """The mail server lets us in, and nothing waits for long."""
    place = store_file(settings)
    if place is not None and not place.exists():
        return
    try:
        with opened(settings) as house:
            standing = {each.way: each for each in house.mailroom.outbox.standing()}
            if settings.mail is not None:
                postbox = SmtpPostbox(settings.mail, clock=house.clock)
                yield _server(settings, postbox)
    except GatewayError as fault:
        yield Found("outbox", "fault", fault.detail)
        return
    for way in Way:
        if way in standing:
            yield _left(standing[way], has_mail=settings.mail is not None)


def _server(settings: Settings, postbox: SmtpPostbox) -> Found:
    told = settings.mail
    where = f"{told.host}:{told.port}" if told else ""
    try:
        asyncio.run(postbox.probe())
    except GatewayError as fault:
        said = f"{where}: {fault.detail}; letters wait in the outbox until it does"
        return Found("mail", "fault", said)
    return Found("mail", "ok", f"{where} lets us in")


def _left(one: Waiting, *, has_mail: bool) -> Found:
    noun = "letter" if one.way is Way.MAIL else "event"
    said = f"{counted(one.waiting, noun)} waiting, {one.dead} given up"
    if one.waiting:
        said += f", the oldest since {iso(one.oldest_us)}"
    if one.way is Way.MAIL and one.waiting and not has_mail:
        return Found("outbox", "fault", f"{said}; name a server under `mail`")
    if one.answer:
        return Found("outbox", "note", f"{said} ({one.answer})")
    return Found("outbox", "note" if one.dead else "ok", said)
