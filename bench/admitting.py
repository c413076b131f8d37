"""Admitting: what all policy work for one request costs, without a socket.

In this process, through the parts that a server is made of: the strictest reading,
the collection, identify, classify, decide, admit, the credential's fields, labels,
the request's id and the observer. Each case is a kind of client; each is run with
one header block for all requests, as a kept-alive connection sends it, and with
another block for each request. The store, the upstream and durable writes are left
out: they have figures of their own.

`python -m bench.admitting` prints the figures alone.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
import time
from collections.abc import Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median

from bench.effort import EFFORTS, Effort
from bench.load import BROWSER
from bench.processes import NotMeasured
from gateway.bootstrap import House, opened
from gateway.bootstrap.collecting import seldom_collected
from gateway.bootstrap.door import admission_of
from gateway.bootstrap.observing import Observer
from gateway.bootstrap.plant import credential_fields_of
from gateway.bootstrap.while_on import LabelsWhileOn, OffSwitch
from gateway.cli.init import write_set_up
from gateway.kernel.errors import GatewayError
from gateway.kernel.request import Headers, Request
from gateway.licensing.decision import PASSES, Allow, Decision, Meter, Offer
from gateway.metering.admit import Admitted
from gateway.metering.judged import Judged, decision_of
from gateway.metering.relief.turn import Turn
from gateway.metering.usage_event import Ending
from gateway.proxy.ports import Outcome
from gateway.proxy.strictest import strictest_reading
from gateway.services.authentication import Authentication
from gateway.services.policy_book import PolicyBook
from gateway.settings import read_settings
from gateway.telemetry.hooks import Telemetry
from gateway.telemetry.log import Log
from gateway.telemetry.metrics import Metrics
from gateway.terms.labels import Labels
from gateway.terms.own_paths import is_ours
from gateway.terms.site import Site

PUBLIC_URL = "http://archive.example"
SET_UP = {
    "upstream": "http://127.0.0.1:9",
    "public_url": PUBLIC_URL,
    "protect": "on",
    "licence_mode": "invoice",
    "steward": "Bench",
    "contact": "bench@archive.example",
    "spdx": "CC-BY-SA-4.0",
}
REQUESTS_AT_ONCE = 1_000
NS_PER_US = 1_000
THEIRS = (
    ("Date", "Fri, 27 Nov 2026 20:00:00 GMT"),
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Length", "1024"),
    ("ETag", '"5f3c"'),
    ("Last-Modified", "Thu, 26 Nov 2026 20:00:00 GMT"),
    ("Server", "nginx"),
)
USER_AGENTS: Mapping[str, str] = {
    "browser": BROWSER,
    "feed_reader": "Miniflux/2.2.0",
    "crawler": "Mozilla/5.0 (compatible; GPTBot/1.2; +https://openai.com/gptbot)",
    "metered": "bench/1",
}
EXPECTED: Mapping[str, type] = {
    "browser": Allow,
    "feed_reader": Allow,
    "crawler": Offer,
    "metered": Meter,
}


@dataclass(slots=True)
class Admitting:
    """What was measured, one number for each round.

    Attributes:
        loop_us: CPU-µs of the event loop's thread, by case.
        all_us: The same of all threads, so with the log lines written.
    """

    loop_us: dict[str, list[float]] = field(default_factory=dict)
    all_us: dict[str, list[float]] = field(default_factory=dict)


class Door:
    """The parts of a running gateway that a request meets, in one place."""

    def __init__(self, house: House, stack: ExitStack) -> None:
        self.house = house
        switches = house.settings.switches
        self.key = house.issue_test_key("Bench Company").secret.reveal()
        metrics = Metrics()
        nowhere = Path(os.devnull)
        sink = stack.enter_context(nowhere.open("w", encoding="utf-8"))
        self.log = Log(sink, clock=house.clock, on_drop=metrics.log_line_dropped)
        self.log.start()
        stack.callback(self.log.stop)
        self.book = PolicyBook(lambda: house.policies)
        self.admission = admission_of(
            house, switches=switches, policies=self.book.current
        )
        site = Site(PUBLIC_URL, self.book.current, lambda: switches)
        self.labels = LabelsWhileOn(OffSwitch(), Labels(site))
        self.fields = credential_fields_of(PUBLIC_URL)
        self.observer = Observer(Telemetry(metrics, self.log), self.log, self.book)

    async def pass_through(self, asked: Request) -> Decision:
        """As `proxy.handler` goes, but for the upstream."""
        admission, clock, ids = self.admission, self.house.clock, self.house.ids
        began_ns = clock.ticks_ns()
        ids.new("req")
        if is_ours(asked.path):
            raise NotMeasured("the bench asks for a page of the archive")
        asked = strictest_reading(asked, admission.collection_of)
        judged = admission.at_once(asked, now_ns=began_ns)
        if judged is None:
            judged = await self._verb_by_verb(asked)
        collection, _version, _who, facts, left = judged
        decision = decision_of(left)
        if isinstance(decision, PASSES):
            self.fields(asked.headers)
            meant = self.labels.meant(asked, collection)
            self.labels.beside(meant, THEIRS)
        elapsed_ns = clock.ticks_ns() - began_ns
        self.observer(
            Outcome(asked, 200, 1_024, elapsed_ns, facts, decision, Ending.COMPLETE)
        )
        return decision

    async def _verb_by_verb(self, asked: Request) -> Judged:
        admission = self.admission
        collection = admission.collection_of(asked)
        identified = await admission.identify(asked)
        facts = admission.classify(asked, identified)
        decision: Decision | Turn = admission.decide(asked, identified, facts)
        if isinstance(decision, PASSES):
            admitted = admission.admit(asked, identified, decision)
            decision = admitted.decision if isinstance(admitted, Admitted) else admitted
        version = admission.policies().version
        return collection, version, identified, facts, decision


def measure(folder: Path, effort: Effort) -> Admitting:
    """Every case in every round.

    Args:
        folder: Empty and ours.
        effort: How many rounds, and decisions in each.

    Raises:
        NotMeasured: our own set-up did not answer as it should.
    """
    try:
        write_set_up(folder, dict(SET_UP))
        with ExitStack() as stack:
            house = stack.enter_context(opened(read_settings(folder / "gateway.yaml")))
            stack.enter_context(seldom_collected())
            return asyncio.run(_measured(Door(house, stack), effort))
    except GatewayError as fault:
        raise NotMeasured(fault.detail) from fault


async def _measured(door: Door, effort: Effort) -> Admitting:
    found = Admitting()
    for _ in range(effort.rounds):
        for name in USER_AGENTS:
            for is_varied in (False, True):
                case = f"{name}_varied" if is_varied else name
                loop_us, all_us = await _round(
                    door, name, is_varied=is_varied, decisions=effort.decisions
                )
                found.loop_us.setdefault(case, []).append(loop_us)
                found.all_us.setdefault(case, []).append(all_us)
    return found


async def _round(
    door: Door, name: str, *, is_varied: bool, decisions: int
) -> tuple[float, float]:
    """CPU-µs per request of one case: of this thread, and of all."""
    asked = _requests(door, name, is_varied=is_varied)
    if isinstance(door.admission.authenticator, Authentication):
        await door.admission.authenticator.refresh_epoch()
    await _all(door, name, asked)
    loop_ns = all_ns = passed = 0
    while passed < decisions:
        asked = _requests(door, name, is_varied=is_varied)
        if isinstance(door.admission.authenticator, Authentication):
            await door.admission.authenticator.refresh_epoch()
        before_ns, thread_ns = time.process_time_ns(), time.thread_time_ns()
        await _all(door, name, asked)
        loop_ns += time.thread_time_ns() - thread_ns
        await asyncio.to_thread(_written, door)
        all_ns += time.process_time_ns() - before_ns
        passed += len(asked)
    return loop_ns / NS_PER_US / passed, all_ns / NS_PER_US / passed


async def _all(door: Door, name: str, asked: list[Request]) -> None:
    for each in asked:
        decision = await door.pass_through(each)
        if not isinstance(decision, EXPECTED[name]):
            message = f"{name} was answered by {decision.ruling.rule}"
            raise NotMeasured(message)


def _written(door: Door) -> None:
    """Wait until the log has caught up, without work of our own."""
    while not door.log.is_idle:
        time.sleep(0.005)


def _requests(door: Door, name: str, *, is_varied: bool) -> list[Request]:
    """Another page in each request; as the entrance would make them."""
    pairs = [
        ("Host", "archive.example"),
        ("User-Agent", USER_AGENTS[name]),
        ("Accept", "text/html,application/xhtml+xml"),
        ("Accept-Language", "en"),
        ("Accept-Encoding", "gzip"),
    ]
    if name == "metered":
        pairs.append(("Authorization", f"License {door.key}"))
    same, now_us = Headers(pairs), door.house.clock.now_us()
    asked = []
    for number in range(REQUESTS_AT_ONCE):
        headers = same
        if is_varied:
            headers = Headers([*pairs, ("If-None-Match", f'"{number}"')])
        path = f"/pages/{number}"
        asked.append(
            Request(
                f"req_{number}",
                "GET",
                "http",
                "archive.example",
                "archive.example",
                path,
                path,
                "",
                headers,
                "198.51.100.7",
                now_us,
            )
        )
    return asked


def main() -> None:
    """Print CPU-µs per request of each case."""
    effort = EFFORTS["full"]
    with tempfile.TemporaryDirectory(prefix="bench-") as place:
        found = measure(Path(place), effort)
    print(f"{'CPU-µs per request':<22} {'loop':>8} {'all threads':>12}")
    for case, rounds in found.loop_us.items():
        both = median(rounds), median(found.all_us[case])
        print(f"{case:<22} {both[0]:>8.2f} {both[1]:>12.2f}")


if __name__ == "__main__":
    main()
