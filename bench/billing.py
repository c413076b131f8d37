"""The billing run: `copyfair invoice run` over very many events, as a host runs it.

The events are stored in large transactions, of companies under real agreements, all
in the month before this one. Then the command runs in a process of its own, whose
wall-clock time and greatest resident memory are taken; a hundredth as many events in
another store show whether memory stays where it is.
"""

from __future__ import annotations

import subprocess
import time
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from bench.effort import MIB
from bench.machine import now
from bench.metering import usage_event
from bench.peers import gateway
from bench.peers.gateway import COPYFAIR, SetUp, copyfair
from bench.peers.site import Site
from bench.processes import ENVIRONMENT, NotMeasured, peak_resident_bytes
from gateway.bootstrap.house import opened
from gateway.kernel.clock import to_us
from gateway.metering.usage_event import UsageEvent
from gateway.settings import read_settings
from gateway.storage.stores.usage_rows import insert_events

COMPANIES = 3
BATCH = 500_000
SHARE = 100
# So many take no longer than starting the command does, however slow the machine.
ALWAYS = 100_000
SECONDS_MAX = 600
LOOK_EVERY_S = 0.02
# Events that differ in id and object, each after one of the first.
MORE_EVENTS = """
INSERT INTO usage_event (id, method, path, object_sha256, body_bytes, billable_bytes,
  billable_requests, occurred_us, terms_id, is_repeat, object_key, had_intent,
  recorded_us)
WITH RECURSIVE numbered (number) AS (
  SELECT :start UNION ALL SELECT number + 1 FROM numbered WHERE number + 1 < :end)
SELECT printf('req_%026d', number), method, printf('/registers/%d', number),
  printf('%064x', number), body_bytes, billable_bytes, billable_requests, occurred_us,
  terms_id, is_repeat, number + 1, had_intent, recorded_us
FROM numbered JOIN usage_event AS first ON first.seq = 1 + number % :companies
"""


@dataclass(frozen=True, slots=True)
class BillingRun:
    """One run.

    Attributes:
        events: Taken up and rated.
        seconds: Wall-clock time of the whole command.
        peak_mb: Its greatest resident memory, MiB.
    """

    events: int
    seconds: float
    peak_mb: float


def measure(site: Site, events: int) -> tuple[BillingRun, BillingRun]:
    """A run over a hundredth of *events*, and one over all of them.

    Where the smaller run says that all of them would take far too long, the second
    covers as many as fit; its `events` says so.

    Raises:
        NotMeasured: a command of ours did not do what it should.
    """
    small = _run(site, max(1, events // SHARE))
    if events > ALWAYS:
        events = min(events, int(small.events / small.seconds * SECONDS_MAX))
    return small, _run(site, events)


def _run(site: Site, events: int) -> BillingRun:
    setting = gateway.set_up(site, f"billing-{events}")
    month = (now().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    _store(setting, events)
    config = str(setting.folder / "gateway.yaml")
    said = setting.folder / "run.json"
    command = [COPYFAIR, "invoice", "run", "--period", month, "--config", config]
    began = time.monotonic()
    with said.open("wb") as out:
        process = subprocess.Popen(
            [*command, "--json"], env=ENVIRONMENT, stdout=out, stderr=out
        )
        peak_bytes = 0
        while process.poll() is None:
            peak_bytes = peak_resident_bytes(process.pid) or peak_bytes
            time.sleep(LOOK_EVERY_S)
    seconds = time.monotonic() - began
    text = said.read_text(encoding="utf-8")
    if process.returncode or f'"rated": {events}' not in text:
        raise NotMeasured(f"the billing run did not rate {events} events: {text[:160]}")
    return BillingRun(events, seconds, peak_bytes / MIB)


def _store(setting: SetUp, events: int) -> None:
    """Usage of the month before this one, with nobody's request behind it.

    The first event of each company is written as metering writes it; the store itself
    writes the others after it, which takes a fifth of the time.
    """
    config = ("--config", str(setting.folder / "gateway.yaml"))
    agreements = [_agreement(number, config) for number in range(COMPANIES)]
    occurred_us = to_us(now().replace(day=1, hour=0) - timedelta(days=1))
    first = [
        _event(number, agreement, occurred_us)
        for number, agreement in enumerate(agreements[:events])
    ]
    marks = [(0, number + 1) for number in range(len(first))]
    with opened(read_settings(setting.folder / "gateway.yaml")) as house:
        with house.store.transaction() as tx:
            insert_events(tx, first, marks=marks, recorded_us=occurred_us)
        for start in range(len(first), events, BATCH):
            span = {"start": start, "end": min(start + BATCH, events)}
            with house.store.transaction() as tx:
                tx.run(MORE_EVENTS, {**span, "companies": COMPANIES})


def _event(number: int, agreement: Any, occurred_us: int) -> UsageEvent:
    return replace(
        usage_event(number),
        agreement_id=agreement["agreement_id"],
        party_id=agreement["party_id"],
        occurred_us=occurred_us,
    )


def _agreement(number: int, config: tuple[str, str]) -> Any:
    party = copyfair("party", "add", f"Bench Company {number}", *config)
    reference = ("--party", str(party["party_id"]))
    return copyfair("agreement", "accept", *reference, *config)
