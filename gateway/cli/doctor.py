"""copyfair doctor: what is wrong with a set-up, and what to do about it."""

from __future__ import annotations

import shutil
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import closing, suppress
from email.utils import parsedate_to_datetime
from http.client import HTTPConnection, HTTPException, HTTPResponse, HTTPSConnection
from pathlib import Path
from urllib.parse import urlsplit

import click

from gateway.bootstrap import (
    SystemClock,
    open_store_of,
    opened,
    parser_holes,
    policies_of,
)
from gateway.bootstrap.house import store_file
from gateway.bootstrap.pressing import press_of
from gateway.cli.decide_door import decide_door
from gateway.cli.doctor_votes import votes
from gateway.cli.finding import Found
from gateway.cli.mail_door import mail_door
from gateway.cli.screen import all_counted, console, emit, json_option, table
from gateway.cli.setup import config_option
from gateway.kernel.clock import US_PER_S, to_us
from gateway.kernel.errors import GatewayError
from gateway.licensing.enforce import switches_for
from gateway.licensing.switches import LicenceMode
from gateway.services.agreements import tariff_conflicts
from gateway.settings import Address, Settings
from gateway.storage.engines import engine_of

DISK_FREE_BYTES_MIN = 500 * 1024 * 1024
CLOCK_APART_S_MAX = 120
UPSTREAM_WITHIN_S = 5
SECRET_BITS = stat.S_IRWXG | stat.S_IRWXO


@click.command()
@config_option
@json_option
def doctor(settings: Settings, *, as_json: bool) -> int:
    """Check a set-up: client addresses, host leaks, time, disk, store, policies.

    \b
    Exit status: 0 nothing must be mended, 1 something must.
    Example:     copyfair doctor --config my-archive/gateway.yaml
    """
    findings = [found for look in LOOKS for found in look(settings)]
    is_well = all(found.verdict != "fault" for found in findings)
    if as_json:
        listed = [
            {"what": one.what, "verdict": one.verdict, "said": one.said}
            for one in findings
        ]
        emit("doctor", {"ok": is_well, "findings": listed})
    else:
        table(
            ("what", "verdict", "found"),
            [(one.what, one.verdict, one.said) for one in findings],
        )
        console().print("nothing must be mended" if is_well else "mend the faults")
    return 0 if is_well else 1


def _policies(settings: Settings) -> Iterator[Found]:
    try:
        policies = policies_of(settings)
    except GatewayError as error:
        yield Found("policies", "fault", error.detail)
        return
    there = all_counted(
        (len(policies.collections), "collection"), (len(policies.tariffs), "tariff")
    )
    said = f"{there or 'nothing'}, version {policies.version[:12]}"
    yield Found("policies", "ok", said)
    host = urlsplit(settings.public_url).hostname or ""
    if not any(host in one.hosts or not one.hosts for one in policies.collections):
        said = f"no collection covers {host}; everybody reads everything there"
        yield Found("policies", "fault", said)
    for collection in policies.collections:
        mode = switches_for(collection, settings.switches).licence_mode
        if mode >= LicenceMode.OFFER and not collection.tariff:
            said = f"licence_mode is {mode.word} and it names no tariff: its offers"
            said += " cannot be accepted; name a tariff, or use `label`"
            yield Found(f"collection {collection.id}", "fault", said)


def _store(settings: Settings) -> Iterator[Found]:
    place = store_file(settings)
    if place is not None and not place.exists():
        said = f"{place} does not exist yet; `copyfair serve` makes it"
        yield Found("store", "note", said)
        return
    try:
        with closing(open_store_of(settings)) as store:
            health = engine_of(settings.store).check(store)
    except GatewayError as error:
        yield Found("store", "fault", error.detail)
        return
    for fault in health.faults:
        yield Found("store", "fault", fault)
    if not health.faults:
        yield Found("store", "ok", f"{settings.store}, schema {health.version}")


def _tariffs(settings: Settings) -> Iterator[Found]:
    place = store_file(settings)
    if place is not None and not place.exists():
        return
    with suppress(GatewayError), opened(settings) as house:
        for conflict in tariff_conflicts(house.policies, house.agreements.tariffs()):
            yield Found("tariffs", "fault", conflict)


def _documents(settings: Settings) -> Iterator[Found]:
    """Whether invoices could be issued; where nothing is sold, nothing is said."""
    told = settings.invoicing
    if told.seller == "none":
        return
    if not (told.vat_id or told.tax_id):
        said = "invoices stay drafts: the seller has no `vat_id` and no `tax_id`"
        yield Found("documents", "fault", said)
    try:
        press_of(settings)
        yield Found("documents", "ok", "invoices can be written and signed")
    except GatewayError as fault:
        yield Found("documents", "fault", fault.detail)


def _capture(settings: Settings) -> Iterator[Found]:
    """Whether a few take most of it; a note, for it is a matter of the members."""
    place = store_file(settings)
    if place is not None and not place.exists():
        return
    with suppress(GatewayError), opened(settings) as house:
        index = house.capture.look().index
        if index.is_captured:
            said = f"the largest of {index.takers} takers has "
            said += f"{index.figures.top_share:.0%} of it; see `copyfair usage capture`"
            yield Found("taking", "note", said)


def _disk(settings: Settings) -> Iterator[Found]:
    free = shutil.disk_usage(settings.folder).free
    mib = free // (1024 * 1024)
    if free < DISK_FREE_BYTES_MIN:
        said = f"{mib} MiB free: metered requests get 503 when it is full; make room"
        yield Found("disk", "fault", said)
    else:
        yield Found("disk", "ok", f"{mib} MiB free")


def _secrets(settings: Settings) -> Iterator[Found]:
    files = [file for file in settings.keys_folder.glob("*") if file.is_file()]
    if not files:
        yield Found("keys", "fault", "no keys; `copyfair init` makes them")
    open_ones = [file for file in files if file.stat().st_mode & SECRET_BITS]
    for file in open_ones:
        yield Found("keys", "fault", f"{file} can be read by others; chmod 600 {file}")
    if files and not open_ones:
        yield Found("keys", "ok", f"{len(files)} files, readable by their owner only")


def _upstreams(settings: Settings) -> Iterator[Found]:
    for name, url in settings.upstreams.items():
        what = f"upstream {name}"
        try:
            answer = _ask(url, urlsplit(settings.public_url).netloc)
        except (OSError, HTTPException) as error:
            said = f"{url} does not answer ({error}); readers would get 502"
            yield Found(what, "fault", said)
            continue
        yield Found(what, "ok", f"{url} answers {answer.status}")
        yield from _leaks(what, url, answer)
        yield from _time(what, answer)


def _ask(url: str, host: str) -> HTTPResponse:
    parts = urlsplit(url)
    kind = HTTPSConnection if parts.scheme == "https" else HTTPConnection
    connection = kind(parts.netloc, timeout=UPSTREAM_WITHIN_S)
    with closing(connection):
        connection.request("GET", "/", headers={"Host": host})
        return connection.getresponse()


def _leaks(what: str, url: str, answer: HTTPResponse) -> Iterator[Found]:
    own = urlsplit(url).netloc
    for field in ("Location", "Content-Location", "Link", "Refresh"):
        if own in (answer.getheader(field) or ""):
            said = (
                f"{field} names {own}; we rewrite it, but pages may name it too: set "
                "the application's own base URL to the public one"
            )
            yield Found(what, "note", said)


def _time(what: str, answer: HTTPResponse) -> Iterator[Found]:
    said = answer.getheader("Date")
    if not said:
        return
    try:
        apart_us = SystemClock().now_us() - to_us(parsedate_to_datetime(said))
    except ValueError:
        yield Found(what, "note", f"its Date is {said!r}, which is none")
        return
    if abs(apart_us) > CLOCK_APART_S_MAX * US_PER_S:
        apart_s = apart_us // US_PER_S
        yield Found(what, "fault", f"its clock is {apart_s} s from ours; run NTP")


def _front(settings: Settings) -> Iterator[Found]:
    public = urlsplit(settings.public_url)
    stands_behind = public.scheme == "https"
    if stands_behind and not settings.trusted_proxies:
        yield Found(
            "client address",
            "note",
            "public_url is https but trusted_proxies is empty: every reader would "
            "have the front server's address; add it, for instance [127.0.0.1]",
        )
    else:
        believed = ", ".join(str(one) for one in settings.trusted_proxies)
        yield Found("client address", "ok", believed or "the TCP peer itself")
    if not _is_loopback(settings.admin_listen):
        said = f"{settings.admin_listen} is not loopback; keep it from the public"
        yield Found("admin listener", "note", said)


def _is_loopback(address: Address) -> bool:
    return address.host in {"127.0.0.1", "::1", "localhost"}


def _ports(settings: Settings) -> Iterator[Found]:
    for name, address in (
        ("listen", settings.listen),
        ("admin_listen", settings.admin_listen),
    ):
        family = socket.AF_INET6 if ":" in address.host else socket.AF_INET
        try:
            with socket.socket(family) as probe:
                is_taken = probe.connect_ex((address.host, address.port)) == 0
        except OSError as error:
            said = f"{address} is no address here ({error.strerror}); write another"
            yield Found(name, "fault", said)
            continue
        said = "somebody listens there; a running gateway, or choose another port"
        yield Found(name, "note" if is_taken else "ok", said if is_taken else "free")


def _parser(settings: Settings) -> Iterator[Found]:
    try:
        found = parser_holes(settings)
    except GatewayError as error:
        yield Found("parser", "fault", error.detail)
        return
    if found:
        said = f"lets through: {', '.join(found)}; reinstall httptools from its wheel"
        yield Found("parser", "fault", said)
    else:
        yield Found("parser", "ok", "every replayed attack is refused")


def _passing(settings: Settings) -> Iterator[Found]:
    if Path(settings.off_switch).exists():
        yield Found("off switch", "note", "everything is passed on; `copyfair on`")


Look = Callable[[Settings], Iterator[Found]]
LOOKS: tuple[Look, ...] = (
    *(
        _policies,
        _store,
        _tariffs,
        _documents,
        _capture,
        _disk,
        mail_door,
        _secrets,
        _upstreams,
        _front,
        _ports,
        decide_door,
        _parser,
        _passing,
        votes,
    ),
)
