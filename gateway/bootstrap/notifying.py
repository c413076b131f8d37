"""Notices, with a real mail server and real receivers; and the watch over caps."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from gateway.bootstrap.beside import Work
from gateway.bootstrap.house import House
from gateway.bootstrap.lasting import lasting
from gateway.bootstrap.plant import Plant
from gateway.credentials.webhook_signature import signature_fields
from gateway.fetch.pinned import Refused
from gateway.fetch.posting import Posting
from gateway.kernel.clock import NS_PER_S, US_PER_DAY, US_PER_S
from gateway.kernel.errors import GatewayError, InvalidValue, Unavailable
from gateway.kernel.letter import Letter
from gateway.kernel.outgoing import Outgoing, State, Way
from gateway.mail.smtp import SmtpPostbox
from gateway.services.cap_watch import CapWatch, Notices
from gateway.services.caps import Caps
from gateway.services.outbox import Courier, Sender, Tried

TICK_S = 1.0
LOOK_EVERY_S = 5.0
LOOK_SHARE = 20
"""A look that took a second is the last for twenty: never more than 5 % of a core."""
GONE = 410
OKS = range(200, 300)


def senders_of(house: House, posting: Posting) -> Mapping[Way, Sender]:
    """How things go out here; mail only where a server is named."""
    senders: dict[Way, Sender] = {Way.WEBHOOK: partial(_posted, house, posting)}
    if house.settings.mail is not None:
        postbox = SmtpPostbox(house.settings.mail, clock=house.clock)
        senders[Way.MAIL] = partial(_mailed, postbox)
    return senders


def courier_of(house: House, posting: Posting) -> Courier:
    """Carries out what waits."""
    return Courier(house.mailroom.outbox, senders_of(house, posting), clock=house.clock)


def posting_of(house: House) -> Posting:
    """Posts to receivers; on this machine too where the settings say so."""
    return Posting(allows_loopback=house.settings.evidence.loopback)


def watch_of(house: House) -> CapWatch:
    """Looks at caps."""
    notices = Notices(
        house.mailroom.alerts,
        house.mailroom.webhook_store,
        house.settings.mail is not None,
        house.identities.find_party,
    )
    return CapWatch(house.books, house.caps, notices, clock=house.clock, ids=house.ids)


def notifying(house: House, plant: Plant) -> tuple[Work, ...]:
    """What goes on beside requests, in the one process that keeps the caps."""
    caps = plant.metering.caps
    if not isinstance(caps, Caps):
        return ()
    return tuple(
        lasting(work, plant.escaped)
        for work in (
            partial(_follow_caps, house, plant, caps),
            partial(_watch_caps, house, plant, caps),
            partial(_carry_out, house, plant),
        )
    )


async def _follow_caps(house: House, plant: Plant, caps: Caps) -> None:
    """Caps that were set or lifted take hold within a second."""
    seq = 0
    while True:
        try:
            seq, whose = await asyncio.to_thread(house.books.caps.changed_after, seq)
            caps.forget(whose)
        except GatewayError as fault:
            plant.log.say("caps.not-followed", reason=fault.detail)
        await asyncio.sleep(TICK_S)


async def _watch_caps(house: House, plant: Plant, caps: Caps) -> None:
    watch, seen = watch_of(house), -1
    changes, refused = 0, frozenset[tuple[str, str, str]]()
    while True:
        took_ns = 0
        refused |= caps.refusals()  # told again where the store could not be asked
        try:
            seq = await asyncio.to_thread(plant.usage.last_seq)
            now, _ = await asyncio.to_thread(house.books.caps.changed_after, changes)
            if (seq, now) != (seen, changes) or refused:
                began_ns = house.clock.ticks_ns()
                await asyncio.to_thread(watch.look, refused)
                took_ns = house.clock.ticks_ns() - began_ns
                seen, changes, refused = seq, now, frozenset()
        except GatewayError as fault:
            plant.log.say("caps.not-watched", reason=fault.detail)
        await asyncio.sleep(max(LOOK_EVERY_S, LOOK_SHARE * took_ns / NS_PER_S))


async def _carry_out(house: House, plant: Plant) -> None:
    posting = posting_of(house)
    courier = courier_of(house, posting)
    retention_us = house.settings.privacy.retention_days * US_PER_DAY
    forgotten_us = 0
    try:
        while True:
            tried = 0
            try:
                tried = await courier.go_round()
                now_us = house.clock.now_us()
                if now_us - forgotten_us > US_PER_DAY:
                    await asyncio.to_thread(
                        house.mailroom.outbox.forget, before_us=now_us - retention_us
                    )
                    forgotten_us = now_us
            except GatewayError as fault:
                plant.log.say("outbox.not-carried", reason=fault.detail)
            await asyncio.sleep(0 if tried else TICK_S)
    finally:
        await posting.close()


async def _posted(house: House, posting: Posting, parcel: Outgoing) -> Tried:
    try:
        webhook = await asyncio.to_thread(house.mailroom.webhooks.show, parcel.address)
        if webhook.ended_us is not None:
            return Tried(State.DEAD, "the webhook has ended")
        secret = house.mailroom.webhooks.secret_of(webhook)
        body = parcel.body.encode()
        at_s = house.clock.now_us() // US_PER_S
        fields = (
            ("Content-Type", "application/json"),
            *signature_fields(secret, parcel.id, body, at_s=at_s),
        )
        status = await posting(webhook.url, body, fields)
    except Refused as fault:
        return Tried(State.WAITING, fault.reason)
    except GatewayError as fault:
        return Tried(State.WAITING, fault.code)
    if status in OKS:
        return Tried(State.DELIVERED, str(status))
    return Tried(State.DEAD if status == GONE else State.WAITING, str(status))


async def _mailed(postbox: SmtpPostbox, parcel: Outgoing) -> Tried:
    letter = Letter(parcel.address, parcel.subject, parcel.body, once=parcel.id)
    try:
        await postbox.send(letter)
    except InvalidValue as fault:
        return Tried(State.DEAD, fault.detail)
    except Unavailable as fault:
        return Tried(State.WAITING, fault.detail)
    return Tried(State.DELIVERED, "taken")
